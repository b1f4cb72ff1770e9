// Bad flags and configuration, and places that can't be written: exit code 2, every problem named, nothing started.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Workspace } from "../rig/clinvk.js";
import { FakeClis } from "../rig/fake-clis.js";

let clis: FakeClis;
let space: Workspace;

beforeAll(async () => {
  clis = await FakeClis.start();
  space = new Workspace({ bin: [clis.bin] });
  space.file("ok.json", [{ backend: "claude", prompt: "p" }]);
});
afterAll(async () => {
  await clis.close();
  space.close();
});

/** Runs a good task file with something bad beside it; gives what stderr says of it. */
async function refused(args: string[], env: Record<string, string> = {}): Promise<string> {
  const { code, stdout, stderr } = await space.run(["parallel", "-f", "ok.json", ...args], { env });
  expect({ code, stdout, started: clis.waiting.length }).toEqual({ code: 2, stdout: "", started: 0 });
  expect(stderr).not.toMatch(/^ {4}at |internal error/m);
  return stderr.replaceAll(space.dir, "/ws");
}

const problems = (...lines: string[]) =>
  `${lines.join("\n")}\n${lines.length} ${lines.length === 1 ? "problem" : "problems"}; nothing was run.\n`;

describe("a $CLINVK_HOME that is a file", () => {
  const words = (stderr: string) => stderr.replaceAll(space.dir, "/ws");
  const REFUSAL =
    "$CLINVK_HOME: can't write to /ws/plain/tmp, which every task needs: a part of the path is not a directory (ENOTDIR) — set CLINVK_HOME to a directory that you may write\n1 problem; nothing was run.\n";

  it.each([[[]], [["--no-journal"]], [["--json"]]])(
    "is refused once, before a task starts: parallel %j",
    async (flags) => {
      const CLINVK_HOME = space.file("plain", "text");
      expect(words(await refused(flags, { CLINVK_HOME }))).toBe(REFUSAL);
    },
  );

  it("is refused by compare and prompt, too", async () => {
    const CLINVK_HOME = space.file("plain", "text");
    for (const args of [
      ["compare", "a b", "--backends", "claude,codex"],
      ["prompt", "a b", "--ephemeral"],
      ["prompt", "a b"],
    ]) {
      const { code, stdout, stderr } = await space.run(args, { env: { CLINVK_HOME } });
      expect({ code, stdout, started: clis.waiting.length }).toEqual({ code: 2, stdout: "", started: 0 });
      expect(stderr).toContain("1 problem; nothing was run.");
    }
  });
});

describe("flags", () => {
  it.each(["-1", "0", "x", "1.5", ""])("--max-parallel %s", async (value) => {
    expect(await refused(["--max-parallel", value, "--json"])).toBe(
      problems(`--max-parallel: expected a whole number of at least 1, got "${value}"`),
    );
  });

  it("an unknown flag, with the nearest one", async () => {
    expect(await refused(["--jsn"])).toBe(
      "--jsn: there is no such flag — did you mean --json?\n`clinvk parallel --help` shows the flags\n",
    );
  });

  it.each(["-j", "-j3", "--parallel", "--jobs"])("%s as other programs have it", async (flag) => {
    expect(await refused([flag, "3"])).toContain(`${flag}: there is no such flag — did you mean --max-parallel?\n`);
  });

  it("a model, which is a field of a task", async () => {
    expect(await refused(["--model", "opus"])).toContain(
      "--model: there is no such flag — `model` is a field of a task in the file, or of its `defaults`\n",
    );
  });

  it("a chain file, with the command that runs it", async () => {
    space.file("steps.json", { steps: [{ backend: "claude", prompt: "p" }] });
    const { code, stderr } = await space.run(["parallel", "steps.json"]);
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining("`clinvk chain steps.json`") });
  });

  it("a value that a flag does not know, and one that is missing", async () => {
    expect(await refused(["--on-quota", "maybe"])).toMatch(
      /^--on-quota: expected one of wait, park, fallback, fail, got "maybe"\n/,
    );
    expect(await refused(["--events"])).toMatch(/^--events: a value is missing: --events <file>\n/);
  });

  it("a file that is named twice", async () => {
    expect(await refused(["-f", "other.json"])).toMatch(/^--file: is given twice: "ok.json" and "other.json"\n/);
    expect(await refused(["other.json"])).toBe(problems('--file: the file is named twice: "other.json" and "ok.json"'));
  });

  it("--only with ids that are not there, --tags that select nothing", async () => {
    expect(await refused(["--only", "task-1,tsk-1"])).toBe(
      problems('--only: no task has the id or the name "tsk-1" — did you mean "task-1"?'),
    );
    expect(await refused(["--tags", "x"])).toBe(problems("--tags: no task is selected"));
  });

  it("--json and --events - want the same place", async () => {
    expect(await refused(["--json", "--events", "-"])).toBe(
      problems("--json: can't be combined with --events -, as both want stdout — write the events to a file"),
    );
  });
});

