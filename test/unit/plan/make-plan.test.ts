import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type PrepareRequest, prepare } from "../../../src/app/prepare.js";
import { backendsOf } from "../../../src/backends/index.js";
import type { Backends } from "../../../src/backends/shared/backend.js";
import { makePlan, parseWorkers } from "../../../src/plan/make-plan.js";
import type { Plan, PlanFlags } from "../../../src/plan/plan.js";
import type { Config } from "../../../src/schema/config.js";
import type { RunKind } from "../../../src/schema/event.js";
import type { TaskFile } from "../../../src/schema/task-file.js";
import type { TaskInput } from "../../../src/schema/task-input.js";
import { omitUndefined } from "../../../src/util/omit-undefined.js";
import { reportIn } from "../../rig/read-tasks.js";

let dir: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), "clinvk-plan-"));
  writeFileSync(join(dir, "file.txt"), "");
});
afterAll(() => rmSync(dir, { recursive: true }));

interface Given {
  file?: Partial<TaskFile>;
  config?: Config;
  flags?: PlanFlags;
  context?: string;
  kind?: RunKind;
  backends?: Backends;
}

function make({ kind, file, config = {}, flags = {}, context, backends = backendsOf({}) }: Given) {
  return makePlan({
    ...omitUndefined({ kind }),
    file: { tasks: [{ backend: "claude", prompt: "p" }], ...file },
    reportTo: reportIn("tasks.json"),
    config: { config, path: undefined, clinvk_home: dir, origin: (key) => `config.yaml (${key})` },
    flags,
    ...(context === undefined ? {} : { context }),
    cwd: dir,
    backends,
  });
}

function plan(given: Given): Plan {
  const made = make(given);
  if (!made.ok) throw new Error(JSON.stringify(made.error));
  return made.value;
}

function problems(given: Given): string[] {
  const made = make(given);
  return made.ok ? [] : made.error.map(({ source, path, message }) => `${path ?? source}: ${message}`);
}

const task = (fields: TaskInput = {}): TaskInput => ({ backend: "claude", prompt: "p", ...fields });

describe("a CLI may be silent", () => {
  const limits = (unified_flags: Config["unified_flags"] = {}, fields: TaskInput = {}, defaults: TaskInput = {}) => {
    const [one] = plan({ config: { unified_flags }, file: { defaults, tasks: [task(fields)] } }).tasks;
    return [one?.idle_timeout_seconds, one?.tool_idle_timeout_seconds];
  };

  it("for 10 minutes, and for an hour while a tool works, if nobody says more", () => {
    expect(limits()).toEqual([600, 3600]);
  });

  it("as long as the configuration says, while a tool works never less than else", () => {
    expect(limits({ idle_timeout_secs: 60 })).toEqual([60, 3600]);
    expect(limits({ idle_timeout_secs: 7200 })).toEqual([7200, 7200]);
    expect(limits({ tool_idle_timeout_secs: 900 })).toEqual([600, 900]);
    expect(limits({ idle_timeout_secs: 0 })).toEqual([0, 0]);
    expect(limits({ tool_idle_timeout_secs: 0 })).toEqual([600, 0]);
  });

  it("as long as its task says, whatever it does", () => {
    expect(limits({ idle_timeout_secs: 60 }, { idle_timeout_seconds: 5 })).toEqual([5, undefined]);
    expect(limits({}, {}, { idle_timeout_seconds: 0 })).toEqual([0, undefined]);
  });

  it("for the longer time if it does not tell when a tool works", () => {
    const config: Config = { backends: { own: { command: ["/bin/cat"] } } };
    const made = plan({ config, file: { tasks: [{ backend: "own", prompt: "p" }] }, backends: backendsOf(config) });
    expect(made.tasks).toMatchObject([{ idle_timeout_seconds: 3600, tool_idle_timeout_seconds: 3600 }]);
  });
});

