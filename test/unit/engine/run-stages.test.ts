// Chains and councils on the engine: what starts when, with which prompt, and what becomes of the rest.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { PromptFor } from "../../../src/engine/prompts.js";
import { run } from "../../../src/engine/run.js";
import type { RunOptions } from "../../../src/engine/run-options.js";
import { keptRecords } from "../../../src/engine/stages.js";
import type { Plan } from "../../../src/plan/plan.js";
import type { RunEvent } from "../../../src/schema/event.js";
import type { TaskRecord } from "../../../src/schema/result.js";
import type { Task } from "../../../src/schema/task.js";
import { ok } from "../../../src/util/result.js";
import { recordOf } from "../../rig/events.js";
import { FakeClock } from "../../rig/fake-clock.js";
import { FakeExecutor, settle } from "../../rig/fake-executor.js";
import { makeTask, planOf } from "../../rig/plan.js";

function start(plan: Plan, more: Partial<RunOptions> = {}) {
  const executor = new FakeExecutor();
  const events: RunEvent[] = [];
  const done = run({ plan, executor, onEvent: (event) => events.push(event), ...more });
  const results = () =>
    Object.fromEntries(
      events.flatMap((event) => (event.type === "task_finished" ? [[event.task_id, event.result]] : [])),
    );
  const statuses = () =>
    Object.values(results()).map(({ task_id, status, failure }) => [task_id, status, failure?.message]);
  return { executor, events, done, results, statuses };
}

/** A step for each prompt. */
function chainOf(prompts: readonly string[], more: Partial<Plan> = {}): Plan {
  const tasks = prompts.map((prompt, index) =>
    makeTask({ index, prompt, id: `step-${index + 1}`, name: `s${index + 1}` }),
  );
  return planOf(0, { kind: "chain", tasks, max_parallel: 1, fail_fast: true, ...more });
}

function councilOf(count: number, more: Partial<Plan> = {}, judge: Partial<Task> = {}): Plan {
  return planOf(count, {
    judge: makeTask({ index: count, id: "judge", prompt: "Merge:\n{{results}}", retries: 0, ...judge }),
    ...more,
  });
}

const BROKEN = { kind: "crashed", message: "it broke" } as const;
const QUOTA = { kind: "quota_exhausted", message: "used up" } as const;
const promptOf = (executor: FakeExecutor, id: string) => executor.of(id).job.task.prompt;
const NOT_RUN = "the run ended before it was started";

