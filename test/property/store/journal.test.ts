// Whatever happens to a journal's bytes: what is trusted are the first events exactly as they were written, or fewer.
import { mkdirSync, writeFileSync } from "node:fs";
import { isDeepStrictEqual } from "node:util";
import fc from "fast-check";
import { expect, it } from "vitest";
import type { RunEvent } from "../../../src/schema/event.js";
import { STATUSES } from "../../../src/schema/result.js";
import { formatLine } from "../../../src/store/journal-line.js";
import { JournalReader } from "../../../src/store/journal-reader.js";
import { readRun } from "../../../src/store/read-run.js";
import { resumeRun } from "../../../src/store/resume.js";
import { runDir } from "../../../src/store/store.js";
import { Events, RUN_ID } from "../../rig/events.js";
import { failTest, journalBytes, journalPath, makeHome, writeRun } from "../../rig/journal.js";
import { planOf } from "../../rig/plan.js";

/** Any text, lone surrogates included. */
const text = fc.oneof(fc.string({ unit: "binary" }), fc.constant("\ud800"), fc.constant('",\n{"crc":"00000000"}'));

/** A run of three tasks with any answers, interrupted somewhere or not. */
const run = fc.array(
  fc.record({ output: fc.array(text, { maxLength: 3 }), content: text, status: fc.constantFrom(...STATUSES) }),
  { minLength: 1, maxLength: 3 },
);

type Tasks = typeof run extends fc.Arbitrary<infer T> ? T : never;

function tell(tasks: Tasks) {
  return (events: Events): RunEvent[] => [
    ...tasks.flatMap(({ output, content, status }, i) => [
      events.taskStarted(`task-${i + 1}`),
      ...output.map((piece) => events.output(`task-${i + 1}`, piece)),
      events.taskFinished(`task-${i + 1}`, status, { content, meta: { note: content } }),
    ]),
    events.finished(),
  ];
}

/** Ends of lines: where a cut leaves nothing half. */
function lineEnds(bytes: Buffer): number[] {
  const ends: number[] = [];
  for (let at = bytes.indexOf(0x0a); at >= 0; at = bytes.indexOf(0x0a, at + 1)) ends.push(at + 1);
  return ends;
}

/** The journal of a run, without a disk. */
function written(tasks: Tasks): { events: RunEvent[]; bytes: Buffer } {
  const maker = new Events();
  const events = [maker.started(planOf(3)), ...tell(tasks)(maker)];
  return { events, bytes: Buffer.from(events.map(formatLine).join("")) };
}

function trusted(home: string): RunEvent[] {
  return [...new JournalReader(runDir(home, RUN_ID), RUN_ID).read()];
}

it("cut at every byte, it reads back to exactly the lines that are whole", () => {
  const home = makeHome();
  const tasks = [
    { output: ["héllo\n", "\ud800"], content: "wörld \u{1f600}", status: "OK" as const },
    { output: [], content: "", status: "FAILED" as const },
  ];
  const events = writeRun(home, tell(tasks));
  const bytes = journalBytes(home);
  const ends = lineEnds(bytes);
  expect(ends).toHaveLength(events.length);
  const wrong: number[] = [];
  for (let cut = 0; cut <= bytes.length; cut += 1) {
    writeFileSync(journalPath(home), bytes.subarray(0, cut));
    const whole = ends.filter((end) => end <= cut).length;
    const read = readRun(home, RUN_ID, { keep_content: true });
    const right =
      read.ok &&
      isDeepStrictEqual([...read.value.events()], events.slice(0, whole)) &&
      read.value.intact === (cut === (ends[whole - 1] ?? 0)) &&
      read.value.trusted_bytes + read.value.dropped_bytes === cut &&
      read.value.next_seq === whole + 1;
    if (!right) wrong.push(cut);
  }
  expect(wrong).toEqual([]);
});

