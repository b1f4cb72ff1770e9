// A backend that the configuration makes: how its program is started, and what its output means.
import { describe, expect, test } from "vitest";
import { valueAtPath } from "../../../../src/backends/custom/json-path.js";
import { backendsOf } from "../../../../src/backends/index.js";
import type { Exit, Progress } from "../../../../src/backends/shared/backend.js";
import type { BackendConfig } from "../../../../src/schema/config-backend.js";
import type { Task } from "../../../../src/schema/task.js";
import { makeTask } from "../../../rig/plan.js";
import { contextFor } from "../tasks.js";

const COMMAND = ["llm", ["-m", "{model}"], "--in={workdir}", ["--tokens={max_tokens}", "--turns={max_turns}"]];
function custom(name: string, command: typeof COMMAND, own: BackendConfig) {
  const backend = backendsOf({ backends: { [name]: { ...own, command } } }).get(name);
  if (backend === undefined) throw new Error(`there is no backend ${name}`);
  return backend;
}
const task = (fields: Partial<Task> = {}) => makeTask({ backend: "llm", ...fields });
const executable = { executable: ["/bin/llm"] };

function args(fields: Partial<Task> = {}, command = COMMAND): string[] {
  return custom("llm", command, {}).invocation(task(fields), contextFor(executable)).args;
}

describe("the command line", () => {
  test("a list of which a value is missing is left out, extra flags come last", () => {
    expect(args()).toEqual(["--in=/"]);
    expect(args({ model: "m", max_tokens: 7, extra: ["-x"] })).toEqual(["-m", "m", "--in=/", "-x"]);
    expect(args({ max_tokens: 7, max_turns: 2 })).toEqual(["--in=/", "--tokens=7", "--turns=2"]);
  });

  test("values are inserted as they are, and never expanded again", () => {
    expect(args({ model: "$& {workdir}" })).toEqual(["-m", "$& {workdir}", "--in=/"]);
  });

  test("what stands alone needs its value", () => {
    const backend = custom("llm", ["llm", "{model}"], {});
    expect(backend.problem?.(task({ model: "m" }))).toBeUndefined();
    expect(backend.problem?.(task())).toBe(
      "the command of llm needs `model`: set it, or put {model} and its flag into a list of their own in backends.llm.command",
    );
  });

  test("the prompt goes to stdin, instructions in front of it, the schema behind it", () => {
    const { invocation } = custom("llm", COMMAND, {});
    const fields = { prompt: "P", system_prompt: "S", append_system_prompt: "A" };
    const started = invocation(task({ ...fields, output_schema: { type: "object" } }), contextFor(executable));
    expect(started.stdin).toMatch(
      /^<instructions>\nS\n\nA\n<\/instructions>\n\nP\n\nAnswer with .*\n\{"type":"object"\}\n$/,
    );
    expect(started.args.join(" ")).not.toMatch(/[PSA]/);
  });

  test("warns of what it can't honour", () => {
    const backend = custom("llm", COMMAND, {});
    expect(backend.warnings(task({ model: "m", max_turns: 3 }))).toEqual([]);
    const text = (field: string) => `bare does not honour \`${field}\`; it is ignored`;
    const bare = custom("bare", ["bare"], {});
    expect(bare.warnings(task({ model: "m", max_turns: 3, sandbox_mode: "read-only" }))).toEqual(
      ["model", "sandbox_mode", "max_turns"].map(text),
    );
  });

  test("offline it gets the model's address, and nothing of the user's", () => {
    const own = { offline_env: { OPENAI_BASE_URL: "{url}/v1", OPENAI_API_KEY: "{api_key}" } };
    const offline = { url: "http://127.0.0.1:1", api_key: "k" };
    const context = contextFor({ ...executable, offline, env: { OPENAI_API_KEY: "secret", PATH: "/bin" } });
    const backend = custom("llm", COMMAND, own);
    const { env } = backend.invocation(task({ env: { TOKEN: "secret" } }), context);
    expect(env).toMatchObject({ OPENAI_BASE_URL: "http://127.0.0.1:1/v1", OPENAI_API_KEY: "k", PATH: "/bin" });
    expect(Object.values(env)).not.toContain("secret");
    expect(backend.offline_hint?.("http://x")).toEqual([
      "export OPENAI_BASE_URL=http://x/v1",
      "export OPENAI_API_KEY=offline",
    ]);
    expect(custom("llm", COMMAND, {}).offline_hint).toBeUndefined();
  });
});

const GOOD: Exit = { exit_code: 0, signal: null, stderr: "", stdout_bytes: 1 };

/** What comes of some lines of output. */
function play(own: Pick<BackendConfig, "output" | "read">, lines: unknown[], exit: Partial<Exit> = {}) {
  const parser = custom("llm", ["llm"], own).parser(task());
  const progress: Progress[] = [];
  for (const line of lines) progress.push(...parser.push(typeof line === "string" ? line : JSON.stringify(line)));
  const end = parser.end({ ...GOOD, ...exit });
  const streamed = progress.map((step) => (step.type === "text" ? step.text : "")).join("");
  const outcome = end.ok ? end.value : end.error.partial;
  return { progress, answer: outcome.text ?? streamed, outcome, failure: end.ok ? undefined : end.error.failure };
}

