// `clinvk config`: what is shown, where it came from, and what may be set.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { backendsOf } from "../../src/backends/index.js";
import { run } from "../../src/cli/commands/config.js";
import { emptyConfig, loadConfig } from "../../src/config/load.js";
import { makePlan } from "../../src/plan/make-plan.js";
import type { Config } from "../../src/schema/config.js";
import { Workspace } from "../rig/clinvk.js";
import { reportIn } from "../rig/read-tasks.js";

let space: Workspace;
beforeEach(() => {
  space = new Workspace();
});
afterEach(() => space.close());

async function config(args: string[], env: Record<string, string> = {}) {
  let [stdout, stderr] = ["", ""];
  const code = await run(args, {
    stdout: (text) => (stdout += text),
    stderr: (text) => (stderr += text),
    env: { ...space.env, ...env },
    cwd: space.dir,
  });
  return { code, stdout: stdout.replaceAll(space.dir, "/ws"), stderr: stderr.replaceAll(space.dir, "/ws") };
}

const write = (text: string) => space.file("home/.clinvk/config.yaml", text);
const FILE = "/ws/home/.clinvk/config.yaml";

describe("show", () => {
  const TEXT = `parallel:
  max_workers: 5
backends:
  claude:
    model: opus
    env:
      ANTHROPIC_API_KEY: sk-ant-0123456789
  llm:
    command: [llm, [-m, "{model}"]]
redact:
  patterns: [ProjectBlue]
`;

  it("says where each value came from, and masks secrets", async () => {
    write(TEXT);
    const { code, stdout, stderr } = await config(["show", "--origin"], { CLINVK_CLAUDE_MODEL: "fast" });
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    const line = (start: string) => stdout.split("\n").find((one) => one.trimStart().startsWith(start));
    expect(line("default_backend")).toMatch(/^default_backend: claude +# default$/);
    expect(line("max_workers")).toMatch(/^ {2}max_workers: 5 +# \/ws\/home\/\.clinvk\/config\.yaml:2$/);
    expect(line("model")).toMatch(/^ {4}model: fast +# \$CLINVK_CLAUDE_MODEL$/);
    expect(line("ANTHROPIC_API_KEY")).toMatch(/^ {6}ANTHROPIC_API_KEY: "\*\*\*" +# .*config\.yaml:7$/);
    expect(line("command:")).toMatch(/^ {4}command: \["llm",\["-m","\{model\}"\]\] +# .*:9$/);
    expect(stdout).not.toMatch(/sk-ant|ProjectBlue/);
  });

  it("prints a configuration that says the same", async () => {
    write('backends:\n  claude: {system_prompt: "a: b\\n# c", max_turns: 3}\n');
    const shown = space.file("shown.yaml", (await config(["show"])).stdout);
    const place = { env: space.env, cwd: space.dir };
    const [before, after] = [await loadConfig(place), await loadConfig({ ...place, config_flag: shown })];
    if (!before.ok || !after.ok) throw new Error("not valid");
    expect(after.value.config.backends).toEqual(before.value.config.backends);
  });

  it("as JSON, with and without origins", async () => {
    write(TEXT);
    const shown = JSON.parse((await config(["show", "--json"])).stdout) as Config;
    expect(shown.parallel).toEqual({ max_workers: 5, fail_fast: false, aggregate_output: true });
    const origins = JSON.parse((await config(["show", "--json", "--origin"])).stdout) as Record<string, unknown>;
    expect(origins["parallel.max_workers"]).toEqual({ value: 5, origin: `${FILE}:2` });
    expect(origins["retry.patience_seconds"]).toEqual({ value: 600, origin: "default" });
  });

  it("shows as defaults what a run does without a configuration", async () => {
    const shown = JSON.parse((await config(["show", "--json"])).stdout) as Config;
    const plan = (own: Config) => {
      const made = makePlan({
        file: { tasks: [{ backend: "claude", prompt: "p" }] },
        reportTo: reportIn("t"),
        config: { ...emptyConfig(""), config: own },
        flags: {},
        cwd: space.dir,
        backends: backendsOf({}),
      });
      if (!made.ok) throw new Error("no plan");
      return { ...made.value, run_id: "" };
    };
    expect(plan(shown)).toEqual(plan({}));
  });

  it("of an invalid file shows what is wrong with it", async () => {
    write("paralel: {}\n");
    expect(await config(["show"])).toEqual({
      code: 2,
      stdout: "",
      stderr: `${FILE}:1:1: paralel: unknown key — did you mean \`parallel\`?\n1 problem; nothing was read.\n`,
    });
  });
});

describe("get", () => {
  it.each([
    [["parallel.max_workers"], 0, "3\n", ""],
    [["default_backend"], 0, "claude\n", ""],
    [["default_backend", "--json"], 0, '"claude"\n', ""],
    [["runs"], 0, '{"journal":true,"retention_days":30}\n', ""],
    [["retry.retry_on[0]"], 0, "rate_limited\n", ""],
    [["backends.codex.model"], 1, "", "clinvk config get: backends.codex.model is not set\n"],
    [
      ["parallel.max_worker"],
      2,
      "",
      "clinvk config get: parallel.max_worker: unknown key — did you mean `max_workers`?\n",
    ],
    [
      ["backends.cluade.model"],
      2,
      "",
      'clinvk config get: backends.cluade.model: expected one of `claude`, `codex`, `gemini`, got "cluade" — did you mean `claude`?\n',
    ],
  ])("%j", async (args, code, stdout, stderr) => {
    expect(await config(["get", ...args])).toEqual({ code, stdout, stderr });
  });
});

describe("unset", () => {
  it("removes one value, and keeps the rest with its comments", async () => {
    write("parallel:\n  max_workers: 5 # many\n  fail_fast: true\n");
    expect(await config(["unset", "parallel.fail_fast"])).toEqual({
      code: 0,
      stdout: "",
      stderr: `parallel.fail_fast is no longer set in ${FILE}\n`,
    });
    expect(readFileSync(join(space.home, ".clinvk/config.yaml"), "utf8")).toBe("parallel:\n  max_workers: 5 # many\n");
  });

  it.each([
    ["parallel.fail_fast", {}, 1, `clinvk config unset: parallel.fail_fast is not set in ${FILE}\n`],
    ["default_backend", { CLINVK_BACKEND: "codex" }, 1, `clinvk config unset: default_backend is not set in ${FILE}\n`],
    ["paralel", {}, 2, "clinvk config unset: paralel: unknown key — did you mean `parallel`?\n"],
    ["", {}, 2, "clinvk config unset: : expected the name of a key\n"],
  ])("%s with %j in the environment", async (key, env, code, stderr) => {
    write("parallel:\n  max_workers: 5\n");
    expect(await config(["unset", key], env as Record<string, string>)).toEqual({ code, stdout: "", stderr });
    expect(readFileSync(join(space.home, ".clinvk/config.yaml"), "utf8")).toBe("parallel:\n  max_workers: 5\n");
  });
});

describe("set", () => {
  const set = async (key: string, value: string) => {
    const { code, stderr } = await config(["set", key, value]);
    expect(code, stderr).toBe(0);
    return readFileSync(join(space.home, ".clinvk/config.yaml"), "utf8");
  };

  it("stores values in the type of their key", async () => {
    await set("parallel.max_workers", "5");
    await set("parallel.fail_fast", "true");
    await set("backends.claude.env.A", "1");
    await set("backends.codex.model", "5");
    await set("redact.patterns", '["ProjectBlue"]');
    await set("backends.claude.prices", '{"m": {"input": 1, "output": 2.5}}');
    expect(await set("backends.llm.command", '["llm", ["-m", "{model}"]]')).toBe(`parallel:
  max_workers: 5
  fail_fast: true
backends:
  claude:
    env:
      A: "1"
    prices: {m: {input: 1, output: 2.5}}
  codex:
    model: "5"
  llm:
    command: [llm, [-m, "{model}"]]
redact:
  patterns: [ProjectBlue]
`);
  });

  it.each([
    ["parallel.max_workers", "0", "parallel.max_workers: must be at least 1, got 0"],
    ["parallel.max_workers", "-1", "parallel.max_workers: must be at least 1, got -1"],
    ["runs.journal", "yes", 'runs.journal: expected `true` or `false`, got "yes"'],
    ["redact.patterns", "a", 'redact.patterns: expected a list, got "a"'],
    [
      "backends.cluade.model",
      "x",
      "backends.cluade: is not built in, and has no `command` that makes it a backend — did you mean `claude`?",
    ],
    ["", "1", "KEY: expected the name of a key"],
    ["constructor", "1", "constructor: unknown key — `clinvk schema config` lists all keys"],
    ["__proto__.x", "1", "__proto__: unknown key — `clinvk schema config` lists all keys"],
    ["backends.claude.env.TOKEN", "", undefined],
  ])("%s %s", async (key, value, message) => {
    const { code, stderr } = await config(["set", key, value]);
    if (message === undefined) expect(code, stderr).toBe(0);
    else expect({ code, stderr }).toEqual({ code: 2, stderr: `${message}\n1 problem; nothing was changed.\n` });
  });

  it("says so if a variable wins all the same, and never prints a secret", async () => {
    expect((await config(["set", "backends.codex.model", "a"], { CLINVK_CODEX_MODEL: "b" })).stderr).toBe(
      `backends.codex.model is "a" in ${FILE}\nnote: $CLINVK_CODEX_MODEL is set and wins over the file\n`,
    );
    expect((await config(["set", "backends.codex.env.TOKEN", "s3cret"])).stderr).toBe(
      `backends.codex.env.TOKEN is set in ${FILE}\n`,
    );
  });
});

it("path and schema", async () => {
  expect(await config(["path"])).toEqual({
    code: 0,
    stdout: `${FILE}\n`,
    stderr: "it does not exist; `clinvk config set` makes it\n",
  });
  expect((await config(["path"], { CLINVK_CONFIG: "own.yaml" })).stdout).toBe("/ws/own.yaml\n");
  expect(JSON.parse((await config(["schema"])).stdout)).toMatchObject({ title: "clinvk configuration" });
});
