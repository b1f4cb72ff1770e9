import { describe, expect, it } from "vitest";
import { EventStream } from "../../../src/library/event-stream.js";
import type { RunEvent } from "../../../src/schema/event.js";

const warning = (seq: number): RunEvent => ({
  type: "warning",
  v: 1,
  seq,
  time: "2026-03-28T12:00:00Z",
  run_id: "20260328-120000-abcdef",
  message: `number ${seq}`,
});
const DONE = { done: true, value: undefined };
const next = (seq: number) => ({ done: false, value: warning(seq) });

describe("the events of a run", () => {
  it("come in order, also those that come before they are asked for, and then end", async () => {
    const stream = new EventStream();
    const reader = stream.iterate();
    stream.onEvent(warning(1));
    stream.onEvent(warning(2));
    stream.end();
    expect([await reader.next(), await reader.next(), await reader.next()]).toEqual([next(1), next(2), DONE]);
    expect(await reader.next()).toEqual(DONE);
  });

  it("answer several pending calls of next(), each with its own event", async () => {
    const stream = new EventStream();
    const reader = stream.iterate();
    const pending = [reader.next(), reader.next(), reader.next()];
    stream.onEvent(warning(1));
    stream.onEvent(warning(2));
    stream.end();
    expect(await Promise.all(pending)).toEqual([next(1), next(2), DONE]);
  });

  it("end for a pending next() when the reader leaves", async () => {
    const reader = new EventStream().iterate();
    const pending = reader.next();
    expect(await reader.return?.()).toEqual(DONE);
    expect(await pending).toEqual(DONE);
    expect(await reader.next()).toEqual(DONE);
  });

  it("go on for the others when one reader leaves", async () => {
    const stream = new EventStream();
    const [first, second] = [stream.iterate(), stream.iterate()];
    await first.return?.();
    stream.onEvent(warning(1));
    stream.end();
    expect(await second.next()).toEqual(next(1));
    expect(await second.next()).toEqual(DONE);
  });

  it("end at once for a reader who comes too late", async () => {
    const stream = new EventStream();
    stream.onEvent(warning(1));
    stream.end();
    expect(await stream.iterate().next()).toEqual(DONE);
  });

  it("can be read by many at once without a warning of a leak", async () => {
    const warnings: Error[] = [];
    const onWarning = (problem: Error) => warnings.push(problem);
    process.on("warning", onWarning);
    const stream = new EventStream();
    const readers = Array.from({ length: 20 }, () => stream.iterate());
    stream.onEvent(warning(1));
    stream.end();
    for (const reader of readers) expect(await reader.next()).toEqual(next(1));
    // Warnings of Node's are told at the next tick.
    await new Promise((resolve) => setImmediate(resolve));
    process.off("warning", onWarning);
    expect(warnings).toEqual([]);
  });
});