describe("settings of the run", () => {
  it.each([
    [{}, 3],
    [{ config: { parallel: { max_workers: 5 } } }, 5],
    [{ config: { parallel: { max_workers: 5 } }, file: { max_parallel: 4 } }, 4],
    [{ config: { parallel: { max_workers: 5 } }, file: { max_parallel: 4 }, flags: { max_parallel: 2 } }, 2],
  ] as [Given, number][])("max_parallel: flag over file over config over 3 (%j)", (given, expected) => {
    expect(plan(given).max_parallel).toBe(expected);
  });

  it.each([
    [{}, false],
    [{ config: { parallel: { fail_fast: true } } }, true],
    [{ config: { parallel: { fail_fast: true } }, file: { fail_fast: false } }, false],
    [{ file: { fail_fast: false }, flags: { fail_fast: true } }, true],
    [{ file: { fail_fast: true }, flags: { fail_fast: false } }, false],
  ] as [Given, boolean][])("fail_fast likewise (%j)", (given, expected) => {
    expect(plan(given).fail_fast).toBe(expected);
  });

  it("resolves output_dir against the directory of the start, flag over file", () => {
    expect(plan({ file: { output_dir: "a" } }).output_dir).toBe(join(dir, "a"));
    expect(plan({ file: { output_dir: "a" }, flags: { output_dir: "/b" } }).output_dir).toBe("/b");
    expect(plan({}).output_dir).toBeUndefined();
  });

  it("takes lane caps from the file, else from the configuration", () => {
    const config: Config = { backends: { claude: { max_parallel: 4 }, codex: { max_parallel: 2 } } };
    expect(plan({ config, file: { limits: { claude: 1 } } }).lane_caps).toEqual({ claude: 1, codex: 2 });
  });

  it.each(["0", "-1", "x", "1.5", "", " 3", "1e3", 0, Number.NaN])("refuses --max-parallel %j", (value) => {
    expect(parseWorkers(value)).toMatchObject({ ok: false, error: { source: "--max-parallel" } });
  });
});

describe("settings of a task", () => {
  const config: Config = {
    unified_flags: {
      approval_mode: "none",
      sandbox_mode: "full",
      max_turns: 9,
      verbose: true,
      command_timeout_secs: 30,
    },
    backends: {
      claude: {
        approval_mode: "always",
        max_turns: 8,
        model: "from-config",
        extra_flags: ["--a"],
        system_prompt: "own",
      },
    },
    retry: { retries: 5, patience_seconds: 90 },
  };

  it("task over defaults over the backend's configuration over the unified one over built-in", () => {
    const resolve = (fields: TaskInput, defaults = {}) =>
      plan({ config, file: { tasks: [task(fields)], defaults } }).tasks[0];
    expect(resolve({})).toMatchObject({
      approval_mode: "always",
      sandbox_mode: "full",
      max_turns: 8,
      verbose: true,
      model: "from-config",
      system_prompt: "own",
      timeout_seconds: 30,
      retries: 5,
      patience_seconds: 90,
      max_tokens: 0,
    });
    expect(resolve({ patience_seconds: 0 }, { patience_seconds: 7, retries: 1 })).toMatchObject({
      patience_seconds: 0,
      retries: 1,
    });
    expect(resolve({}, { patience_seconds: 7 })?.patience_seconds).toBe(7);
    expect(resolve({}, { max_turns: 7, model: "from-defaults" })).toMatchObject({
      max_turns: 7,
      model: "from-defaults",
    });
    expect(resolve({ max_turns: 0, model: "mine" }, { max_turns: 7 })).toMatchObject({ max_turns: 0, model: "mine" });
    expect(resolve({ backend: "codex" })).toMatchObject({ approval_mode: "none", max_turns: 9, extra: [] });
  });

  it("adds a task's own flags to those of the configuration", () => {
    expect(plan({ config, file: { tasks: [task({ extra: ["--b"] })] } }).tasks[0]?.extra).toEqual(["--a", "--b"]);
  });

  it("replaces model aliases, and refuses one that stands for nothing", () => {
    expect(plan({ file: { tasks: [task({ model: "fast" })] } }).tasks[0]?.model).toBe("haiku");
    const models = { backends: { codex: { models: { fast: "gpt-mini" } } } };
    const tasks = [task({ backend: "codex", model: "fast" })];
    expect(plan({ config: models, file: { tasks } }).tasks[0]?.model).toBe("gpt-mini");
    expect(problems({ file: { tasks } })).toEqual(["tasks[0].model: codex has no model for the alias `fast`"]);
  });

  it("names tasks by position, and by the first line of the prompt", () => {
    const tasks = [
      task({ prompt: "\n Check the code\nand more" }),
      task({ prompt: "x".repeat(60), name: undefined as never }),
    ];
    const [first, second] = plan({ file: { tasks } }).tasks;
    expect([first?.id, first?.name]).toEqual(["task-1", "Check the code"]);
    expect([second?.id, second?.name]).toEqual(["task-2", `${"x".repeat(39)}…`]);
  });

  it("resolves fallbacks as tasks of their own: aliases go along, model names and flags don't", () => {
    const tasks = [task({ model: "best", extra: ["--only-claude"], fallback: ["gemini", "claude"] })];
    expect(plan({ file: { tasks } }).tasks[0]?.fallbacks).toMatchObject([
      { id: "task-1", backend: "gemini", model: "pro", extra: [] },
    ]);
    const named = plan({ file: { tasks: [task({ model: "claude-x", fallback: ["codex"] })] } });
    expect(named.tasks[0]?.fallbacks[0]).not.toHaveProperty("model");
  });

  it("knows who has a directory to itself", () => {
    const alone = (...workdirs: string[]) =>
      plan({ file: { tasks: workdirs.map((workdir) => task({ workdir })) } }).tasks.map((one) => one.alone_in_workdir);
    expect(alone("/usr", "/usr/bin", "/etc")).toEqual([false, false, true]);
    expect(alone("/usr", "/usr")).toEqual([false, false]);
    expect(alone("/")).toEqual([true]);
  });
});

