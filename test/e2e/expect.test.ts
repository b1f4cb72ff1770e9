// What a task's answer must be like: patterns, commands, changed files and schemas, judged by the built command.
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { RunResult, TaskResult } from "../../src/schema/result.js";
import type { TaskInput } from "../../src/schema/task-input.js";
import { Workspace } from "../rig/clinvk.js";
import { FakeClis, type FakeInvocation } from "../rig/fake-clis.js";

let clis: FakeClis;
let space: Workspace;

beforeAll(async () => {
  clis = await FakeClis.start();
  space = new Workspace({ bin: [clis.bin] });
});
afterAll(async () => {
  await clis?.close();
  space?.close();
});

type Act = (cli: FakeInvocation) => Promise<void>;
const says =
  (text: string): Act =>
  (cli) =>
    cli.answer(text);

/** Runs one task whose attempts do what is given, in this order; gives its result and the exit code. */
async function result(task: Partial<TaskInput>, ...attempts: Act[]): Promise<TaskResult & { code: number | null }> {
  const file = space.file("t.json", [{ backend: "gemini", prompt: "the task", ...task }]);
  const run = space.start(["parallel", "-f", file, "--json"]);
  for (const act of attempts) await act(await clis.next());
  const { stdout, code } = await run.done;
  const [only] = (JSON.parse(stdout) as RunResult).results;
  if (!only) throw new Error("there is no result");
  expect(clis.waiting).toEqual([]);
  return { ...only, code };
}

const OK = { status: "OK", exit_code: 0, code: 0, attempts: 1 };
const failed = (message: unknown) => ({
  status: "FAILED",
  exit_code: 1,
  code: 1,
  failure: expect.objectContaining({ kind: "check_failed", message }),
});

describe("patterns", () => {
  const answer = "Verdict: PASS\n(all 12 checks)\n";
  it.each<[string, TaskInput["expect"]]>([
    ["matches, with ^ and $ for lines", { matches: "^verdict", not_matches: "FAIL$" }],
    ["(?i) and (?s) as in other languages", { matches: "(?is)^verdict.*checks" }],
  ])("met: %s", async (_, expectation) => {
    const matches = expectation?.matches?.replace("^verdict", "^Verdict") ?? "";
    expect(await result({ expect: { ...expectation, matches } }, says(answer))).toMatchObject({
      ...OK,
      content: answer,
    });
  });

  it.each<[string, NonNullable<TaskInput["expect"]>, string]>([
    ["matches", { matches: "FAIL" }, "the answer does not match /FAIL/"],
    ["not_matches", { not_matches: "PA+SS" }, "the answer matches /PA+SS/, which it must not"],
  ])("not met: %s; the answer is kept", async (_, expectation, message) => {
    expect(await result({ expect: expectation }, says(answer))).toMatchObject({
      ...failed(message),
      content: answer,
      attempts: 1,
    });
  });

  it("a pattern that would take for ever does not keep anybody waiting", async () => {
    const bad = await result({ expect: { matches: "^(a+)+$" } }, says(`${"a".repeat(40)}!`));
    expect(bad).toMatchObject(failed(expect.stringMatching(/^the pattern .* took longer than 2 s on this answer/)));
  });

  it("`retry_on: [check_failed]` gives it another chance", async () => {
    const task: Partial<TaskInput> = { expect: { matches: "PASS" }, retries: 1, retry_on: ["check_failed"] };
    expect(await result(task, says("no idea"), says("PASS"))).toMatchObject({ ...OK, attempts: 2, content: "PASS" });
  });
});

describe("a command", () => {
  it("gets the answer on stdin, in the workdir, and its exit code decides", async () => {
    const workdir = join(space.dir, "work");
    mkdirSync(workdir, { recursive: true });
    const command = "cat > seen.txt && grep -q PASS seen.txt";
    expect(await result({ workdir, expect: { command } }, says("it is a PASS\n"))).toMatchObject(OK);
    expect(readFileSync(join(workdir, "seen.txt"), "utf8")).toBe("it is a PASS\n");
    expect(await result({ workdir, expect: { command } }, says("no\n"))).toMatchObject({
      ...failed(`the check \`${command}\` exited with 1`),
      content: "no\n",
    });
  });

  it("what it says is told", async () => {
    const command = "echo the 3rd line is wrong >&2; exit 4";
    expect(await result({ expect: { command } }, says("x"))).toMatchObject(
      failed(`the check \`${command}\` exited with 4: the 3rd line is wrong`),
    );
  });
});

