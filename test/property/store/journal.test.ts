// Whatever happens to a journal's bytes: what is trusted are events exactly as they were written, and only what was touched is lost.
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
      read.value.whole_bytes + read.value.dropped_bytes === cut &&
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

/** The events whose lines are still whole, in their order; none without the first, which says what they are about. */
function whole(events: readonly RunEvent[], bytes: Buffer): RunEvent[] {
  const lines = new Set(bytes.toString("latin1").split("\n").slice(0, -1));
  const left = events.filter((event) => lines.has(Buffer.from(formatLine(event)).toString("latin1").slice(0, -1)));
  return left[0]?.seq === 1 ? left : [];
}

it("any changed byte, anywhere: the line that it is in is lost, and no other", () => {
  const home = makeHome();
  mkdirSync(runDir(home, RUN_ID), { recursive: true });
  fc.assert(
    fc.property(run, fc.nat(), fc.integer({ min: 1, max: 255 }), (tasks, where, flip) => {
      const { events, bytes } = written(tasks);
      const at = where % bytes.length;
      const damaged = Buffer.from(bytes);
      damaged[at] = (damaged[at] ?? 0) ^ flip;
      writeFileSync(journalPath(home), damaged);
      const read = trusted(home);
      expect(read).toEqual(whole(events, damaged));
      const touched = lineEnds(bytes).filter((end) => end <= at).length;
      // A changed line end makes one of two lines.
      const lost = bytes[at] === 0x0a ? [touched, touched + 1] : [touched];
      if (!lost.includes(0)) expect(read).toEqual(events.filter((_, i) => !lost.includes(i)));
    }),
    { numRuns: 500 },
  );
});

const edit = fc.oneof(
  fc.record({ kind: fc.constant("remove" as const), at: fc.nat(), length: fc.integer({ min: 1, max: 2000 }) }),
  fc.record({ kind: fc.constant("repeat" as const), at: fc.nat(), length: fc.integer({ min: 1, max: 2000 }) }),
  fc.record({ kind: fc.constant("insert" as const), at: fc.nat(), noise: fc.uint8Array({ minLength: 1 }) }),
  fc.record({ kind: fc.constant("swap" as const), at: fc.nat(), length: fc.nat() }),
);

it("bytes lost, doubled, moved or mixed in: what is trusted was written, in that order, and only what they touch is lost", () => {
  const home = makeHome();
  mkdirSync(runDir(home, RUN_ID), { recursive: true });
  fc.assert(
    fc.property(run, fc.array(edit, { minLength: 1, maxLength: 3 }), (tasks, edits) => {
      const { events, bytes: before } = written(tasks);
      let bytes = before;
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
      const seqs = read.map(({ seq }) => seq);
      expect(read).toEqual(seqs.map((seq) => events[seq - 1]));
      expect(seqs).toEqual([...new Set(seqs)].sort((a, b) => a - b));
      const swaps = edits.filter(({ kind }) => kind === "swap").length;
      const left = whole(events, bytes);
      if (swaps === 0 && edits.length < 3) expect(read).toEqual(left);
      // Each swap moves two lines. Behind a start that was moved nothing is certain.
      else if (edits.length === swaps && bytes.indexOf(formatLine(events[0] ?? {})) === 0)
        expect(read.length).toBeGreaterThanOrEqual(left.length - 2 * swaps);
    }),
    { numRuns: 300 },
  );
});

it("resumed after any damage, it never has a wrong answer, and keeps each that its line still tells", () => {
  fc.assert(
    fc.property(run, fc.array(fc.nat(), { minLength: 1, maxLength: 3 }), (tasks, places) => {
      const home = makeHome();
      const events = writeRun(home, tell(tasks));
      const bytes = journalBytes(home);
      for (const place of places) bytes[place % bytes.length] = (bytes[place % bytes.length] ?? 0) ^ 0x55;
      writeFileSync(journalPath(home), bytes);
      const left = whole(events, bytes);
      const resumed = resumeRun({ clinvk_home: home, run_id: RUN_ID, onError: failTest });
      if (!resumed.ok) {
        expect(resumed.error).toContain("its journal is damaged (line 1 can't be trusted");
        return;
      }
      const { finished, journal } = resumed.value;
      const told = left.flatMap((event) => (event.type === "task_finished" ? [event] : []));
      const done = told.filter(({ result }) => ["OK", "FAILED", "TIMEOUT"].includes(result.status));
      expect([...finished]).toEqual(done.map(({ task_id, result }) => [task_id, result]));
      journal.close();
    }),
    { numRuns: 100 },
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
