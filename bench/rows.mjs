// What is measured: one function per row of the table of targets. Each yields lines for the report.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import {
  clinvk,
  clinvkVersion,
  emptyNode,
  execaLimit,
  gnuParallel,
  installed,
  spawnLoop,
  xargs,
} from "./contenders.mjs";
import { inTurn, median, peakMemory, ratio } from "./measure.mjs";
import { requestsOfRealClis } from "./real-requests.mjs";
import { serverLoad } from "./server-load.mjs";

const MB = 1_000_000;
/** Memory of one process of codex, the smallest of the three; claude takes 300 MB. */
const SMALLEST_CLI_MB = 140;
/** How much work a `--quick` look does. */
const QUICK = 10;

/**
 * One line of the report. `ratio` compares with `peer`; without a peer `value` itself is held against the target.
 * A line without a target is there for comparison only. `skipped` says why there is nothing. `means` tells a user what
 * the number is to them, and where its target comes from: the first line of each measurement has it.
 * @typedef {{ id: string, what: string, value?: number, unit?: string, peer?: string, ratio?: number, target?: number, skipped?: string, means?: string }} Line
 */

/** T1 and T2: 1000 stub tasks, 8 at a time. */
function* thousand(place, { rounds, quick }) {
  const job = { tasks: quick ? 1000 / QUICK : 1000, parallel: 8 };
  const contenders = [clinvk(place, job), spawnLoop(place, job), execaLimit(place, job)];
  if (installed("xargs")) contenders.push(xargs(place, job));
  const gnu = installed("parallel");
  if (gnu) contenders.push(gnuParallel(place, job), gnuParallel(place, { ...job, recorded: true }));
  const samples = inTurn(contenders, rounds, place);

  const line = (id, key, what, peer, target) => compare(samples, { id, key, what, peer, target, per: job.tasks });
  const cpu = `${job.tasks} tasks, 8 at a time: CPU per task`;
  yield {
    ...line("T1", "cpu", cpu, undefined, 8),
    means: "what clinvk adds to a task; the cheapest CLI (codex) takes 270 ms of CPU, the target is 3 % of that",
  };
  yield line("T1", "cpu", cpu, "bare Node loop");
  yield line("T1", "cpu", cpu, "execa + p-limit", 1);
  yield gnu ? line("T1", "cpu", cpu, "GNU parallel", 1) : skipped("T1", cpu, "GNU parallel");
  if (samples.has("xargs -P")) yield line("T1", "cpu", cpu, "xargs -P");
  const wall = "the same: wall time per task";
  const means = "not slower than the scripts that people write; next to seconds of a CLI nobody sees it";
  yield { ...line("T2", "wall", wall, "execa + p-limit", 1), means };
  const recorded = "GNU parallel --results --joblog";
  yield gnu ? line("T2", "wall", wall, recorded, 1) : skipped("T2", wall, recorded);
}

/** T3: tasks that only wait. */
function* waiting(place, { rounds }) {
  for (const [parallel, tasks] of [
    [8, 160],
    [32, 320],
  ]) {
    const samples = inTurn([clinvk(place, { tasks, parallel, env: { STUB_MS: "50" } })], rounds, place);
    const wall = median(samples.get("clinvk").map((sample) => sample.wall));
    yield {
      id: "T3",
      what: `${tasks} tasks that wait, ${parallel} at a time: wall time added per task`,
      value: wall / tasks - 50 / parallel,
      unit: "ms",
      target: 5,
      ...(parallel === 8
        ? { means: "how well slots are kept busy; a real task takes 5 s or more, the target is 0.1 % of that" }
        : {}),
    };
  }
}

/** T4: the start of the program itself. */
function* version(place, { rounds }) {
  // A start is so short that more of them cost nothing.
  const samples = inTurn([emptyNode(place), clinvkVersion(place)], rounds * 4, place);
  yield compare(samples, {
    id: "T4",
    key: "cpu",
    what: "`clinvk --version`: CPU",
    peer: "node empty.cjs",
    target: 1.1,
    means: "how long a shell's completion and a mistyped command take: as long as Node itself",
  });
}

/** T5: a run with one task. */
function* oneTask(place, { rounds }) {
  const job = { tasks: 1, parallel: 8 };
  const gnu = installed("parallel");
  const contenders = [emptyNode(place), clinvk(place, { ...job, output: false }), spawnLoop(place, job)];
  if (gnu) contenders.push(gnuParallel(place, job));
  const samples = inTurn(contenders, rounds * 4, place);
  const what = "`clinvk parallel`, one task: CPU";
  const means = "the pause before the first CLI starts; up to 100 ms seem immediate to a person";
  yield compare(samples, { id: "T5", key: "cpu", what, target: 100, means });
  yield compare(samples, { id: "T5", key: "cpu", what, peer: "node empty.cjs" });
  yield compare(samples, { id: "T5", key: "cpu", what, peer: "bare Node loop" });
  yield gnu
    ? compare(samples, { id: "T5", key: "cpu", what, peer: "GNU parallel", target: 1 })
    : skipped("T5", what, "GNU parallel");
}

