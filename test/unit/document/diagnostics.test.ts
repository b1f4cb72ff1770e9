import { expect, it } from "vitest";
import { type Diagnostic, formatDiagnostics, formatPath, lineMap } from "../../../src/document/diagnostics.js";

const at = (source: string, line: number, column: number): Diagnostic => ({ source, line, column, message: "wrong" });

it("says nothing if there is nothing to say", () => {
  expect(formatDiagnostics([])).toBe("");
});

it("orders by source as first seen, then by position, and keeps the order of equals", () => {
  const list = [at("b", 10, 1), at("a", 1, 1), at("b", 2, 9), at("b", 2, 10), { source: "b", message: "no place" }];
  expect(formatDiagnostics(list)).toBe(`b: no place
b:2:9: wrong
b:2:10: wrong
b:10:1: wrong
a:1:1: wrong
5 problems; nothing was run.`);
});

it("shows source, place, path, message and hint", () => {
  const diagnostic = { ...at("tasks.json", 12, 24), path: "tasks[2].model", hint: "write another" };
  expect(formatDiagnostics([diagnostic])).toBe(
    "tasks.json:12:24: tasks[2].model: wrong — write another\n1 problem; nothing was run.",
  );
});

it("shows control characters instead of sending them to the terminal", () => {
  expect(formatDiagnostics([{ source: "a\u001b[2J", message: "b\nc\u009b" }])).toContain(
    "a\\u001b[2J: b\\u000ac\\u009b",
  );
});

it("quotes names that could be mistaken for something else", () => {
  expect(formatPath(["tasks", 2, "meta", "a.b", "$schema", "x-y", "", "ü"])).toBe(
    'tasks[2].meta["a.b"].$schema.x-y[""]["ü"]',
  );
});

it("counts lines and columns from 1", () => {
  const position = lineMap("ab\n\ncd\r\ne");
  const found = [0, 2, 3, 4, 5, 8].map((offset) => position(offset)).map(({ line, column }) => `${line}:${column}`);
  expect(found).toEqual(["1:1", "1:3", "2:1", "3:1", "3:2", "4:1"]);
});
