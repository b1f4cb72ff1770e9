// `clinvk explain`: every failure kind has its page, and a mistyped one leads to the right one.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { FAILURE_KINDS } from "../../src/schema/failure.js";
import { Workspace } from "../rig/clinvk.js";
import { Events } from "../rig/events.js";
import { makeHome, newJournal, writeRun } from "../rig/journal.js";
import { planOf } from "../rig/plan.js";

const RUN = "20260101-000000-aaaaaa";

let space: Workspace;
beforeAll(() => {
  space = new Workspace();
});
afterAll(() => space.close());

const explain = (...args: string[]) => space.run(["explain", ...args]);

describe("clinvk explain", () => {
  it("lists every kind, one line each", async () => {
    const { code, stdout, stderr } = await explain();
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect([...stdout.matchAll(/^ {2}(\w+) +\S.*$/gm)].map(([, kind]) => kind)).toEqual([...FAILURE_KINDS]);
  });

  it("explains one kind: what it is, whether it is retried, what clinvk does, what to do", async () => {
    const { code, stdout } = await explain("quota_exhausted");
    expect(code).toBe(0);
    expect(stdout).toMatch(/^quota_exhausted: /);
    expect(stdout).toMatch(/^Retried by default: after the reset/m);
    expect(stdout).toMatch(/^What clinvk does:\n {2}\S/m);
    expect(stdout).toMatch(/^What you can do:\n {2}- \S/m);
    expect(stdout).toContain("clinvk runs resume ID");
    expect((await explain("overloaded")).stdout).toMatch(/^Retried by default: for 10 minutes/m);
    expect((await explain("Crashed")).stdout).toMatch(/^Retried by default: no/m);
  });

  it("--json has the same for programs", async () => {
    const one = JSON.parse((await explain("rate-limited", "--json")).stdout);
    expect(one).toMatchObject({
      kind: "rate_limited",
      default_retries: null,
      default_patience_seconds: 600,
      what_you_can_do: expect.arrayContaining([expect.any(String)]),
    });
    const all = JSON.parse((await explain("--json")).stdout);
    expect(all.failures.map(({ kind }: { kind: string }) => kind)).toEqual([...FAILURE_KINDS]);
  });

  it("knows what was meant", async () => {
    expect(await explain("qouta_exhausted")).toMatchObject({
      code: 2,
      stdout: "",
      stderr:
        'clinvk explain: there is no failure kind "qouta_exhausted" — did you mean "quota_exhausted"?\n`clinvk explain` lists all kinds\n',
    });
    expect((await explain("zzz")).stderr).toMatch(/^clinvk explain: there is no failure kind "zzz"\n/);
  });

  it.each([
    ["Not logged in (401)", "not_authenticated"],
    ["rate limited", "rate_limited"],
    ["quota", "quota_exhausted"],
  ])("finds a kind by its words: %s", async (words, kind) => {
    expect((await explain(words)).stdout).toMatch(new RegExp(`^${kind}: `));
  });
});

describe("clinvk explain RUN", () => {
  const explainRun = (...args: string[]) => {
    const home = makeHome();
    writeRun(home, (e) => [e.taskFinished("task-1"), e.taskFinished("task-2", "FAILED")], { runId: RUN });
    return space.run(["explain", ...args], { env: { CLINVK_HOME: home } });
  };

  it.each(["last", RUN, "aaaaaa"])("says what failed, and what to do: %s", async (run) => {
    const { code, stdout, stderr } = await explainRun(run);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toMatch(new RegExp(`^Run ${RUN}: 1 task of 3 did not succeed\n`));
    expect(stdout).toMatch(/^ {2}Task 2 \(task-2, \w+\): /m);
    expect(stdout).toMatch(/^What you can do:\n {2}- \S/m);
    expect(stdout).toContain(`clinvk runs retry ${RUN} --failed\n`);
  });

  it("of one task only", async () => {
    expect((await explainRun("last", "task-2")).stdout).toContain("1 task of 3 did not succeed");
    expect((await explainRun("last", "Task 2")).stdout).toContain("(task-2, ");
    expect((await explainRun("last", "task-1")).stdout).toBe(`Run ${RUN}: the task task-1 has not failed\n`);
    expect(await explainRun("last", "task-9")).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(
        /^clinvk explain: no task has the id or the name "task-9" — did you mean "task-\d"\?\n$/,
      ),
    });
    const json = JSON.parse((await explainRun("last", "task-2", "--json")).stdout);
    expect(json).toMatchObject({ run_id: RUN, failures: [{ task_id: "task-2", status: "FAILED" }] });
    expect(json.failures[0].explanation.kind).toBe(json.failures[0].failure.kind);
  });

  it("what did not end in a run that was killed, and the command that runs it", async () => {
    const home = makeHome();
    writeRun(home, (e) => [e.taskFinished("task-1")], { runId: RUN });
    const { code, stdout } = await space.run(["explain", "last"], { env: { CLINVK_HOME: home } });
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: `Run ${RUN}: no task failed\n2 tasks did not end: \`clinvk runs resume ${RUN}\` runs them\n`,
    });
  });

  it("that a run is under way", async () => {
    const home = makeHome();
    const plan = planOf(2, { run_id: RUN });
    const journal = newJournal(home, plan);
    journal.onEvent(new Events(RUN).started(plan));
    try {
      const { stdout } = await space.run(["explain", "last"], { env: { CLINVK_HOME: home } });
      expect(stdout).toBe(
        `Run ${RUN}: it is under way, and no task has failed so far\n2 tasks have not ended yet: \`clinvk runs logs ${RUN} --follow\` shows what happens\n`,
      );
    } finally {
      journal.close();
    }
  });

  it("a run that is not there is named", async () => {
    expect((await explainRun("20260101-000000-bbbbbb")).stderr).toContain("there is no run");
  });
});