it("cut anywhere, resumed and ended, it is a whole journal again that keeps every finished answer", () => {
  fc.assert(
    fc.property(run, fc.nat(), (tasks, where) => {
      const home = makeHome();
      const events = writeRun(home, tell(tasks));
      const bytes = journalBytes(home);
      const cut = where % (bytes.length + 1);
      writeFileSync(journalPath(home), bytes.subarray(0, cut));
      const whole = lineEnds(bytes).filter((end) => end <= cut).length;

      const resumed = resumeRun({ clinvk_home: home, run_id: RUN_ID, onError: failTest });
      if (!resumed.ok) failTest(resumed.error);
      const { plan, finished, next_seq, journal } = resumed.value;
      const more = new Events(RUN_ID, next_seq);
      const left = plan.tasks.map((task) => task.id).filter((id) => !finished.has(id));
      const first = next_seq === 1 ? events.slice(0, 1) : [more.resumed(left)];
      if (next_seq === 1) more.resumed([]);
      const added = [...first, ...left.map((id) => more.taskFinished(id)), more.finished()];
      for (const event of added) journal.onEvent(event);
      journal.close();

      const read = readRun(home, RUN_ID, { keep_content: true });
      if (!read.ok) failTest(read.error);
      expect(read.value.intact).toBe(true);
      expect([...read.value.events()]).toEqual([...events.slice(0, whole), ...added]);
      expect(read.value.state.results.size).toBe(plan.tasks.length);
      for (const [id, record] of finished) expect(read.value.state.results.get(id)).toEqual(record);
    }),
    { numRuns: 60 },
  );
});

it("any changed byte, anywhere: no event at or after it is trusted, none before it is lost", () => {
  const home = makeHome();
  mkdirSync(runDir(home, RUN_ID), { recursive: true });
  fc.assert(
    fc.property(run, fc.nat(), fc.integer({ min: 1, max: 255 }), (tasks, where, flip) => {
      const { events, bytes } = written(tasks);
      const at = where % bytes.length;
      const damaged = Buffer.from(bytes);
      damaged[at] = (damaged[at] ?? 0) ^ flip;
      writeFileSync(journalPath(home), damaged);
      const before = lineEnds(bytes).filter((end) => end <= at).length;
      expect(trusted(home)).toEqual(events.slice(0, before));
    }),
    { numRuns: 500 },
  );
});

it("bytes lost, doubled, moved or mixed in: what is trusted is a beginning of what was written", () => {
  const edit = fc.oneof(
    fc.record({ kind: fc.constant("remove" as const), at: fc.nat(), length: fc.integer({ min: 1, max: 2000 }) }),
    fc.record({ kind: fc.constant("repeat" as const), at: fc.nat(), length: fc.integer({ min: 1, max: 2000 }) }),
    fc.record({ kind: fc.constant("insert" as const), at: fc.nat(), noise: fc.uint8Array({ minLength: 1 }) }),
    fc.record({ kind: fc.constant("swap" as const), at: fc.nat(), length: fc.nat() }),
  );
  const home = makeHome();
  mkdirSync(runDir(home, RUN_ID), { recursive: true });
  fc.assert(
    fc.property(run, fc.array(edit, { minLength: 1, maxLength: 3 }), (tasks, edits) => {
      const { events, bytes: whole } = written(tasks);
      let bytes = whole;
      for (const change of edits) {
        const at = change.at % (bytes.length + 1);
        const [head, tail] = [bytes.subarray(0, at), bytes.subarray(at)];
        if (change.kind === "remove") bytes = Buffer.concat([head, tail.subarray(change.length)]);
        else if (change.kind === "repeat") bytes = Buffer.concat([head, tail.subarray(0, change.length), tail]);
        else if (change.kind === "insert") bytes = Buffer.concat([head, change.noise, tail]);
        else bytes = swapLines(bytes, change.at, change.length);
      }
      writeFileSync(journalPath(home), bytes);
      const read = trusted(home);
      expect(read).toEqual(events.slice(0, read.length));
    }),
    { numRuns: 300 },
  );
});

function swapLines(bytes: Buffer, a: number, b: number): Buffer {
  const lines = bytes.toString("latin1").split("\n");
  const [i, j] = [a % lines.length, b % lines.length];
  const [one = "", other = ""] = [lines[i], lines[j]];
  lines[i] = other;
  lines[j] = one;
  return Buffer.from(lines.join("\n"), "latin1");
}