describe("what is wrong", () => {
  it("reports everything at once", () => {
    const tasks = [
      task({ id: "a" }),
      task({ id: "a", workdir: "nowhere" }),
      task({ id: "task-4", workdir: "file.txt" }),
      task({ prompt: " \n" }),
    ];
    expect(problems({ file: { tasks } })).toEqual([
      'tasks[1].id: duplicate id "a"',
      'tasks[2].id: the id "task-4" is also the generated id of tasks[3]',
      `tasks[1].workdir: the directory ${join(dir, "nowhere")} does not exist`,
      `tasks[2].workdir: ${join(dir, "file.txt")} is not a directory`,
      "tasks[3].prompt: the prompt is empty",
    ]);
  });

  it("refuses tasks of a backend that is switched off", () => {
    expect(problems({ config: { backends: { claude: { enabled: false } } } })).toEqual([
      "tasks[0].backend: claude is disabled in config.yaml (backends.claude.enabled)",
    ]);
  });

  it("refuses prompts beyond a CLI's limit, context included, and names the limit", () => {
    const tasks = [task({ backend: "codex", prompt: "x".repeat(1024 * 1024 - 10) })];
    expect(problems({ file: { tasks } })).toEqual([]);
    expect(problems({ file: { tasks }, context: "more than ten" })).toEqual([
      expect.stringMatching(/^tasks\[0\].prompt: .*1,048,\d+ characters; \S+.* takes at most 1,048,576$/),
    ]);
    const emoji = [task({ backend: "codex", prompt: "😀".repeat(1024 * 1024) })];
    expect(problems({ file: { tasks: emoji } })).toEqual([]);
  });

  it("selects by id and tag, and refuses an id that is not there", () => {
    const file = {
      tasks: [task({ id: "one", tags: ["a"] }), task({ id: "two", tags: ["a", "b"] }), task({ id: "three" })],
    };
    const ids = (flags: PlanFlags) => plan({ file, flags }).tasks.map((one) => one.id);
    expect(ids({ only: ["three", "one"] })).toEqual(["one", "three"]);
    expect(ids({ tags: ["b"] })).toEqual(["two"]);
    expect(ids({ only: ["one", "three"], tags: ["a"] })).toEqual(["one"]);
    expect(problems({ file, flags: { only: ["tree"] } })).toEqual(['--only: no task has the id or the name "tree"']);
    expect(problems({ file, flags: { tags: ["c"] } })).toEqual(["--tags: no task is selected"]);
  });
});

it("selects by name where no task has such an id, and lists the ids if it can't", () => {
  const tasks = [task({ name: "Security Audit" }), task({ name: "task-1" }), task({ name: "Security Audit" })];
  const ids = (only: string[]) => plan({ file: { tasks }, flags: { only } }).tasks.map((one) => one.id);
  expect(ids(["Security Audit"])).toEqual(["task-1", "task-3"]);
  expect(ids(["task-1"])).toEqual(["task-1"]);
  const hint = (only: string, count = 3) => {
    const made = make({ file: { tasks: Array.from({ length: count }, () => task()) }, flags: { only: [only] } });
    return made.ok ? undefined : made.error[0]?.hint;
  };
  expect(hint("security")).toBe("the ids are task-1, task-2, task-3");
  expect(hint("security", 12)).toMatch(/task-10, …$/);
  expect(hint("tsak-1")).toBe('did you mean "task-1"?');
});

