// What the engine really tells is what the journal trusts: in every way a run can go, and through a resume.
import { expect, it } from "vitest";
import { run } from "../../../src/engine/run.js";
import type { RunEvent } from "../../../src/schema/event.js";
import { readRun } from "../../../src/store/read-run.js";
import { resumeRun } from "../../../src/store/resume.js";
import { listRuns } from "../../../src/store/runs.js";
import type { Journal } from "../../../src/store/store.js";
import { Events } from "../../rig/events.js";
import { FakeClock } from "../../rig/fake-clock.js";
import { FakeExecutor, settle } from "../../rig/fake-executor.js";
import { failTest, makeHome, newJournal } from "../../rig/journal.js";
import { planOf } from "../../rig/plan.js";

type Plan = ReturnType<typeof planOf>;
type Resume = NonNullable<Parameters<typeof run>[0]["resume"]>;

/** A run of the real engine that tests drive by its executor. */
function start(plan: Plan, journal: Journal, resume?: Resume, clock?: FakeClock) {
  const executor = new FakeExecutor();
  const interrupt = new AbortController();
  const events: RunEvent[] = [];
  const done = run({
    plan,
    executor,
    signal: interrupt.signal,
    ...(resume === undefined ? {} : { resume }),
    ...(clock === undefined ? {} : { clock }),
    onEvent: (event) => {
      journal.onEvent(event);
      events.push(event);
    },
  });
  return { executor, interrupt, events, done };
}

function read(home: string) {
  const found = readRun(home, planOf(1).run_id, { keep_content: true });
  if (!found.ok) failTest(found.error);
  return found.value;
}

it("a run with every kind of event reads back as it was told", async () => {
  const home = makeHome();
  const plan = planOf(4, { max_parallel: 4, warnings: ["careful"] });
  const journal = newJournal(home, plan);
  const { executor, events, done } = start(plan, journal);
  await settle();
  executor.of("task-1").progress({ type: "started", command: "claude -p" });
  executor.of("task-1").progress({ type: "text", text: "half \ud83d" });
  executor.of("task-1").progress({ type: "tool_call", tool: "Bash", detail: "ls", may_write: true });
  executor.of("task-2").progress({ type: "stderr", text: "noise\n" });
  executor.of("task-2").progress({ type: "warning", text: "odd" });
  executor.of("task-1").succeed("the answer");
  executor.of("task-2").fail({ kind: "bad_request", message: "no", hint: "yes", http_status: 400 });
  executor.of("task-3").fail({ kind: "timeout", message: "too long" });
  executor.of("task-4").succeed("");
  await done;
  journal.close();
  const back = read(home);
  expect(back.damage).toBeUndefined();
  expect(back.intact).toBe(true);
  expect([...back.events()]).toEqual(JSON.parse(JSON.stringify(events)));
  expect(listRuns(home)).toMatchObject([{ status: "finished", counts: { total: 4, completed: 2, failed: 2 } }]);
});

it("fail-fast and Ctrl-C leave a journal that can be resumed, and the resumed one is whole", async () => {
  const home = makeHome();
  const plan = planOf(5, { max_parallel: 2 });
  const journal = newJournal(home, plan);
  const first = start(plan, journal);
  await settle();
  first.executor.of("task-1").succeed("one");
  await settle();
  first.interrupt.abort("SIGINT");
  await first.done;
  journal.close();
  expect(listRuns(home)).toMatchObject([{ status: "interrupted", counts: { completed: 1, canceled: 4 } }]);

  const resumed = resumeRun<Plan>({ clinvk_home: home, run_id: plan.run_id, onError: failTest });
  if (!resumed.ok) failTest(resumed.error);
  const { finished, next_seq } = resumed.value;
  expect([...finished.keys()]).toEqual(["task-1"]);
  const second = start(resumed.value.plan, resumed.value.journal, { finished, last_seq: next_seq - 1 });
  await settle();
  for (const id of ["task-2", "task-3", "task-4", "task-5"]) {
    second.executor.of(id).succeed(id);
    await settle();
  }
  await second.done;
  resumed.value.journal.close();
  expect(second.executor.started).not.toContain("task-1");

  const back = read(home);
  expect(back.damage).toBeUndefined();
  expect(back.intact).toBe(true);
  expect([...back.events()]).toEqual(JSON.parse(JSON.stringify([...first.events, ...second.events])));
  expect([...back.state.results.values()].map((record) => record.content).sort()).toEqual([
    "one",
    "task-2",
    "task-3",
    "task-4",
    "task-5",
  ]);
  expect(listRuns(home)).toMatchObject([{ status: "finished", counts: { completed: 5, canceled: 0 } }]);
});

it("a retry adds its time to the run's, and the pause before it does not count", async () => {
  const home = makeHome();
  const plan = planOf(1);
  const events = new Events();
  const journal = newJournal(home, plan);
  for (const event of [events.started(plan), events.taskFinished("task-1", "FAILED")]) journal.onEvent(event);
  journal.onEvent(events.finished(1));
  journal.close();
  const resumed = resumeRun<Plan>({ clinvk_home: home, run_id: plan.run_id, again: "failed", onError: failTest });
  if (!resumed.ok) failTest(resumed.error);
  // By the times of its three events.
  const { finished, next_seq, active_seconds } = resumed.value;
  expect(active_seconds).toBe(2);
  const clock = new FakeClock();
  const again = start(plan, resumed.value.journal, { finished, last_seq: next_seq - 1, active_seconds }, clock);
  await settle();
  await clock.pass(3);
  again.executor.of("task-1").succeed("one");
  await again.done;
  resumed.value.journal.close();
  expect(listRuns(home)).toMatchObject([{ status: "finished", duration_seconds: 5 }]);
});
