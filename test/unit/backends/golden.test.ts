// Every recording of a real CLI is read as what it is. `expected.json` was checked by hand, row by row.
import { describe, expect, test } from "vitest";
import { backends } from "../../../src/backends/index.js";
import { BACKEND_NAMES } from "../../../src/schema/built-in.js";
import { cases, exitOf, expectations, play, read, summarize } from "./recordings.js";
import { taskFor } from "./tasks.js";

describe.each(BACKEND_NAMES)("recordings of %s", (name) => {
  const backend = backends[name];
  const expected = expectations(name);

  test("each has an expectation, and each expectation a recording", () => {
    expect(Object.keys(expected).sort()).toEqual(cases(name));
  });

  test.each(cases(name))("%s", (recording) => {
    expect(summarize(name, recording, backend.parser(taskFor(name)))).toBe(expected[recording]);
  });

  test.each(cases(name))("%s: messages are one line, without stack traces and temporary files", (recording) => {
    const parser = backend.parser(taskFor(name));
    play(parser, read(name, recording, "stdout").split("\n"));
    const end = parser.end(exitOf({ exit_code: 1, stderr: read(name, recording, "stderr") }));
    if (end.ok) return;
    expect(end.error.failure.message).not.toMatch(/\n|\/tmp\/|file:\/\/|node:internal/);
    expect(end.error.failure.message).not.toContain("\u001b");
    expect(end.error.failure.message.length).toBeLessThan(600);
  });

  test.each(cases(name))("%s: cut after any line, it is no success unless the final record came", (recording) => {
    const lines = read(name, recording, "stdout")
      .split("\n")
      .filter((line) => line !== "");
    const final = lines.findIndex((line) => /^\{"type":"(?:result|turn\.completed)"/.test(line));
    for (let count = 0; count <= (final === -1 ? lines.length : final); count++) {
      const parser = backend.parser(taskFor(name));
      play(parser, lines.slice(0, count));
      expect(parser.end(exitOf({})).ok).toBe(false);
    }
  });
});