describe("warnings", () => {
  it("says once per field and backend what a CLI can't honour", () => {
    const tasks = [1, 2, 3].map(() => task({ backend: "codex", max_turns: 3 }));
    const { warnings } = plan({ file: { tasks } });
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toMatch(/codex.*max_turns/);
  });

  it("says that output_format is ignored", () => {
    expect(plan({ file: { tasks: [task({ output_format: "text" })] } }).warnings.join()).toContain("output_format");
  });

  it("says that a task file has no places, unless the author knows it", () => {
    const tasks = [task({ prompt: `{{file}} {{ previous }} \\{{stdin}} style={{color: 1}} \${{ github.ref }}` })];
    const judge = task({ prompt: "{{results}} {{who}}" });
    expect(plan({ file: { tasks, judge } }).warnings).toEqual([
      "`{{file}}` is sent to the model as it is: nothing is put into its place (task-1)",
      "`{{previous}}` is sent to the model as it is: nothing is put into its place (task-1)",
      "`{{who}}` is sent to the model as it is: nothing is put into its place (judge)",
    ]);
    expect(plan({ kind: "prompt", file: { tasks } }).warnings).toEqual([]);
  });

  it("says who may write in one directory at the same time", () => {
    const tasks = [task({ approval_mode: "auto" }), task({ sandbox_mode: "full" }), task()];
    const about = (given: Given) => plan(given).warnings.filter((text) => text.includes("at the same time"));
    expect(about({ file: { tasks } })).toEqual([`2 tasks may write in ${dir} at the same time: task-1, task-2`]);
    expect(about({ file: { tasks }, flags: { dry_run: true } })).toEqual(about({ file: { tasks } }));
    expect(about({ file: { tasks: tasks.map((one, index) => ({ ...one, dry_run: index === 0 })) } })).toEqual([]);
    expect(about({ file: { tasks, max_parallel: 1 } })).toEqual([]);
    expect(
      about({
        file: { tasks: [task({ approval_mode: "auto" }), task({ approval_mode: "auto", sandbox_mode: "read-only" })] },
      }),
    ).toEqual([]);
  });
});

it("says whose costs a budget does not see", () => {
  const tasks = [task(), task({ backend: "codex" }), task({ backend: "gemini" })];
  const config: Config = { backends: { gemini: { prices: { m: { input: 1, output: 2 } } } } };
  const { warnings } = plan({ config, file: { tasks, max_cost_usd: 1 } });
  expect(warnings.filter((text) => text.includes("max_cost_usd"))).toEqual([
    expect.stringContaining("does not see what codex costs"),
  ]);
});

it("writes no output directory for a run that is only shown", () => {
  expect(plan({ file: { output_dir: "a" }, flags: { dry_run: true } }).output_dir).toBeUndefined();
});

describe("the run's name", () => {
  it("is the task file's own word, before the name of the file", async () => {
    writeFileSync(join(dir, "night.json"), JSON.stringify({ tasks: [task()] }));
    const source = { path: join(dir, "night.json") };
    const named = async (more: Partial<PrepareRequest>) => {
      const made = await prepare({ source, flags: {}, env: {}, cwd: dir, ...more });
      return made.ok ? made.value.plan.name : made.error;
    };
    expect(await named({})).toBe("night.json");
    expect(await named({ source: { name: "stdin", value: { name: "Nightly", tasks: [task()] } } })).toBe("Nightly");
    expect(await named({ kind: "chain", source: { name: "stdin", value: { name: "Fix", steps: [task()] } } })).toBe(
      "Fix",
    );
    expect(await named({ source: { name: "stdin", value: { tasks: [task()] } } })).toBeUndefined();
  });

  it("is the first line of what a prompt or a comparison asks, cut", () => {
    const tasks = [task({ prompt: `${"Why is the sky blue ".repeat(3)}\nTell me.` })];
    expect(plan({ file: { tasks }, kind: "prompt" }).name).toBe("Why is the sky blue Why is the sky blue…");
    expect(plan({ file: { tasks: [task({ prompt: "Short\nand long" })] }, kind: "compare" }).name).toBe("Short");
  });
});

it("says in which directory a run was asked for, and whether all of it is only shown", () => {
  const dry = task({ dry_run: true });
  expect(plan({})).toMatchObject({ directory: dir });
  expect(plan({ file: { tasks: [dry, dry] } }).dry_run).toBe(true);
  expect(plan({ file: { tasks: [dry, task()] } }).dry_run).toBeUndefined();
  expect(plan({ file: { tasks: [dry], judge: task({ prompt: "{{results}}" }) } }).dry_run).toBeUndefined();
  expect(plan({ flags: { dry_run: true } }).dry_run).toBe(true);
});
