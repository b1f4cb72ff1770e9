import { describe, expect, it } from "vitest";
import { makePlanFor, problemsOf } from "../../rig/make-plan.js";

const step = (prompt: string, more: object = {}) => ({ backend: "claude", prompt, ...more });
const chainOf = (...steps: object[]) => ({ steps });

describe("the plan of a chain", () => {
  it("numbers its steps, stops at the first failure, and never runs two at once", async () => {
    const plan = await makePlanFor(chainOf(step("a", { name: "analyze" }), step("b")), { kind: "chain" });
    expect(plan).toMatchObject({ kind: "chain", fail_fast: true, max_parallel: 1 });
    expect(plan.tasks.map(({ id, name }) => [id, name])).toEqual([
      ["step-1", "analyze"],
      ["step-2", "Step 2"],
    ]);
    expect(plan.tasks.every(({ alone_in_workdir }) => alone_in_workdir)).toBe(true);
  });

  it("passes working directories on only if it is told to", async () => {
    const steps = [step("a", { workdir: "/usr" }), step("b"), step("c", { workdir: "/" }), step("d")];
    const dirs = async (more: object) =>
      (await makePlanFor({ steps, ...more }, { kind: "chain", cwd: "/tmp" })).tasks.map(({ workdir }) => workdir);
    expect(await dirs({ pass_working_dir: true })).toEqual(["/usr", "/usr", "/", "/"]);
    expect(await dirs({})).toEqual(["/usr", "/tmp", "/", "/tmp"]);
    expect(await dirs({ defaults: { workdir: "/bin" } })).toEqual(["/usr", "/bin", "/", "/bin"]);
  });

  it("goes on after a failure if it is told to", async () => {
    const plan = await makePlanFor({ ...chainOf(step("a")), stop_on_failure: false }, { kind: "chain" });
    expect(plan.fail_fast).toBe(false);
  });
});

