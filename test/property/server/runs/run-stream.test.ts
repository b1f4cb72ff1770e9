import { appendFileSync } from "node:fs";
import fc from "fast-check";
import { expect, it } from "vitest";
import type { RunEvent } from "../../../../src/schema/event.js";
import { follow, followFile, RunStream } from "../../../../src/server/runs/run-stream.js";
import { runDir } from "../../../../src/store/store.js";
import { Events, RUN_ID } from "../../../rig/events.js";
import { journalBytes, makeHome, newJournal } from "../../../rig/journal.js";
import { planOf } from "../../../rig/plan.js";
import { parseFrames } from "../../../rig/server.js";

/** What a run does next: so many pieces of live text of so many characters, or an event that is written at once. */
const step = fc.oneof(
  fc.record({ pieces: fc.integer({ min: 1, max: 30 }), size: fc.constantFrom(1, 100, 5000, 300_000) }),
  fc.constant("task" as const),
  fc.constant("pause" as const),
);

/** A reader: when it comes, after how many pieces it loses its connection, and how it dawdles. */
const reader = fc.record({
  from: fc.nat(12),
  reads: fc.array(fc.record({ take: fc.nat(4), dawdle: fc.nat(3) }), { maxLength: 4 }),
});

const turn = () => new Promise<void>((resume) => setImmediate(resume));

it("every reader gets each event once and in order, whenever it comes, however slow, however often it comes back", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { maxLength: 12 }),
      fc.array(reader, { minLength: 1, maxLength: 4 }),
      async (steps, readers) => {
        const home = makeHome();
        const dir = runDir(home, RUN_ID);
        const plan = planOf(steps.length + 1);
        const journal = newJournal(home, plan);
        const stream = new RunStream(journal, 0);
        const maker = new Events();
        const emit = (event: RunEvent) => {
          journal.onEvent(event);
          stream.onEvent(event);
        };
        let now = 0;
        const arrivals = new Map<number, (() => void)[]>();
        const at = (moment: number) =>
          new Promise<void>((come) => arrivals.set(moment, [...(arrivals.get(moment) ?? []), come]));

        const read = async ({ from, reads }: (typeof readers)[number]): Promise<number[]> => {
          if (from > 0 && from <= steps.length) await at(from);
          const seen: number[] = [];
          const take = (text: Uint8Array) => seen.push(...parseFrames(text).map((event) => event.seq));
          const connect = (signal: AbortSignal) =>
            follow(stream, { dir, run_id: RUN_ID, after: seen.at(-1) ?? 0, signal, heartbeat_ms: 60_000 });
          for (const { take: count, dawdle } of reads) {
            const connection = new AbortController();
            const frames = connect(connection.signal);
            for (let piece = 0; piece < count; piece += 1) {
              const { value, done } = await frames.next();
              if (done) return seen;
              take(value);
              for (let turns = 0; turns < dawdle * 5; turns += 1) await turn();
            }
            connection.abort();
          }
          for await (const text of connect(new AbortController().signal)) take(text);
          return seen;
        };

        const all = readers.map(read);
        emit(maker.started(plan));
        for (const [index, one] of steps.entries()) {
          now = index + 1;
          for (const come of arrivals.get(now) ?? []) come();
          // A newcomer makes the stream publish what it holds back.
          if (one === "pause") stream.leave(stream.join());
          else if (one === "task") emit(maker.taskFinished(`task-${now}`));
          else for (let n = 0; n < one.pieces; n += 1) emit(maker.output("task-1", "x".repeat(one.size)));
          await turn();
        }
        emit(maker.finished());
        journal.close();
        stream.close();
        const expected = Array.from({ length: stream.last_seq }, (_, index) => index + 1);
        for (const seen of await Promise.all(all)) expect(seen).toEqual(expected);
      },
    ),
    { numRuns: 40 },
  );
}, 120_000);

it("what a reader gets is in the journal's file by then: a crash can't take it back", async () => {
  const home = makeHome();
  const plan = planOf(1);
  const journal = newJournal(home, plan);
  const stream = new RunStream(journal, 0);
  const maker = new Events();
  const options = {
    dir: runDir(home, RUN_ID),
    run_id: RUN_ID,
    heartbeat_ms: 60_000,
    signal: new AbortController().signal,
  };
  const frames = follow(stream, { ...options, after: 0 });
  for (const event of [maker.started(plan), maker.output("task-1", "past"), maker.output("task-1", "live")]) {
    const next = frames.next();
    await turn();
    journal.onEvent(event);
    stream.onEvent(event);
    const [got] = parseFrames((await next).value ?? "");
    expect(got).toEqual(event);
    expect(journalBytes(home).toString()).toContain(`"seq":${event.seq},`);
  }
  stream.close();
  journal.close();
});

it("a run of another process is followed to its end, wherever a reader begins", async () => {
  await fc.assert(
    fc.asyncProperty(fc.nat(6), async (after) => {
      const home = makeHome();
      const plan = planOf(2);
      const journal = newJournal(home, plan);
      const maker = new Events();
      journal.onEvent(maker.started(plan));
      journal.onEvent(maker.taskFinished("task-1"));
      const options = { dir: runDir(home, RUN_ID), run_id: RUN_ID, after, heartbeat_ms: 60_000 };
      const frames = followFile({ ...options, signal: new AbortController().signal });
      const seen: number[] = [];
      const reading = (async () => {
        for await (const text of frames) seen.push(...parseFrames(text).map((event) => event.seq));
      })();
      await turn();
      journal.onEvent(maker.output("task-2", "text"));
      journal.onEvent(maker.taskFinished("task-2"));
      await turn();
      journal.onEvent(maker.finished());
      journal.close();
      await reading;
      expect(seen).toEqual([1, 2, 3, 4, 5].filter((seq) => seq > after));
    }),
    { numRuns: 7 },
  );
});

it("a journal that broke in the middle does not keep a reader from what comes", async () => {
  const home = makeHome();
  const dir = runDir(home, RUN_ID);
  const plan = planOf(2);
  const journal = newJournal(home, plan);
  const maker = new Events();
  const stream = new RunStream(journal, 0);
  const first = maker.started(plan);
  journal.onEvent(first);
  stream.onEvent(first);
  appendFileSync(`${dir}/events.ndjson`, "no event\n");
  for (const event of [maker.taskFinished("task-1"), maker.output("task-2", "lost")]) stream.onEvent(event);
  const options = { dir, run_id: RUN_ID, after: 0, heartbeat_ms: 60_000, signal: new AbortController().signal };
  const frames = follow(stream, options);
  expect(parseFrames((await frames.next()).value ?? "").map((event) => event.seq)).toEqual([1]);
  const next = frames.next();
  await turn();
  stream.onEvent(maker.taskFinished("task-2"));
  expect(parseFrames((await next).value ?? "").map((event) => event.seq)).toEqual([4]);
  stream.close();
  expect(await frames.next()).toEqual({ done: true, value: undefined });
  journal.close();
});