/** T6: peak memory of clinvk itself. */
async function* memory(place, { quick }) {
  const cases = [
    {
      what: "1000 tasks",
      tasks: 1000,
      parallel: 8,
      target: SMALLEST_CLI_MB,
      means: "less than one process of the smallest CLI (codex: 140 MB), however long the run is",
    },
    { what: "5000 tasks", tasks: 5000, parallel: 8, target: SMALLEST_CLI_MB },
    {
      what: "300 answers of 1 MB",
      tasks: 300,
      parallel: 8,
      bytes: MB,
      target: SMALLEST_CLI_MB,
      means: "answers are in files, not in memory; 1 MB is far more than a model says in one answer",
    },
    {
      what: "4 answers of 50 MB as streamed text",
      tasks: 4,
      parallel: 4,
      bytes: 50 * MB,
      backend: "gemini",
      target: SMALLEST_CLI_MB,
    },
    { what: "1 answer of 50 MB inside one JSON line", tasks: 1, parallel: 4, bytes: 50 * MB, target: 90 + 3 * 50 },
  ];
  if (process.platform !== "linux") {
    yield { id: "T6", what: "peak memory", skipped: "it is read from /proc, which only Linux has" };
    return;
  }
  for (const { what, bytes, backend = "claude", target, means, ...job } of cases) {
    if (quick && job.tasks === 5000) continue;
    const env = bytes === undefined ? undefined : { STUB_ANSWER: place.answer(backend, bytes) };
    const { command, prepare, check } = clinvk(place, { ...job, backend, env });
    const peaks = [];
    // It hardly varies: three runs are enough.
    for (let round = 0; round < (quick ? 1 : 3); round++) {
      prepare();
      peaks.push(await peakMemory(command, place));
      check();
    }
    yield { id: "T6", what: `peak memory: ${what}`, value: median(peaks), unit: "MB", target, ...(means && { means }) };
  }
}

/** T7 and T8: large answers. */
function* large(place, { rounds }) {
  const env = { STUB_ANSWER: place.answer("claude", MB) };
  const events = join(place.dir, "events");
  const run = clinvk(place, { tasks: 300, parallel: 8, env, flags: ["--events", events] });
  const many = { ...run, extra: () => ({ slower: slowdown(events) }) };
  const value = median(
    inTurn([many], rounds, place)
      .get("clinvk")
      .map(({ slower }) => slower),
  );
  yield {
    id: "T7",
    what: "300 answers of 1 MB: last 20 starts / first 20",
    value,
    unit: "×",
    target: 1.3,
    means: "a long run does not get slower",
  };

  const job = { tasks: 100, parallel: 8, env };
  const gnu = installed("parallel");
  const contenders = [clinvk(place, job), spawnLoop(place, job), execaLimit(place, job)];
  if (gnu) contenders.push(gnuParallel(place, { ...job, recorded: true }));
  const samples = inTurn(contenders, rounds, place);
  const what = "100 answers of 1 MB: CPU per task";
  const line = (peer, target) => compare(samples, { id: "T8", key: "cpu", what, peer, target, per: job.tasks });
  const means = "reading, checking and masking 1 MB; a model takes minutes to write that much";
  yield { ...line(undefined, 50), means };
  yield line("execa + p-limit");
  yield line("bare Node loop");
  const recorded = "GNU parallel --results --joblog";
  yield gnu ? line(recorded) : skipped("T8", what, recorded);
}

/** T12: what journal and result files add. */
function* recording(place, { rounds, quick }) {
  const job = { tasks: quick ? 1000 / QUICK : 1000, parallel: 8 };
  const bare = clinvk(place, { ...job, output: false, flags: ["--no-journal"], name: "unrecorded" });
  const samples = inTurn([clinvk(place, job), bare], rounds, place);
  const added = samples.get("clinvk").map(({ cpu }, round) => cpu - samples.get("unrecorded")[round].cpu);
  const what = `journal and result files: CPU per task (${place.inMemory ? "files in memory" : "fsync on a disk"})`;
  const means = "the price of losing nothing in a crash; a part of the 8 ms of T1";
  yield { id: "T12", what, value: median(added) / job.tasks, unit: "ms", target: place.inMemory ? 1 : 2, means };
}

/** Rows by id; T1 and T2, T7 and T8 come from the same runs. */
export const ROWS = new Map([
  ["T1", thousand],
  ["T2", thousand],
  ["T3", waiting],
  ["T4", version],
  ["T5", oneTask],
  ["T6", memory],
  ["T7", large],
  ["T8", large],
  ["T12", recording],
  ["S1", serverLoad],
  ["S2", serverLoad],
  ["R1", requestsOfRealClis],
]);

/** Without a peer the value itself is what the target is for. */
function compare(samples, { id, key, what, peer, target, per = 1, means }) {
  const value = median(samples.get("clinvk").map((sample) => sample[key])) / per;
  return {
    ...{ id, what, value, unit: "ms" },
    ...(peer === undefined ? {} : { peer, ratio: ratio(samples, "clinvk", peer, key) }),
    ...(target === undefined ? {} : { target }),
    ...(means === undefined ? {} : { means }),
  };
}

function skipped(id, what, peer) {
  return { id, what, peer, skipped: `${peer.split(" --")[0]} is not installed` };
}

/** How much longer the last 20 starts took than 20 early ones, after the first burst. */
function slowdown(events) {
  const starts = readFileSync(events, "utf8")
    .split("\n")
    .filter((line) => line.includes('"task_started"'))
    .map((line) => Date.parse(JSON.parse(line).time));
  const span = (from) => starts[from + 20] - starts[from];
  return span(starts.length - 21) / span(8);
}