it.each([
  [["runs", "report", "x"], "--report: it is missing: --report <report>", "clinvk runs report"],
  [["runs", "shw"], 'clinvk runs: there is no command "shw" — did you mean show?', "clinvk runs"],
  [["runs", "show"], "clinvk runs show: ID is missing", "clinvk runs show"],
  [
    ["sessions", "show", "a", "b"],
    "clinvk sessions show: too many arguments: expected 1, got 2",
    "clinvk sessions show",
  ],
  [["serve", "--prot", "1"], "--prot: there is no such flag — did you mean --port?", "clinvk serve"],
])("%j: the command's own help is named", async (args, problem, command) => {
  const { code, stdout, stderr } = await space.run(args);
  expect({ code, stdout, stderr }).toEqual({
    code: 2,
    stdout: "",
    stderr: `${problem}\n\`${command} --help\` shows the flags\n`,
  });
});

describe("places that can't be written", () => {
  it("an output directory that is a file, or below one", async () => {
    expect(await refused(["--output-dir", "ok.json", "--json"])).toBe(
      problems("--output-dir: can't write to the output directory /ws/ok.json: there is a file of that name (EEXIST)"),
    );
    expect(await refused(["--output-dir", "ok.json/deep"])).toBe(
      problems(
        "--output-dir: can't write to the output directory /ws/ok.json/deep: a part of the path is not a directory (ENOTDIR)",
      ),
    );
  });

  it("--events into a directory that does not exist, which is not made", async () => {
    expect(await refused(["--events", "no/such/events.ndjson"])).toMatch(
      /^--events: can't write to no\/such\/events\.ndjson: its directory does not exist\n1 problem; nothing was run\.\n$/,
    );
    expect(existsSync(join(space.dir, "no"))).toBe(false);
  });
});

describe("configuration", () => {
  it("malformed", async () => {
    space.file("bad.yaml", "parallel:\n  max_workers: [1\n");
    expect(await refused(["--config", "bad.yaml"])).toMatch(/^bad\.yaml:3:1: .+\n1 problem; nothing was run\.\n$/);
  });

  it("named and missing: by the flag, by the environment", async () => {
    expect(await refused(["--config", "nope.yaml"])).toBe(
      problems("nope.yaml: there is no such file (named by --config)"),
    );
    expect(await refused([], { CLINVK_CONFIG: "nope.yaml" })).toBe(
      problems("nope.yaml: there is no such file (named by $CLINVK_CONFIG)"),
    );
  });

  it("unknown keys and wrong values", async () => {
    space.file(
      "keys.yaml",
      [
        "paralel:\n  max_workers: 1",
        "backends:\n  claude:\n    modle: x",
        "unified_flags:\n  approval_mode: never",
        "parallel:\n  max_workers: 0\n",
      ].join("\n"),
    );
    expect(await refused(["--config", "keys.yaml"])).toBe(
      problems(
        "keys.yaml:1:1: paralel: unknown key — did you mean `parallel`?",
        "keys.yaml:5:5: backends.claude.modle: unknown key — did you mean `model`?",
        'keys.yaml:7:18: unified_flags.approval_mode: expected one of `default`, `auto`, `none`, `always`, got "never"',
        "keys.yaml:9:16: parallel.max_workers: must be at least 1, got 0",
      ),
    );
  });

  it("a variable of the environment", async () => {
    expect(await refused([], { CLINVK_BACKEND: "clod" })).toBe(
      problems('$CLINVK_BACKEND: expected one of `claude`, `codex`, `gemini`, got "clod"'),
    );
  });

  it("a task of a backend that is disabled says where", async () => {
    space.file("off.yaml", "backends:\n  claude:\n    enabled: false\n");
    expect(await refused(["--config", "off.yaml"])).toMatch(
      /^ok\.json:1:\d+: tasks\[0\]\.backend: claude is disabled in .*off\.yaml.*\n1 problem; nothing was run\.\n$/,
    );
  });
});

