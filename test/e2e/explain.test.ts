// `clinvk explain`: every failure kind has its page, and a mistyped one leads to the right one.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { FAILURE_KINDS } from "../../src/schema/failure.js";
import { Workspace } from "../rig/clinvk.js";
import { makeHome, writeRun } from "../rig/journal.js";

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
    expect((await explain("overloaded")).stdout).toMatch(/^Retried by default: up to 2 times/m);
    expect((await explain("Crashed")).stdout).toMatch(/^Retried by default: no/m);
  });

  it("--json has the same for programs", async () => {
    const one = JSON.parse((await explain("rate-limited", "--json")).stdout);
    expect(one).toMatchObject({
      kind: "rate_limited",
      default_retries: 2,
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
    expect((await explainRun("last", "task-1")).stdout).toBe(`Run ${RUN}: the task task-1 has not failed\n`);
    expect(await explainRun("last", "task-9")).toMatchObject({
      code: 2,
      stderr: `clinvk explain: the run ${RUN} has no result of a task "task-9"\n`,
    });
    const json = JSON.parse((await explainRun("last", "task-2", "--json")).stdout);
    expect(json).toMatchObject({ run_id: RUN, failures: [{ task_id: "task-2", status: "FAILED" }] });
    expect(json.failures[0].explanation.kind).toBe(json.failures[0].failure.kind);
  });

  it("a run that is not there is named", async () => {
    expect((await explainRun("20260101-000000-bbbbbb")).stderr).toContain("there is no run");
  });
});
