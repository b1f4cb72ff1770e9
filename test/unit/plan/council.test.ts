import { describe, expect, it } from "vitest";
import { anonymous } from "../../../src/plan/council.js";
import { makePlanFor, problemsOf } from "../../rig/make-plan.js";

describe("anonymous", () => {
  const answers = Array.from({ length: 30 }, (_, index) => `answer ${index}`);

  it("has every answer once, in an order that is the run's", () => {
    const text = anonymous(answers, "20260101-000000-abcdef");
    const found = [...text.matchAll(/^answer (\d+)$/gm)].map(([, n]) => Number(n));
    expect(found).not.toEqual(answers.map((_, index) => index));
    expect(found.toSorted((a, b) => a - b)).toEqual(answers.map((_, index) => index));
    expect(anonymous(answers, "20260101-000000-abcdef")).toBe(text);
    expect(anonymous(answers, "20260101-000000-abcdee")).not.toBe(text);
  });

  it("names them A to Z, AA, …", () => {
    const titles = [...anonymous(answers, "x").matchAll(/^===== Answer (\w+) /gm)].map(([, name]) => name);
    expect(titles.slice(0, 3)).toEqual(["A", "B", "C"]);
    expect(titles.slice(25)).toEqual(["Z", "AA", "AB", "AC", "AD"]);
  });

  it("marks them with a word that nobody can guess who does not know the run", () => {
    const [mark] = /\[\w{8}\]/.exec(anonymous(["a"], "one")) ?? [];
    expect(anonymous(["a"], "two")).not.toContain(mark);
    expect(anonymous(["a", "b"], "one").split(mark ?? "none")).toHaveLength(5);
  });
});

describe("the judge's plan", () => {
  const tasks = [{ backend: "claude", prompt: "Review", id: "one" }];

  it("takes nothing from the defaults, and is not one of the tasks", async () => {
    const plan = await makePlanFor({
      tasks,
      defaults: { system_prompt: "Be short", timeout_seconds: 5, workdir: "/" },
      judge: { backend: "codex", prompt: "Merge {{results}}" },
    });
    expect(plan.tasks).toHaveLength(1);
    expect(plan.judge).toMatchObject({ id: "judge", index: 1, name: "Judge", backend: "codex", timeout_seconds: 0 });
    expect(plan.judge).not.toHaveProperty("system_prompt");
  });

  it.each([
    [{ prompt: "Merge {{results}}" }, "judge", "`backend` is missing"],
    [{ backend: "claude", prompt: "Merge" }, "judge.prompt", /no `{{results}}` in it/],
    [{ backend: "claude", prompt: "{{results}}", id: "one" }, "judge.id", /is also the id of a task/],
    [{ backend: "claude", prompt: "{{results}} {{stdin}}" }, "judge.prompt", /nothing is piped in/],
    [{ backend: "clod", prompt: "{{results}}" }, "judge.backend", /expected one of/],
    [{ backend: "claude", prompt_file: "none.md" }, "judge.prompt_file", /can't read "none.md"/],
    [{ backend: "claude", prompt: "{{results}}", expect: { matches: "(" } }, "judge.expect.matches", /not a regular/],
  ])("refuses %j", async (judge, path, message) => {
    expect(await problemsOf({ tasks, judge })).toEqual([
      expect.objectContaining({
        path,
        message: typeof message === "string" ? message : expect.stringMatching(message),
      }),
    ]);
  });
});

describe("the votes' plan", () => {
  const tasks = [
    { backend: "claude", prompt: "a", id: "one", tags: ["x"] },
    { backend: "codex", prompt: "b", id: "two" },
  ];
  const vote = { extract: "(\\d+)/10", of: "number" };

  it.each([
    [{}, ["one", "two"]],
    [{ tags: ["x"] }, ["one"]],
    [{ tasks: ["two"] }, ["two"]],
  ])("%j: %j vote", async (more, task_ids) => {
    expect((await makePlanFor({ tasks, vote: { ...vote, ...more } })).vote).toEqual({ ...vote, task_ids });
  });

  it("refuses a rule by which nobody votes", async () => {
    const nobody = await problemsOf({ tasks, vote: { ...vote, tasks: [] } });
    expect(nobody.map(({ path }) => path)).toEqual(["vote.tasks"]);
  });

  it("says what is wrong with a rule", async () => {
    const wrong = { extract: "(", of: "numbr", tasks: ["too"] };
    const paths = (await problemsOf({ tasks, vote: wrong })).map(({ path, hint }) => [path, hint]);
    expect(paths).toEqual([["vote.of", "did you mean `number`?"]]);
    const rest = (await problemsOf({ tasks, vote: { ...wrong, of: "number" } })).map(({ path, hint }) => [path, hint]);
    expect(rest).toEqual([
      ["vote.extract", undefined],
      ["vote.tasks[0]", 'did you mean "two"?'],
    ]);
  });
});