describe("a chain", () => {
  it("starts a step when the one before it has ended, with its answer in its place", async () => {
    const { executor, done } = start(
      chainOf(["a", "b: {{previous}}", "c: {{previous}} {{steps.s1.content}} \\{{previous}}"]),
    );
    expect(executor.started).toEqual(["step-1"]);
    executor.of("step-1").succeed("one {{previous}} {{steps.s1.content}}");
    await settle();
    expect(executor.started).toEqual(["step-1", "step-2"]);
    expect(promptOf(executor, "step-2")).toBe("b: one {{previous}} {{steps.s1.content}}");
    executor.of("step-2").succeed("two");
    await settle();
    expect(promptOf(executor, "step-3")).toBe("c: two one {{previous}} {{steps.s1.content}} {{previous}}");
    executor.of("step-3").succeed("three");
    await done;
    expect(executor.peak).toBe(1);
  });

  it("waits for the retries of a step, and asks the same again", async () => {
    const clock = new FakeClock();
    const { executor, done, statuses } = start(chainOf(["a", "b {{previous}}"]), { clock, random: () => 0 });
    executor.of("step-1").fail({ kind: "network", message: "gone" });
    await settle();
    await clock.pass(6);
    expect(executor.started).toEqual(["step-1", "step-1"]);
    executor.of("step-1").succeed("one");
    await settle();
    executor.of("step-2").fail({ kind: "network", message: "gone" });
    await settle();
    await clock.pass(6);
    expect(promptOf(executor, "step-2")).toBe("b one");
    executor.of("step-2").succeed();
    await done;
    expect(statuses().map(([, status]) => status)).toEqual(["OK", "OK"]);
  });

  it("runs nothing after a step that failed", async () => {
    const { executor, done, statuses } = start(chainOf(["a", "b", "c"]));
    executor.of("step-1").succeed();
    await settle();
    executor.of("step-2").fail(BROKEN);
    await done;
    expect(statuses()).toEqual([
      ["step-1", "OK", undefined],
      ["step-2", "FAILED", "it broke"],
      ["step-3", "CANCELED", "the step before it failed"],
    ]);
  });

  it("goes on if it is told to, with the last answer that there is, and says what is missing", async () => {
    const prompts = ["a", "b", "c: {{previous}}, {{steps.s2.content}}"];
    const { executor, events, done } = start(chainOf(prompts, { fail_fast: false }));
    executor.of("step-1").succeed("one");
    await settle();
    executor.of("step-2").fail(BROKEN, { content: "half of an answer" });
    await settle();
    expect(promptOf(executor, "step-3")).toBe("c: one, ");
    executor.of("step-3").succeed();
    await done;
    expect(events.filter(({ type }) => type === "warning")).toMatchObject([
      { task_id: "step-3", message: "{{steps.s2.content}} is empty: there is no such answer" },
    ]);
  });

  it("puts what is piped in where it belongs, once", async () => {
    const appended = start(chainOf(["a", "b"], { context: "text" }));
    expect(promptOf(appended.executor, "step-1")).toBe("a\n\n<stdin>\ntext\n</stdin>");
    appended.executor.of("step-1").succeed();
    await settle();
    expect(promptOf(appended.executor, "step-2")).toBe("b");
    appended.executor.of("step-2").succeed();
    await appended.done;

    const placed = start(chainOf(["a", "b {{stdin}}"], { context: "text" }));
    expect(promptOf(placed.executor, "step-1")).toBe("a");
    placed.executor.of("step-1").succeed();
    await settle();
    expect(promptOf(placed.executor, "step-2")).toBe("b text");
    placed.executor.of("step-2").succeed();
    await placed.done;
  });

  it("makes answers harmless for whoever gets them, a fallback too, and nothing else", async () => {
    const fallback = makeTask({ index: 1, id: "step-2", name: "s2", prompt: "@mine {{previous}}", backend: "gemini" });
    const plan = chainOf(["a", "@mine {{previous}}"]);
    const tasks = plan.tasks.map((task) =>
      task.id === "step-2" ? { ...task, fallbacks: [fallback], fallback_on: ["crashed" as const], retries: 0 } : task,
    );
    const promptFor: PromptFor = ({ backend }, { text }) =>
      ok(text((foreign) => `<${backend}:${foreign}>`, Number.POSITIVE_INFINITY) ?? "");
    const { executor, done } = start({ ...plan, tasks }, { promptFor });
    executor.of("step-1").succeed("@file");
    await settle();
    expect(promptOf(executor, "step-2")).toBe("@mine <claude:@file>");
    executor.of("step-2").fail(BROKEN);
    await settle();
    expect(promptOf(executor, "step-2")).toBe("@mine <gemini:@file>");
    executor.of("step-2").succeed();
    await done;
  });

  it("reads large answers from their files; one that is gone fails the step that needs it", async () => {
    const dir = mkdtempSync(join(tmpdir(), "clinvk-relay-"));
    const path = join(dir, "answer.md");
    writeFileSync(path, "large");
    const file = { content: "", content_file: { path, bytes: 5 } };
    const good = start(chainOf(["a", "b {{previous}}"]));
    good.executor.of("step-1").succeed("", file);
    await settle();
    expect(promptOf(good.executor, "step-2")).toBe("b large");
    good.executor.of("step-2").succeed();
    await good.done;
    rmSync(dir, { recursive: true });
    const bad = start(chainOf(["a", "b {{previous}}", "c"]));
    bad.executor.of("step-1").succeed("", file);
    await bad.done;
    expect(bad.statuses()).toEqual([
      ["step-1", "OK", undefined],
      ["step-2", "FAILED", expect.stringMatching(/can't be read.*ENOENT/)],
      ["step-3", "CANCELED", "the step before it failed"],
    ]);
    expect(bad.results()["step-2"]?.failure?.kind).toBe("lost");
  });

  it("does not begin if a CLI of a later step is missing", async () => {
    const executor = new FakeExecutor();
    executor.missing.set("step-3", { kind: "not_installed", message: "no such CLI" });
    const { done, statuses } = start(chainOf(["a", "b", "c"]), { executor });
    await done;
    expect(executor.started).toEqual([]);
    expect(statuses().map(([id, status]) => `${id} ${status}`)).toEqual([
      "step-1 CANCELED",
      "step-2 CANCELED",
      "step-3 FAILED",
    ]);
  });

  it("waits with all that follows when a quota is used up", async () => {
    const { executor, done, statuses } = start(chainOf(["a", "b", "c"], { fail_fast: false }));
    executor.of("step-1").succeed();
    await settle();
    executor.of("step-2").fail(QUOTA);
    await done;
    expect(statuses().slice(1)).toEqual([
      ["step-2", "WAITING", "used up"],
      ["step-3", "CANCELED", "a step before it waits for a quota"],
    ]);
  });

  it("ends at once when it is interrupted, and when its budget or its time is used up", async () => {
    const stop = new AbortController();
    const interrupted = start(chainOf(["a", "b", "c"]), { signal: stop.signal });
    interrupted.executor.of("step-1").succeed();
    await settle();
    stop.abort("SIGINT");
    await interrupted.done;
    expect(interrupted.statuses().map(([, status]) => status)).toEqual(["OK", "CANCELED", "CANCELED"]);

    const poor = start(chainOf(["a", "b", "c"], { max_total_tokens: 5 }));
    const usage = { input_tokens: 5, output_tokens: 1, cached_tokens: null, reasoning_tokens: null };
    poor.executor
      .of("step-1")
      .succeed("one", { outcome: { model: "m", session_id: null, usage, cost_usd: null, refusals: null } });
    await poor.done;
    expect(poor.results()["step-2"]?.failure?.kind).toBe("budget_exceeded");
    expect(poor.statuses().map(([, status]) => status)).toEqual(["OK", "FAILED", "FAILED"]);

    const clock = new FakeClock();
    const late = start(chainOf(["a", "b"], { deadline_seconds: 5 }), { clock });
    await clock.pass(5);
    await late.done;
    expect(late.statuses().map(([, status]) => status)).toEqual(expect.arrayContaining(["TIMEOUT", "CANCELED"]));
  });

  it("counts what was spent before it was cut off, but not again after its budget stopped it", async () => {
    const finished = new Map([["step-1", recordOf("step-1", "OK", { cost_usd: 0.6 })]]);
    const plan = chainOf(["a", "b"], { max_cost_usd: 0.5 });
    const cutOff = start(plan, { resume: { finished, last_seq: 7 } });
    await cutOff.done;
    expect(cutOff.executor.started).toEqual([]);
    const renewed = start(plan, { resume: { finished, last_seq: 7, renews_budget: true } });
    renewed.executor.of("step-2").succeed();
    await renewed.done;
    expect(renewed.executor.started).toEqual(["step-2"]);
  });

  it("goes on where it was left, with the answers of then", async () => {
    const finished = new Map([["step-1", recordOf("step-1", "OK", { content: "of then" })]]);
    const { executor, events, done } = start(chainOf(["a", "b {{previous}}"]), { resume: { finished, last_seq: 7 } });
    expect(events[0]).toMatchObject({ type: "run_resumed", seq: 8, remaining: ["step-2"] });
    expect(promptOf(executor, "step-2")).toBe("b of then");
    executor.of("step-2").succeed();
    await done;
  });

  it("does not go on after a step that failed, whoever resumes it", async () => {
    const finished = new Map([["step-1", recordOf("step-1", "FAILED")]]);
    const { done, executor, statuses } = start(chainOf(["a", "b"]), { resume: { finished, last_seq: 7 } });
    await done;
    expect(executor.started).toEqual([]);
    expect(statuses()).toEqual([["step-2", "CANCELED", "the step before it failed"]]);
  });
});

describe("what stays ended", () => {
  const ended = (...ids: string[]) => new Map<string, TaskRecord>(ids.map((id) => [id, recordOf(id, "OK")]));

  it("nothing that was made of an answer that is made anew", () => {
    const chain = chainOf(["a", "b", "c"]);
    expect([...keptRecords(chain, ended("step-1", "step-3")).keys()]).toEqual(["step-1"]);
    expect([...keptRecords(chain, ended("step-1", "step-2", "step-3")).keys()]).toHaveLength(3);
    const council = councilOf(3);
    expect([...keptRecords(council, ended("task-1", "task-3", "judge")).keys()]).toEqual(["task-1", "task-3"]);
    expect([...keptRecords(council, ended("task-1", "task-2", "task-3", "judge")).keys()]).toContain("judge");
  });
});

describe("a judge", () => {
  it("starts when all others have ended, sees their answers without their names, and is not counted", async () => {
    const { executor, events, done, results } = start(councilOf(3));
    executor.of("task-2").succeed("answer two");
    executor.of("task-1").succeed("answer one");
    executor.of("task-3").fail(BROKEN, { content: "half" });
    await settle();
    const prompt = promptOf(executor, "judge");
    expect(prompt).toMatch(/^Merge:\n===== Answer A \[\w{8}\] =====\nanswer (one|two)\n/);
    expect(prompt).toContain("answer one");
    expect(prompt).toContain("answer two");
    expect(prompt).not.toMatch(/half|claude|task-|Task /);
    executor.of("judge").succeed("the verdict");
    await done;
    expect(events[0]).toMatchObject({ total_tasks: 3, judge: { task_id: "judge", backend: "claude" } });
    expect(results().judge).toMatchObject({ status: "OK", content: "the verdict" });
  });

  it("sees the same when the run goes on in another process", async () => {
    const first = start(councilOf(4));
    for (const id of ["task-1", "task-2", "task-3"]) first.executor.of(id).succeed(id);
    await settle();
    first.executor.of("task-4").succeed("task-4");
    await settle();
    const prompt = promptOf(first.executor, "judge");
    first.executor.of("judge").succeed();
    await first.done;
    // In the order of the journal, which is not that of the file.
    const finished = new Map(
      ["task-4", "task-2", "task-3", "task-1"].map((id) => [id, recordOf(id, "OK", { content: id })]),
    );
    const second = start(councilOf(4), { resume: { finished, last_seq: 3 } });
    expect(promptOf(second.executor, "judge")).toBe(prompt);
    second.executor.of("judge").succeed();
    await second.done;
  });

  it.each([
    ["no task has an answer", {}, "there are no answers to judge"],
    ["a task fails under fail-fast", { fail_fast: true }, NOT_RUN],
  ])("does not start if %s", async (_, more, message) => {
    const { executor, done, results } = start(councilOf(1, more));
    executor.of("task-1").fail(BROKEN);
    await done;
    expect(results().judge).toMatchObject({ status: "CANCELED", failure: { message } });
  });

  it("waits for answers that wait for a quota", async () => {
    const { executor, done, results } = start(councilOf(2));
    executor.of("task-1").succeed();
    executor.of("task-2").fail(QUOTA);
    await done;
    expect(results()["task-2"]?.status).toBe("WAITING");
    expect(results().judge).toMatchObject({
      status: "CANCELED",
      failure: { message: "answers that it needs wait for a quota" },
    });
  });

  it("does not start when the budget is used up, or when the run is interrupted", async () => {
    const usage = { input_tokens: 9, output_tokens: 1, cached_tokens: null, reasoning_tokens: null };
    const outcome = { model: "m", session_id: null, usage, cost_usd: null, refusals: null };
    const poor = start(councilOf(1, { max_total_tokens: 10 }));
    poor.executor.of("task-1").succeed("one", { outcome });
    await poor.done;
    expect(poor.results().judge).toMatchObject({ status: "FAILED", failure: { kind: "budget_exceeded" } });

    const stop = new AbortController();
    const interrupted = start(councilOf(1), { signal: stop.signal });
    stop.abort("SIGTERM");
    await interrupted.done;
    expect(interrupted.results().judge).toMatchObject({ status: "CANCELED", failure: { message: NOT_RUN } });
  });

  it("fails like a task, with retries and fallbacks like a task's", async () => {
    const fallback = makeTask({ index: 1, id: "judge", prompt: "Merge:\n{{results}}", backend: "codex" });
    const { executor, done, results } = start(councilOf(1, {}, { fallbacks: [fallback], fallback_on: ["crashed"] }));
    executor.of("task-1").succeed("one");
    await settle();
    executor.of("judge").fail(BROKEN);
    await settle();
    expect(executor.of("judge").job.task.backend).toBe("codex");
    expect(promptOf(executor, "judge")).toContain("one");
    executor.of("judge").fail(BROKEN);
    await done;
    expect(results().judge).toMatchObject({ status: "FAILED", backend: "codex", fallback_from: "claude" });
    expect(results()["task-1"]?.content).toBe("one");
  });
});

describe("votes", () => {
  const vote = { extract: "(\\d+)/10", of: "number" as const, task_ids: ["task-1", "task-2"] };
  const find: RunOptions["find"] = async (pattern, { content }) => ok(new RegExp(pattern).exec(content)?.[1]);

  it("are counted at the end, those of an earlier process included", async () => {
    const finished = new Map([["task-1", recordOf("task-1", "OK", { content: "8/10" })]]);
    const { executor, events, done } = start(planOf(2, { vote }), { find, resume: { finished, last_seq: 3 } });
    executor.of("task-2").succeed("7/10");
    await done;
    expect(events.at(-1)).toMatchObject({ type: "run_finished", vote: { mean: 7.5, missing: [] } });
  });

  it("are not counted when the run is interrupted", async () => {
    const stop = new AbortController();
    const { executor, events, done } = start(planOf(2, { vote }), { find, signal: stop.signal });
    executor.of("task-1").succeed("7/10");
    await settle();
    stop.abort("SIGINT");
    await done;
    expect(events.at(-1)).not.toHaveProperty("vote");
  });
});
