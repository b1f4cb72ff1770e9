import { execFileSync } from "node:child_process";
import { expect, it } from "vitest";
import { connectionLimit, openFilesLimit } from "../../../../src/server/http/connection-limit.js";

const RUNS = { max_runs: 64, max_parallel: 8 };

it("knows how many files this process may have open", () => {
  // A shell inherits the limit.
  const told = execFileSync("/bin/sh", ["-c", "ulimit -n"], { encoding: "utf8" }).trim();
  expect(openFilesLimit()).toBe(told === "unlimited" ? Number.POSITIVE_INFINITY : Number(told));
});

it("leaves descriptors for the runs, and never more connections than descriptors", () => {
  expect(connectionLimit(Number.POSITIVE_INFINITY, RUNS)).toBe(4096);
  expect(connectionLimit(1024, RUNS)).toBe((1024 - 64 - 64 * 4 - 8 * 8) / 2);
  expect(connectionLimit(256, RUNS)).toBe(32);
  for (const limit of [64, 256, 1024, 4096, 65_536]) expect(connectionLimit(limit, RUNS) * 2).toBeLessThan(limit);
});