describe("CLINVK_OFFLINE", () => {
  const offline = { CLINVK_OFFLINE: "1" };
  const plan = ["parallel", "ok.json", "--dry-run", "--progress", "none"];
  const listed = async () => JSON.parse((await space.run(["runs", "show", "last", "--json"])).stdout);

  it("is as if the command had --offline, and is said", async () => {
    const { code, stderr } = await space.run(plan, { env: offline });
    expect({ code, stderr }).toMatchObject({
      code: 0,
      stderr: expect.stringMatching(/^clinvk: offline, because CLINVK_OFFLINE is set\n/),
    });
    expect(await listed()).toMatchObject({ offline: true });
  });

  it("switches nothing on when it is 0", async () => {
    await space.run(plan, { env: { CLINVK_OFFLINE: "0" } });
    expect(await listed()).toMatchObject({ offline: false });
  });

  it("keeps a run that asks real models from being tried again", async () => {
    await space.run(plan);
    const { code, stderr } = await space.run(["runs", "retry", "last", "--task", "task-1"], { env: offline });
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr: "clinvk runs retry: the run asks real models, and CLINVK_OFFLINE is set\n",
    });
  });
});

describe("an offline script", () => {
  it("with mistakes", async () => {
    space.file(
      "rules.json",
      '{"rules": [\n{"match": {"prompt": "("}, "reply": {"txt": "a"}},\n{"reply": {"error": {"status": 200}, "hang": "later"}}]}',
    );
    const stderr = await refused(["--offline-script", "rules.json"]);
    expect(stderr.split("\n").map((line) => line.replace(/: [^:]*$/, ""))).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/^rules\.json:2:22: rules\[0\]\.match\.prompt/),
        expect.stringMatching(/^rules\.json:2:\d+: rules\[0\]\.reply\.txt/),
        expect.stringMatching(/^rules\.json:3:\d+: rules\[1\]\.reply\.error\.status/),
        expect.stringMatching(/^rules\.json:3:\d+: rules\[1\]\.reply\.hang/),
        "4 problems; nothing was run.",
      ]),
    );
  });

  it("that is not there", async () => {
    expect(await refused(["--offline-script", "none.json"])).toBe(problems("none.json: there is no such file"));
  });
});

it("names what is wrong in all places at once", async () => {
  space.file("bad.json", '[{"backend": "x", "prompt": 1}]');
  space.file("c.yaml", "paralel: {}\n");
  const { stderr } = await space.run([
    "parallel",
    "bad.json",
    "--config",
    "c.yaml",
    "--max-parallel",
    "0",
    "--offline-script",
    "no.json",
  ]);
  expect(stderr).toBe(
    problems(
      '--max-parallel: expected a whole number of at least 1, got "0"',
      "c.yaml:1:1: paralel: unknown key — did you mean `parallel`?",
      'bad.json:1:14: tasks[0].backend: expected one of `claude`, `codex`, `gemini`, got "x"',
      "bad.json:1:29: tasks[0].prompt: expected a string, got 1",
      "no.json: there is no such file",
    ),
  );
});
