// Programs that a configuration makes backends, beside each other in one run.
import { cpSync, existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { RunResult } from "../../src/schema/result.js";
import { Workspace } from "../rig/clinvk.js";

const EXAMPLE = resolve(import.meta.dirname, "../../examples/custom-backend");

let space: Workspace;
beforeEach(() => {
  space = new Workspace();
});
afterEach(() => space.close());

const sh = (script: string) => ["sh", "-c", script];

function configure(backends: Record<string, unknown>): void {
  space.file("home/.clinvk/config.yaml", { backends });
}

async function results(
  tasks: object[],
  args: string[] = [],
): Promise<RunResult & { code: number | null; stderr: string }> {
  space.file("tasks.json", tasks);
  const { code, stdout, stderr } = await space.run(["parallel", "-f", "tasks.json", "--json", ...args]);
  expect(stdout, stderr).not.toBe("");
  return { ...(JSON.parse(stdout) as RunResult), code, stderr };
}

describe("the example of the guide", () => {
  it("answers, streams word by word, and tells model, tokens and price", async () => {
    const dir = join(space.dir, "custom-backend");
    cpSync(EXAMPLE, dir, { recursive: true });
    const args = ["parallel", "-f", "tasks.json", "--config", "config.yaml"];
    const { code, stdout, stderr } = await space.run([...args, "--json"], { cwd: dir });
    expect(code, stderr).toBe(0);
    const [hello, fast] = (JSON.parse(stdout) as RunResult).results;
    expect(hello).toMatchObject({ content: "You said: hello world", backend: "tiny", model: "tiny", cost_usd: null });
    expect(fast).toMatchObject({
      content: "You said: be quick",
      model: "tiny-1",
      usage: { input_tokens: 2, output_tokens: 4 },
    });
    expect(fast?.cost_usd).toBeCloseTo((2 * 0.5 + 4 * 2) / 1e6, 12);
    const events = await space.run([...args, "--events", "-"], { cwd: dir });
    const pieces = events.stdout.split("\n").filter((line) => line.includes('"task_output"'));
    expect(pieces.length).toBeGreaterThan(2);
  });
});

describe("side by side", () => {
  it("each in its own way of printing, and each in its own way of failing", async () => {
    configure({
      plain: { command: sh("cat; echo; echo done") },
      doc: { command: sh('printf \'{"answer": "%s"}\' "$(cat)"'), output: "json", read: { text: "answer" } },
      limited: { command: sh("cat >&2; exit 1") },
      silent: { command: sh("cat > /dev/null") },
      missing: { command: ["no-such-program-here"] },
    });
    const names = ["plain", "doc", "limited", "silent", "missing"];
    const prompt = "429 Too Many Requests";
    const run = await results(names.map((backend) => ({ backend, id: backend, prompt, retries: 0 })));
    expect(run.code).toBe(1);
    const seen = Object.fromEntries(run.results.map((one) => [one.task_id, one.failure?.kind ?? one.content]));
    expect(seen).toEqual({
      plain: `${prompt}\ndone`,
      doc: prompt,
      limited: "rate_limited",
      silent: "crashed",
      missing: "not_installed",
    });
    expect(run.results[4]?.failure).toMatchObject({
      message: "missing is not installed: there is no `no-such-program-here` on PATH",
      hint: "check `backends.missing.command` in the configuration, or install the program",
    });
    expect(run.results[4]?.exit_code).toBe(127);
  });

  it("a backend turns to another one, and a limit holds for each", async () => {
    configure({ bad: { command: sh("exit 3"), max_parallel: 1 }, good: { command: ["cat"] } });
    const run = await results([
      { backend: "bad", prompt: "p", fallback: ["good"], fallback_on: ["crashed"], retries: 0 },
    ]);
    expect(run.results[0]).toMatchObject({ content: "p", backend: "good", fallback_from: "bad" });
  });

  it("the model comes from the task, an alias, the configuration or a variable", async () => {
    configure({ "my-llm": { command: ["echo", ["model", "{model}"], "."], models: { fast: "quick" } } });
    space.file("tasks.json", [
      { backend: "my-llm", prompt: "p", model: "fast" },
      { backend: "my-llm", prompt: "p" },
    ]);
    const contents = async (env: Record<string, string>) => {
      const { stdout } = await space.run(["parallel", "-f", "tasks.json", "--json"], { env });
      return (JSON.parse(stdout) as RunResult).results.map(({ content }) => content);
    };
    expect(await contents({})).toEqual(["model quick .", "."]);
    expect(await contents({ CLINVK_MY_LLM_MODEL: "own" })).toEqual(["model quick .", "model own ."]);
  });

  it("is stopped like any other, with all of its children", async () => {
    configure({ slow: { command: sh("echo started; sleep 600.77 & wait") } });
    space.file("tasks.json", [{ backend: "slow", prompt: "p" }]);
    const run = space.start(["parallel", "-f", "tasks.json", "--events", "-"]);
    await run.printed('"task_output"');
    run.child.kill("SIGINT");
    const { code, stdout } = await run.done;
    expect(code).toBe(130);
    const ends = stdout.split("\n").filter((line) => line.includes('"task_finished"'));
    expect(JSON.parse(ends[0] ?? "{}")).toMatchObject({ result: { status: "CANCELED", content: "started" } });
    const { stdout: left } = await space.shell("ps -eo args | grep '[s]leep 600.77' || true").done;
    expect(left).toBe("");
  });
});

describe("refused before anything starts", () => {
  it("with --offline, unless it says how it is pointed there", async () => {
    configure({ llm: { command: ["llm"] } });
    space.file("tasks.json", '[\n{"backend": "llm", "prompt": "p"}]');
    const { code, stderr } = await space.run(["parallel", "-f", "tasks.json", "--offline"]);
    expect(code).toBe(2);
    expect(stderr).toContain(
      "tasks.json:2:13: tasks[0].backend: llm can't be used with --offline: it has no setting for the offline model's address — set backends.llm.offline_env in the configuration\n",
    );
  });

  it("if its name is mistyped, with the names of the configuration among those that are known", async () => {
    configure({ ollama: { command: ["ollama"] } });
    space.file("tasks.json", '{"tasks": [\n{"backend": "olama", "prompt": "p"}], "limits": {"cluade": 1}}');
    const { code, stderr } = await space.run(["parallel", "-f", "tasks.json"]);
    expect(code).toBe(2);
    const known = "expected one of `claude`, `codex`, `gemini`, `ollama`";
    expect(stderr).toBe(
      [
        `tasks.json:2:13: tasks[0].backend: ${known}, got "olama" — did you mean \`ollama\`?`,
        `tasks.json:2:50: limits.cluade: ${known}, got "cluade" — did you mean \`claude\`?`,
        "2 problems; nothing was run.\n",
      ].join("\n"),
    );
  });

  it("if its configuration makes no sense, with all that is wrong", async () => {
    space.file(
      "home/.clinvk/config.yaml",
      `default_backend: lama
backends:
  claude: {command: [claude]}
  cluade: {model: opus}
  Llama: {command: [llama]}
  a: {command: ["llm -m x"]}
  b: {command: [./llm, "{modle}", "{prompt}"]}
  c: {command: [llm, {model}], output: json}
  d: {command: [llm], output: jsonl, read: {txt: a}}
  e: {command: [], read: {text: a}}
`,
    );
    const { code, stderr } = await space.run(["config", "show"]);
    expect(code).toBe(2);
    expect(
      stderr
        .replaceAll(`${join(space.home, ".clinvk")}/`, "")
        .trimEnd()
        .split("\n"),
    ).toEqual([
      'config.yaml:1:18: default_backend: expected one of `claude`, `codex`, `gemini`, `Llama`, `a`, `b`, `c`, `d`, `e`, got "lama" — did you mean `Llama`?',
      "config.yaml:3:12: backends.claude.command: claude is built in, and this is for custom backends — a custom backend needs a name of its own",
      "config.yaml:4:3: backends.cluade: is not built in, and has no `command` that makes it a backend — did you mean `claude`?",
      "config.yaml:5:3: backends.Llama: the name of a backend has at most 40 lower-case letters, digits, `_` and `-`, and begins with a letter",
      "config.yaml:6:17: backends.a.command[0]: this is one argument, spaces and all — write each argument as an entry of its own",
      "config.yaml:7:17: backends.b.command[0]: expected a name on PATH, an absolute path, or one that begins with `~/`",
      "config.yaml:7:24: backends.b.command[1]: `{modle}` is not a known placeholder — did you mean `{model}`?",
      "config.yaml:7:35: backends.b.command[2]: `{prompt}` is not a known placeholder — the prompt goes to the program's stdin: on a command line other users could read it",
      "config.yaml:8:22: backends.c.command[1]: expected a text or a list of texts (a text in braces needs quotes), got an object",
      "config.yaml:8:40: backends.c.output: `output: json` needs `read.text`: where in the output the answer is — for example `read: {text: choices.0.text}`",
      "config.yaml:9:31: backends.d.output: `output: jsonl` needs `read.text`: where in the output the answer is — for example `read: {text: choices.0.text}`",
      "config.yaml:9:45: backends.d.read.txt: unknown key — did you mean `text`?",
      "config.yaml:10:16: backends.e.command: may not be empty",
      "config.yaml:10:20: backends.e.read: is for `output: json` and `output: jsonl` only",
      "14 problems; nothing was read.",
    ]);
  });
});

it("a dry run shows the command, and starts nothing", async () => {
  const calls = join(space.dir, "calls");
  configure({ mine: { command: ["touch", ["-m", "{model}"], calls] } });
  const run = await results([{ backend: "mine", prompt: "p", model: "a b" }], ["--dry-run"]);
  expect(run.results[0]?.command).toBe(`touch -m 'a b' ${calls}`);
  expect(existsSync(calls)).toBe(false);
});