describe("what is wrong with a chain", () => {
  it("is told with line and column, in the words of the file", async () => {
    const text = `{"steps": [
  {"name": "analyze", "backend": "claude", "prompt": "Analyze {{previous}}"},
  {"name": "fix", "backend": "codex", "prompt": "Fix {{steps.analize.content}} {{steps.test.content}}"},
  {"name": "test", "backend": "codex", "prompt": "Test {{stdin}}", "id": "step-1"}
]}`;
    const found = await problemsOf(text, { kind: "chain" });
    expect(found.map(({ path, line, column, message, hint }) => [`${path}:${line}:${column}`, message, hint])).toEqual([
      ["steps[0].prompt:2:54", "`{{previous}}` in the first step: no step comes before it", undefined],
      [
        "steps[1].prompt:3:49",
        '`{{steps.analize.content}}`: the step "analize" does not exist; earlier steps: "analyze"',
        'did you mean "analyze"?',
      ],
      [
        "steps[1].prompt:3:49",
        '`{{steps.test.content}}`: the step "test" is not before this one; earlier steps: "analyze"',
        undefined,
      ],
      ["steps[2].prompt:4:50", "`{{stdin}}`: nothing is piped in", undefined],
      ["steps[2].id:4:74", 'the id "step-1" is also the generated id of steps[0]', "choose another id"],
    ]);
  });

  it.each([
    [{ steps: [] }, "steps", "there are no steps"],
    [{ step: [] }, undefined, "expected an object with `steps`"],
    [{ tasks: [step("a")] }, undefined, "this is a task file, not a chain file"],
    [[step("a")], undefined, "expected an object with `steps`"],
    [{ steps: [{ prompt: "a" }] }, "steps[0]", "`backend` is missing"],
    [{ steps: [step(" ")] }, "steps[0].prompt", "the prompt is empty"],
    [{ steps: [step("a")], stop_on_failur: true }, "stop_on_failur", "unknown key"],
    [{ steps: [step("a", { expect: { matches: "(" } })] }, "steps[0].expect.matches", /is not a regular expression/],
  ])("%j", async (file, path, message) => {
    expect(await problemsOf(file, { kind: "chain" })).toEqual([
      expect.objectContaining({
        ...(path === undefined ? {} : { path }),
        message: typeof message === "string" ? message : expect.stringMatching(message),
      }),
    ]);
  });

  it("names that two steps have must not be used", async () => {
    const steps = [step("a", { name: "x" }), step("b", { name: "x" }), step("{{steps.x.content}}")];
    expect(await problemsOf({ steps }, { kind: "chain" })).toMatchObject([
      { path: "steps[2].prompt", hint: "use an id: step-1 or step-2" },
    ]);
    const byId = [...steps.slice(0, 2), step("{{steps.step-2.content}}")];
    expect(await problemsOf({ steps: byId }, { kind: "chain" })).toEqual([]);
  });

  it("braces of others are no problem", async () => {
    const steps = [step(`\\{{previous}} {{ user.name }} \\{{steps.x}} {{results}} \${{ steps.x.outputs }} {{a: 1}}`)];
    expect(await problemsOf({ steps }, { kind: "chain" })).toEqual([]);
  });

  it.each([
    [
      "steps.Step 1.output",
      '`{{steps.Step 1.output}}`: a step\'s answer is `{{steps.NAME.content}}`; earlier steps: "Step 1"',
    ],
    ["step.a.content", '`{{step.a.content}}`: a step\'s answer is `{{steps.NAME.content}}`; earlier steps: "Step 1"'],
    ["steps", '`{{steps}}`: a step\'s answer is `{{steps.NAME.content}}`; earlier steps: "Step 1"'],
    ["prev", "`{{prev}}` is no place of a chain"],
    [" Previous ", "`{{ Previous }}` is no place of a chain"],
    ["previous|json", "`{{previous|json}}` is no place of a chain"],
    [" .Previous ", "`{{ .Previous }}` is no place of a chain"],
    ["the previous", "`{{the previous}}` is no place of a chain"],
    ["#if previous", "`{{#if previous}}` is no place of a chain"],
    ["previous_output", "`{{previous_output}}` is no place of a chain"],
    ["\n previous()\n", "`{{ previous() }}` is no place of a chain"],
    ["stdin|trim", "`{{stdin|trim}}` is no place of a chain"],
    ["Step 1", '`{{Step 1}}`: a step\'s answer is `{{steps.NAME.content}}`; earlier steps: "Step 1"'],
    ["Step 1.content", '`{{Step 1.content}}`: a step\'s answer is `{{steps.NAME.content}}`; earlier steps: "Step 1"'],
    ["previous.content", "`{{previous.content}}` is no place of a chain"],
    ["previuos", "`{{previuos}}` is no place of a chain"],
    ["sdtin", "`{{sdtin}}` is no place of a chain"],
  ])("{{%s}} is a place that was misspelt", async (text, message) => {
    const file = `{"steps": [\n ${JSON.stringify(step("a"))},\n ${JSON.stringify(step(`Look at {{${text}}}`))}]}`;
    const found = await problemsOf(file, { kind: "chain" });
    expect(found).toEqual([
      expect.objectContaining({ path: "steps[1].prompt", line: 3, message, hint: expect.stringContaining("`\\{{`") }),
    ]);
  });

  it.each(["{{previous}", "{{ steps.Step 1.content }"])("%s lacks a brace", async (text) => {
    const found = await problemsOf({ steps: [step("a"), step(`Look at ${text} twice`)] }, { kind: "chain" });
    expect(found).toEqual([
      expect.objectContaining({ path: "steps[1].prompt", message: expect.stringContaining(text) }),
    ]);
  });

  it("are told a few at a time: a body of thousands of slips must not fill a server's memory", async () => {
    const slips = Array.from({ length: 300 }, (_, n) => `{{steps.s${n}.output}}`).join("");
    const steps = Array.from({ length: 301 }, (_, n) => ({ ...step(slips), name: `s${n}` }));
    const found = await problemsOf({ steps }, { kind: "chain" });
    expect(found.length).toBeLessThanOrEqual(1000);
    expect(Math.max(...found.map(({ message }) => message.length))).toBeLessThan(300);
  });

  it("says what will be sent as it is", async () => {
    const { warnings } = await makePlanFor(
      { steps: [step("{{user}} \\{{file}}"), step("{{user}} {{results}} {{previous}}")] },
      { kind: "chain" },
    );
    expect(warnings).toEqual([
      "`{{user}}` is sent to the model as it is: nothing is put into its place (step-1, step-2)",
      "`{{results}}` is sent to the model as it is: nothing is put into its place (step-2)",
    ]);
  });
});