const JSONL = {
  output: "jsonl",
  read: { where: { type: "delta" }, text: "delta.text", error: "error.message" },
} as const;
const JSON_OUT = {
  output: "json",
  read: {
    text: "choices.0.text",
    model: "/model",
    session_id: "id",
    cost_usd: "cost",
    error: "error",
    usage: { input_tokens: "usage.in", output_tokens: "usage.out" },
  },
} as const;

describe("text", () => {
  test("streams its lines, and keeps all but the last line break", () => {
    const { progress, answer, failure } = play({}, ["one", "", "  two"]);
    expect({ answer, failure }).toEqual({ answer: "one\n\n  two", failure: undefined });
    expect(progress).toHaveLength(3);
  });

  test.each([
    ["nothing", [], {}, { kind: "crashed", message: "llm ended without printing anything" }],
    ["blank lines", ["", "  "], {}, { kind: "crashed", message: "llm ended without printing anything" }],
    [
      "a code",
      ["half"],
      { exit_code: 3, stderr: "Error: out of luck\n" },
      { kind: "crashed", message: "llm exited with code 3: out of luck" },
    ],
    ["an error on stdout", ["Error: rate limit reached"], { exit_code: 1 }, { kind: "rate_limited" }],
    [
      "a signal",
      ["half"],
      { exit_code: null, signal: "SIGKILL" as const },
      { kind: "crashed", message: "llm was ended by SIGKILL" },
    ],
    ["a rate limit", [], { exit_code: 1, stderr: "429 Too Many Requests, try again in 20s" }, { kind: "rate_limited" }],
    ["a missing key", [], { exit_code: 1, stderr: "Invalid API key" }, { kind: "not_authenticated" }],
    [
      "the words of a CLI that it starts",
      [],
      { exit_code: 1, stderr: "Credit balance is too low" },
      { kind: "billing" },
    ],
    ["a stop by clinvk", ["half"], { stopped: true as const }, { kind: "crashed" }],
  ])("fails with %s", (_, lines, exit, failure) => {
    expect(play({}, lines, exit).failure).toMatchObject(failure);
  });

  test("an answer that talks about limits is no failure, nor the reason of one", () => {
    expect(play({}, ["You've hit your usage limit"]).failure).toBeUndefined();
    const lines = ["A limit is", "You've hit your usage limit"];
    expect(play({}, lines, { exit_code: 1 }).failure).toMatchObject({ kind: "crashed" });
  });
});

describe("json", () => {
  test("reads all that it is told to, on one line or on many", () => {
    const value = {
      choices: [{ text: "hi\n" }],
      model: "m-1",
      id: "s",
      cost: 0.5,
      error: null,
      usage: { in: 3, out: 4 },
    };
    for (const lines of [[value], JSON.stringify(value, null, 2).split("\n")]) {
      const { answer, outcome, failure } = play(JSON_OUT, lines);
      expect({ answer, failure }).toEqual({ answer: "hi\n", failure: undefined });
      expect(outcome).toMatchObject({ model: "m-1", session_id: "s", cost_usd: 0.5 });
      expect(outcome.usage).toMatchObject({ input_tokens: 3, output_tokens: 4, cached_tokens: null });
    }
  });

  test.each([
    [
      "no text at the path",
      [{ choices: [] }],
      {
        kind: "output_invalid",
        message: "llm printed JSON, and no answer at `choices.0.text` in it",
        hint: "compare `backends.llm.read` with what the program prints",
      },
    ],
    ["an empty text", [{ choices: [{ text: "" }] }], { kind: "output_invalid" }],
    ["no JSON", ["sorry"], { kind: "output_invalid", message: "llm printed something else than its records: sorry" }],
    ["an error", [{ error: "model overloaded" }], { kind: "overloaded" }],
  ])("fails with %s", (_, lines, failure) => {
    expect(play(JSON_OUT, lines).failure).toMatchObject(failure);
  });
});

describe("jsonl", () => {
  test("streams the pieces of the lines that fit, and notes what is no record", () => {
    const lines = [
      { type: "start" },
      { type: "delta", delta: { text: "a" } },
      "noise",
      { type: "delta", delta: { text: " b" } },
      { delta: { text: "no" } },
    ];
    const { progress, answer, failure } = play(JSONL, lines);
    expect({ answer, failure }).toEqual({ answer: "a b", failure: undefined });
    expect(progress.map(({ type }) => type)).toEqual(["text", "note", "text"]);
  });

  test.each([
    ["no line that fits", [{ type: "start" }], { kind: "output_invalid" }],
    [
      "an error after half an answer",
      [{ type: "delta", delta: { text: "a" } }, { error: { message: "Rate limit reached" } }],
      { kind: "rate_limited" },
    ],
  ])("fails with %s", (_, lines, failure) => {
    expect(play(JSONL, lines).failure).toMatchObject(failure);
  });
});

test.each([
  ["a.b.0", { a: { b: ["x"] } }, "x"],
  ["/a~1b/c~0d", { "a/b": { "c~d": 1 } }, 1],
  ["toString", {}, undefined],
  ["a.length", { a: "text" }, undefined],
  ["a.1", { a: [0] }, undefined],
])("the path %s", (path, from, value) => {
  expect(valueAtPath(from, path)).toBe(value);
});