describe("files_changed", () => {
  const writes: Act = async (cli) => {
    const call = { tool_name: "write_file", tool_id: "w", parameters: { file_path: "made.txt", content: "x" } };
    writeFileSync(join(cli.cwd, "made.txt"), String(process.hrtime.bigint()));
    await cli.records(
      { type: "tool_use", ...call },
      { type: "tool_result", tool_id: "w", status: "success", output: "" },
    );
    await cli.answer("wrote it");
  };
  const shell: Act = async (cli) => {
    const call = { tool_name: "run_shell_command", tool_id: "s", parameters: { command: "date > made.txt" } };
    writeFileSync(join(cli.cwd, "made.txt"), String(process.hrtime.bigint()));
    await cli.records(
      { type: "tool_use", ...call },
      { type: "tool_result", tool_id: "s", status: "success", output: "" },
    );
    await cli.answer("ran it");
  };
  function directory(name: string, git: boolean): string {
    const dir = join(space.dir, name);
    mkdirSync(dir, { recursive: true });
    if (git) execFileSync("git", ["init", "-q"], { cwd: dir, env: { ...space.env } });
    return dir;
  }

  it("is judged by the CLI's own reports", async () => {
    const workdir = directory("plain", false);
    const must = { workdir, expect: { files_changed: true } };
    expect(await result(must, writes)).toMatchObject(OK);
    expect(await result(must, says("all done!"))).toMatchObject({
      ...failed("the task changed no file, but it was expected to (files_changed: true)"),
      content: "all done!",
    });
    expect(await result({ workdir, expect: { files_changed: false } }, writes)).toMatchObject(
      failed("the task changed files, but it must not (files_changed: false)"),
    );
  });

  it("is judged by git where a shell command may have done anything", async () => {
    const git = directory("git", true);
    expect(await result({ workdir: git, expect: { files_changed: true } }, shell)).toMatchObject(OK);
    expect(await result({ workdir: git, expect: { files_changed: false } }, shell)).toMatchObject(
      failed("the task changed files, but it must not (files_changed: false): made.txt"),
    );
    expect(await result({ workdir: git, expect: { files_changed: false } }, says("looked"))).toMatchObject(OK);
  });

  it("nobody can tell: that is a failure, too, and says why", async () => {
    const workdir = directory("untold", false);
    expect(await result({ workdir, expect: { files_changed: true } }, shell)).toMatchObject(
      failed(expect.stringContaining("can't be told")),
    );
  });
});

describe("output_schema", () => {
  const output_schema = {
    type: "object",
    properties: { verdict: { enum: ["pass", "fail"] }, score: { type: "integer", minimum: 0 } },
    required: ["verdict", "score"],
    additionalProperties: false,
  };
  const GOOD = { verdict: "pass", score: 7 };

  it.each([
    ["the plain value", JSON.stringify(GOOD)],
    ["in a code fence", `Here you are:\n\n\`\`\`json\n${JSON.stringify(GOOD)}\n\`\`\`\nAnything else?`],
  ])("satisfied, %s: `structured` has the value, `content` the text as it came", async (_, text) => {
    expect(await result({ output_schema }, says(text))).toMatchObject({ ...OK, structured: GOOD, content: text });
  });

  it("claude's own structured output counts", async () => {
    const structured: Act = async (cli) => {
      expect(cli.argv).toContain(`--json-schema=${JSON.stringify(output_schema)}`);
      const record = { type: "result", subtype: "success", is_error: false, result: "done", structured_output: GOOD };
      await cli.records(record);
      cli.exit(0);
    };
    expect(await result({ backend: "claude", output_schema }, structured)).toMatchObject({ ...OK, structured: GOOD });
  });

  it("not satisfied: one more attempt, with the answer and its problems in the prompt", async () => {
    const repaired = await result({ output_schema }, says('{"verdict": "maybe", "score": -1}'), async (cli) => {
      expect(cli.stdin).toMatch(/^the task\n/);
      expect(cli.stdin).toContain('<previous_answer>\n{"verdict": "maybe", "score": -1}\n</previous_answer>');
      expect(cli.stdin).toContain('/verdict must be equal to one of the allowed values: ["pass","fail"]');
      expect(cli.stdin).toContain("/score must be >= 0");
      await cli.answer(JSON.stringify(GOOD));
    });
    expect(repaired).toMatchObject({ ...OK, attempts: 2, structured: GOOD });
  });

  it("the repair is the only one, is no retry, and its answer is kept", async () => {
    const task = { output_schema, retries: 0 };
    expect(await result(task, says("no JSON at all"), says('{"verdict": "pass"}'))).toMatchObject({
      status: "FAILED",
      attempts: 2,
      content: '{"verdict": "pass"}',
      failure: {
        kind: "schema_invalid",
        message: expect.stringContaining("must have required property 'score'"),
        hint: expect.any(String),
      },
    });
  });

  it("a satisfied schema and `expect` must both hold", async () => {
    const task: Partial<TaskInput> = { output_schema, expect: { matches: '"pass"' } };
    expect(await result(task, says('{"verdict": "fail", "score": 1}'))).toMatchObject({
      ...failed('the answer does not match /"pass"/'),
      structured: { verdict: "fail", score: 1 },
    });
  });
});

describe("conditions that can't be used", () => {
  it("are all named before anything is started, with their place", async () => {
    const text = `{"tasks": [
  {"backend": "claude", "prompt": "p",
   "expect": {"matches": "(unclosed",
              "not_matches": "ok"}},
  {"backend": "codex", "prompt": "p",
   "output_schema": {"type": "objekt"}},
  {"backend": "gemini", "prompt": "p",
   "expect": {"files_changed": "yes",
              "matchs": "typo"}}
]}`;
    const { code, stdout, stderr } = await space.run(["parallel", "-f", space.file("bad.json", text)]);
    expect({ code, stdout, started: clis.waiting.length }).toEqual({ code: 2, stdout: "", started: 0 });
    expect(stderr.replaceAll(space.dir, "")).toMatch(/^\/bad\.json:8:\d+: tasks\[2\]\.expect\.files_changed: /m);
    expect(stderr).toMatch(/:9:\d+: tasks\[2\]\.expect\.matchs: .*did you mean .?matches/);

    const file = space.file("bad.json", text.replace('"yes"', "true").replace("matchs", "not_matches"));
    const second = await space.run(["parallel", "-f", file]);
    expect(second.code).toBe(2);
    expect(second.stderr).toMatch(
      /bad\.json:3:\d+: tasks\[0\]\.expect\.matches: is not a regular expression: Unterminated/,
    );
    expect(second.stderr).toMatch(/bad\.json:6:\d+: tasks\[1\]\.output_schema: is not a usable JSON Schema: .*\/type/);
    expect(second.stderr).toContain("2 problems; nothing was run.");
  });
});
