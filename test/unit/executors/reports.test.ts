// Report files of a CLI: only their ends are read, and a missing one is no error.
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { readReports } from "../../../src/executors/reports.js";

const dir = mkdtempSync(join(tmpdir(), "clinvk-reports-"));
afterAll(() => rmSync(dir, { recursive: true }));

it("reads what is there, by name", () => {
  writeFileSync(join(dir, "a"), "hello");
  expect(readReports({ a: join(dir, "a"), missing: join(dir, "none"), directory: dir })).toEqual({ a: "hello" });
});

it("reads at most 1 MiB, from the end", () => {
  writeFileSync(join(dir, "big"), `${"x".repeat(2_000_000)}the end`);
  const { big } = readReports({ big: join(dir, "big") });
  expect(big).toHaveLength(1024 * 1024);
  expect(big?.endsWith("xthe end")).toBe(true);
});

it("leaves out what an agent has put in the place of the file", () => {
  writeFileSync(join(dir, "secret"), "not the report");
  symlinkSync(join(dir, "secret"), join(dir, "link"));
  expect(readReports({ link: join(dir, "link") })).toEqual({});
  execFileSync("mkfifo", [join(dir, "fifo")]);
  expect(readReports({ fifo: join(dir, "fifo") })).toEqual({});
});
