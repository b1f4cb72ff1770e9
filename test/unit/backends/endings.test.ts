// How a process can end, whichever CLI it is: exit codes, signals, garbage, half a record, nothing at all.
import { describe, expect, test } from "vitest";
import { backends } from "../../../src/backends/index.js";
import { BACKEND_NAMES } from "../../../src/schema/built-in.js";
import { GOOD, run } from "./play.js";

describe.each(BACKEND_NAMES)("endings of %s", (name) => {
  const title = backends[name].title;

  test("a complete answer and exit 0", () => {
    expect(run(name, GOOD[name])).toMatchObject({ content: "yes", failure: undefined });
  });

  test("a complete answer and another exit code is a failure that keeps the answer", () => {
    const { content, failure } = run(name, GOOD[name], { exit_code: 3, stderr: "boom\n" });
    expect(content).toBe("yes");
    expect(failure).toMatchObject({
      kind: "crashed",
      message: `${title} exited with code 3 after it had answered: boom`,
    });
  });

  test("a signal is named", () => {
    const { failure } = run(name, [], { exit_code: null, signal: "SIGSEGV" });
    expect(failure).toMatchObject({ kind: "crashed", message: `${title} was ended by SIGSEGV` });
  });

  test("exit 0 with nothing", () => {
    expect(run(name, []).failure).toMatchObject({
      kind: "crashed",
      message: `${title} ended without printing anything`,
    });
  });

  test("garbage", () => {
    const { failure, steps } = run(name, ["<html>", "Segmentation"]);
    expect(failure).toMatchObject({ kind: "output_invalid" });
    expect(failure?.message).toContain("Segmentation");
    expect(steps).toEqual([
      { type: "note", text: "<html>" },
      { type: "note", text: "Segmentation" },
    ]);
  });

  test("half a line of JSON after good ones", () => {
    const { failure } = run(name, [...GOOD[name].slice(0, -1), '{"type":"resu']);
    expect(failure).toMatchObject({ kind: "crashed", message: `${title} ended before its answer was complete` });
  });

  test("a code alone, with the last line of stderr", () => {
    const { failure } = run(name, [], {
      exit_code: 9,
      stderr: "warning: x\nerror: it broke\n    at f (file:///x.js:1)\n",
    });
    expect(failure).toMatchObject({ kind: "crashed", message: `${title} exited with code 9: it broke` });
  });

  test("known words on stderr decide, whatever comes after them", () => {
    const { failure } = run(name, [], { exit_code: 1, stderr: "connect ECONNREFUSED 127.0.0.1:9\nbye\n" });
    expect(failure).toMatchObject({ kind: "network" });
  });

  test("white space is no answer", () => {
    const blank = JSON.parse(JSON.stringify(GOOD[name]).replaceAll('"yes"', '" \\n"'));
    const { failure, content } = run(name, blank);
    expect(failure?.kind).toBe("output_invalid");
    expect(content).toBe(" \n");
  });

  test("models may quote errors", () => {
    const quoting = JSON.parse(JSON.stringify(GOOD[name]).replaceAll("yes", "You've hit your usage limit. 429"));
    expect(run(name, quoting).failure).toBeUndefined();
  });

  test("foreign records, wrong types and empty lines are passed over", () => {
    const odd = [{ type: "future" }, { type: 3 }, {}, "", "  ", "[1]", "null", { type: "result", stats: [], usage: 4 }];
    expect(() => run(name, odd)).not.toThrow();
    expect(run(name, [{ type: "future", message: 1 }, ...GOOD[name]]).failure).toBeUndefined();
  });
});
