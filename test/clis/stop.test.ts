// Stopping the real CLIs: Ctrl-C while a model is silent or a tool runs, fail-fast, and what `ps` shows meanwhile.
import { randomUUID } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { BuiltInBackend } from "../../src/schema/backend-name.js";
import { BACKEND_NAMES } from "../../src/schema/built-in.js";
import type { TaskInput } from "../../src/schema/task-input.js";
import { until } from "../rig/alive.js";
import type { Workspace } from "../rig/clinvk.js";
import { filesWith, processesWith, type Rules, readRun, realClis, startOffline, TOOLS } from "../rig/real-clis.js";

const PROMPT_WORD = `prompt-${randomUUID()}`;
const SYSTEM_WORD = `system-${randomUUID()}`;
/** A length of sleep that no other process of this machine has; the number says whose it is. */
const NAP: Record<BuiltInBackend, string> = { claude: "300.11", codex: "300.12", gemini: "300.13" };

let space: Workspace;

beforeEach(() => {
  space = realClis();
  // As root claude accepts no mode that asks nothing; its list of allowed commands works for everybody.
  space.file("home/.clinvk/config.yaml", 'backends:\n  claude:\n    allowed_tools: ["Bash(sleep *)"]\n');
});
afterEach(() => {
  // Nothing of a failed test may outlive it.
  for (const { pid } of processesWith(space.dir)) process.kill(pid, "SIGKILL");
  space.close();
});

function task(backend: BuiltInBackend, extra: Partial<TaskInput> = {}): TaskInput {
  const workdir = join(space.dir, backend);
  mkdirSync(workdir, { recursive: true });
  return { backend, id: backend, prompt: `${backend} ${PROMPT_WORD}`, workdir, ...extra };
}

/** Each model asks for a tool that takes five minutes. */
function napRules(): Rules {
  return BACKEND_NAMES.map((backend) => ({
    match: { backend },
    reply: { tools: [TOOLS[backend].shell(`sleep ${NAP[backend]}`)], text: "never said" },
  }));
}

/** The tool children that live. */
const naps = () => Object.values(NAP).flatMap((nap) => processesWith(`sleep ${nap}`));

/** Starts the tasks and gives what a test needs to look at while they run. */
function start(tasks: TaskInput[], rules: Rules) {
  const events = join(space.dir, "events.ndjson");
  const flags = ["--json", "--no-journal", "--events", events];
  const run = startOffline(space, { tasks, rules, file: { max_parallel: 6 }, flags });
  // A run that ends by itself will never show what a test waits for.
  const early = run.done.then(({ stdout, stderr }) => {
    throw new Error(`the run has ended: ${stderr}\n${stdout}`);
  });
  early.catch(() => {});
  return {
    ...run,
    until: (condition: () => boolean) => Promise.race([until(condition, 100_000), early]),
    shown: (id: string) => {
      const lines = existsSync(events) ? readFileSync(events, "utf8").split("\n") : [];
      return lines.some((line) => line.includes('"task_output"') && line.includes(`"task_id":"${id}"`));
    },
    result: async () => readRun(await run.done, events),
  };
}

describe("Ctrl-C", () => {
  it("while tools run: neither a CLI nor a command that it started is left, and the summary is there", async () => {
    const both = { system_prompt: `You are ${SYSTEM_WORD}.`, append_system_prompt: `Say ${SYSTEM_WORD}.` };
    const run = start(
      [
        task("claude", both),
        task("codex", { ...both, approval_mode: "none" }),
        task("gemini", { ...both, approval_mode: "none" }),
      ],
      napRules(),
    );
    await run.until(() => Object.values(NAP).every((nap) => processesWith(`sleep ${nap}`).length > 0));
    // Arguments and environments of all processes of this machine, those of tools included.
    expect([PROMPT_WORD, SYSTEM_WORD].map((word) => processesWith(word))).toEqual([[], []]);
    run.child.kill("SIGINT");
    const { finished, result } = await run.result();
    expect(naps()).toEqual([]);
    expect(processesWith(space.dir)).toEqual([]);
    expect(finished.code).toBe(130);
    expect(result).toMatchObject({ total_tasks: 3, canceled_tasks: 3, completed_tasks: 0, failed_tasks: 0 });
    for (const one of result.results) expect(one).toMatchObject({ status: "CANCELED", exit_code: 130, content: "" });
    expect(readdirSync(join(space.home, ".clinvk", "tmp"))).toEqual([]);
    expect(filesWith(space.home, PROMPT_WORD)).toEqual([]);
  });

  it("while a model is silent: what it had said by then is kept", async () => {
    const run = start(
      BACKEND_NAMES.map((backend) => task(backend)),
      [{ reply: { chunks: ["so far ", "never said"], hang: "mid_stream" } }],
    );
    await run.until(() => run.shown("claude") && run.shown("gemini"));
    run.child.kill("SIGINT");
    const { finished, result, of } = await run.result();
    expect(processesWith(space.dir)).toEqual([]);
    expect(finished.code).toBe(130);
    expect(result.results.map(({ status }) => status)).toEqual(["CANCELED", "CANCELED", "CANCELED"]);
    // codex shows no text before an answer is complete.
    expect([of("claude").content, of("codex").content, of("gemini").content]).toEqual(["so far ", "", "so far "]);
  });
});
