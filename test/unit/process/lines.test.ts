import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { LineSplitter } from "../../../src/process/lines.js";

let dir: string;
let lines: string[];
let splitter: LineSplitter;
let opened: number;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "clinvk-lines-"));
  lines = [];
  opened = 0;
  splitter = new LineSplitter(
    (line) => lines.push(line),
    () => join(dir, `line-${++opened}`),
  );
});
afterEach(() => rmSync(dir, { recursive: true }));

const MIB = 1024 * 1024;

function pushInChunks(bytes: Buffer, size = 64 * 1024): void {
  for (let at = 0; at < bytes.length; at += size) splitter.push(bytes.subarray(at, at + size));
}

it("hands over whole lines, and a last one without a newline at the end", () => {
  splitter.push(Buffer.from("one\ntw"));
  splitter.push(Buffer.from("o\n\n  three \r\nfo"));
  expect(lines).toEqual(["one", "two", "", "  three \r"]);
  splitter.push(Buffer.from("ur"));
  splitter.end();
  expect(lines).toEqual(["one", "two", "", "  three \r", "four"]);
});

it("says nothing at the end of a stream that is empty or ends with a newline", () => {
  splitter.end();
  splitter.push(Buffer.from("a\n"));
  splitter.end();
  expect(lines).toEqual(["a"]);
});

it("decodes characters that are cut in two, and replaces invalid bytes", () => {
  const text = Buffer.from("grüß 🎉\n");
  for (const byte of text) splitter.push(Buffer.from([byte]));
  splitter.push(Buffer.from([0x61, 0xff, 0x62, 0xf0, 0x9f, 0x0a]));
  expect(lines).toEqual(["grüß 🎉", "a\uFFFDb\uFFFD"]);
});

it("gathers a line of 5 MB in a file and leaves no file behind", () => {
  const long = "é".repeat(2.5 * MIB);
  pushInChunks(Buffer.from(`${long}`));
  expect(opened).toBe(1);
  expect(readdirSync(dir)).toEqual([]);
  splitter.push(Buffer.from("\nshort\n"));
  expect(lines.length).toBe(2);
  expect(lines[0] === long).toBe(true);
  expect(lines[1]).toBe("short");
  pushInChunks(Buffer.from(`${long}\n`));
  expect(opened).toBe(2);
  expect(lines[2] === long).toBe(true);
});

it("keeps a line of up to 1 MiB in memory", () => {
  pushInChunks(Buffer.from(`${"x".repeat(MIB)}\n`));
  expect(opened).toBe(0);
  expect(lines[0]?.length).toBe(MIB);
});

it("loses nothing if the file can't be written", () => {
  rmSync(dir, { recursive: true });
  const long = "y".repeat(3 * MIB);
  pushInChunks(Buffer.from(`${long}\nz\n`));
  expect(lines.map((line) => line.length)).toEqual([3 * MIB, 1]);
  expect(lines[0] === long).toBe(true);
  dir = mkdtempSync(join(tmpdir(), "clinvk-lines-"));
});

it("gathers a line that comes byte by byte", () => {
  const text = Array.from({ length: 5000 }, (_, i) => String.fromCharCode(0x61 + (i % 26))).join("");
  for (const byte of Buffer.from(text)) splitter.push(Buffer.from([byte]));
  splitter.end();
  expect(lines).toEqual([text]);
});

it("drops a line that is too long as soon as it is, says so once, and keeps the others", () => {
  let tooLong = 0;
  const limit = { max_bytes: 2 * MIB, onTooLong: () => tooLong++ };
  splitter = new LineSplitter(
    (line) => lines.push(line),
    () => join(dir, `line-${++opened}`),
    limit,
  );
  splitter.push(Buffer.from("first\n"));
  pushInChunks(Buffer.alloc(2 * MIB + 1, "x"));
  expect(tooLong).toBe(1);
  pushInChunks(Buffer.alloc(MIB, "x"));
  splitter.push(Buffer.from("the rest of it\nsecond\n"));
  pushInChunks(Buffer.alloc(2 * MIB, "y"));
  splitter.end();
  expect(tooLong).toBe(1);
  expect(lines.map((line) => line.length)).toEqual([5, 6, 2 * MIB]);
});
