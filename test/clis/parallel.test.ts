// `clinvk parallel` on the real CLIs: answers, tools, permissions, limits, and that nothing is left of it.
import { randomUUID } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import * as z from "zod/mini";
import type { BuiltInBackend } from "../../src/schema/backend-name.js";
import { BACKEND_NAMES } from "../../src/schema/built-in.js";
import { RunEvent } from "../../src/schema/event.js";
import { RunResult } from "../../src/schema/result.js";
import type { TaskInput } from "../../src/schema/task-input.js";
import type { Workspace } from "../rig/clinvk.js";
import { filesWith, processesWith, type RealRun, type Rules, realClis, runOffline, TOOLS } from "../rig/real-clis.js";
import { makeHostile, PLANTED_WORD, startWatcher } from "./hostile.js";

// Words that stand nowhere else on this machine.
const PROMPT_WORD = `prompt-${randomUUID()}`;
const ANSWER_WORD = `answer-${randomUUID()}`;
const TOOL_WORD = `file-${randomUUID()}`;

let space: Workspace;
let watcher: Awaited<ReturnType<typeof startWatcher>>;
let run: RealRun;
let newInTmp: string[];
const workdir = (name: string) => join(space.dir, "work", name);
const canary = () => join(space.dir, "canary");

/** One case of one CLI: a task whose prompt begins with its id, a workdir of its own, and what the model does. */
interface Case {
  task: TaskInput;
  rule: Rules[number];
}

function casesOf(backend: BuiltInBackend): Case[] {
  const cases: Case[] = [];
  const tools = TOOLS[backend];
  const add = (name: string, reply: Rules[number]["reply"], extra: Partial<TaskInput> = {}) => {
    const id = `${backend}-${name}`;
    const dir = workdir(id);
    mkdirSync(dir, { recursive: true });
    const rule = { match: { prompt: `^${id} ` }, reply };
    cases.push({ task: { backend, id, prompt: `${id} ${PROMPT_WORD}`, workdir: dir, ...extra }, rule });
    return dir;
  };
  const usage = { input_tokens: 1000, output_tokens: 50, cached_tokens: 400 };
  add("plain", { chunks: ["one ", "two ", `${ANSWER_WORD}\n`], usage, chunk_delay_ms: 20 });
  add("model", { text: "the right model" }, { model: "chosen-model" });
  add("slash", { echo: true }, { prompt: `/usr ${backend}-slash`, name: "slash" });

  const read = workdir(`${backend}-read`);
  add("read", { tools: [tools.read(join(read, "notes.txt"))], text: `read it: ${ANSWER_WORD}` });
  writeFileSync(join(read, "notes.txt"), `${TOOL_WORD}\n`);

  for (const [name, extra] of [
    ["refused", { approval_mode: "always" }],
    ["silent", { approval_mode: "always" }],
    ["allowed", { approval_mode: "auto" }],
    ["read-only", { approval_mode: "auto", sandbox_mode: "read-only" }],
  ] as const) {
    const text = name === "silent" ? "" : "that is all";
    add(name, { tools: [tools.write(join(workdir(`${backend}-${name}`), "made.txt"), "made")], text }, extra);
  }
  const hostile = add("hostile", { text: "not led astray" });
  makeHostile(hostile, watcher.url, canary());
  return cases;
}

/** Limits that not every CLI knows. */
function limits(): Case[] {
  return (["claude", "gemini"] as const).map((backend) => {
    const id = `${backend}-turns`;
    const dir = workdir(id);
    mkdirSync(dir, { recursive: true });
    writeFileSync(join(dir, "notes.txt"), "text");
    const tools = Array.from({ length: 4 }, () => TOOLS[backend].read(join(dir, "notes.txt")));
    return {
      task: { backend, id, prompt: `${id} ${PROMPT_WORD}`, workdir: dir, max_turns: 2 },
      rule: { match: { prompt: `^${id} ` }, reply: { tools, text: "too late" } },
    };
  });
}

beforeAll(async () => {
  space = realClis();
  watcher = await startWatcher();
  const before = new Set(readdirSync(tmpdir()));
  const cases = [...BACKEND_NAMES.flatMap(casesOf), ...limits()];
  run = await runOffline(space, {
    tasks: cases.map(({ task }) => task),
    rules: [
      {
        match: { prompt: PLANTED_WORD },
        reply: { error: { status: 400, message: "matched what the user did not write" } },
      },
      { match: { model: "chosen-model" }, reply: { text: "the right model" } },
      ...cases.map(({ rule }) => rule),
      { match: { prompt: "^\\n?/usr" }, reply: { echo: true } },
    ],
    flags: ["--no-journal"],
    options: { env: { HTTP_PROXY: watcher.url, HTTPS_PROXY: watcher.url } },
  });
  newInTmp = readdirSync(tmpdir()).filter((name) => !before.has(name));
}, 240_000);

afterAll(async () => {
  await watcher?.close();
  space?.close();
});

describe.each(BACKEND_NAMES)("%s", (backend) => {
  const of = (name: string) => run.of(`${backend}-${name}`);
  const eventsOf = (name: string) =>
    run.events.filter((event) => "task_id" in event && event.task_id === `${backend}-${name}`);

  it("answers, and tells model, session, tokens and refusals", () => {
    expect(of("plain")).toMatchObject({
      status: "OK",
      exit_code: 0,
      content: `one two ${ANSWER_WORD}\n`,
      model: "offline-model",
      session_id: expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f-]{27}$/),
      usage: { input_tokens: 1000, output_tokens: 50, cached_tokens: 400 },
      attempts: 1,
      refusals: [],
      cost_usd: backend === "claude" ? expect.any(Number) : null,
    });
    expect(of("plain").failure).toBeUndefined();
  });

  it("shows text as it comes, and the events are in order", () => {
    const types = eventsOf("plain").map(({ type }) => type);
    expect(types[0]).toBe("task_started");
    expect(types.at(-1)).toBe("task_finished");
    const pieces = eventsOf("plain").flatMap((event) => (event.type === "task_output" ? [event.text] : []));
    expect(pieces.join("")).toBe(`one two ${ANSWER_WORD}\n`);
    // codex has no partial text: it shows an answer when it is complete.
    expect(pieces.length).toBeGreaterThanOrEqual(backend === "codex" ? 1 : 2);
  });

  it("asks the model that the task names", () => {
    expect(of("model")).toMatchObject({
      status: "OK",
      content: "the right model",
      model: "offline-model (chosen-model)",
    });
  });

  it("takes a prompt that begins with a slash for a prompt", () => {
    expect(of("slash").content.trim()).toBe(`/usr ${backend}-slash`);
  });

  it("carries out a tool call, which is shown as it happens", () => {
    expect(of("read")).toMatchObject({ status: "OK", content: `read it: ${ANSWER_WORD}` });
    const activity = eventsOf("read").flatMap((event) => (event.type === "task_activity" ? [event] : []));
    const call = activity.find(({ kind }) => kind === "tool_call");
    // Below the task's directory paths are as short as a person would say them; codex reads by a shell command.
    if (backend === "codex") expect(call?.text).toMatch(/^\$ cat .*notes\.txt/);
    else expect(call?.text).toBe("notes.txt");
    expect(activity.map(({ kind }) => kind)).toContain("tool_result");
  });

  it("`always` refuses an edit: nothing is written, and the refusal is listed", () => {
    expect(existsSync(join(workdir(`${backend}-refused`), "made.txt"))).toBe(false);
    expect(of("refused").content).toBe("that is all");
    // codex writes with a command, and does not always tell which one its sandbox stopped.
    const refusal =
      backend === "codex" ? { tool: "shell" } : { tool: TOOLS[backend].write("", "").name, detail: "made.txt" };
    expect(of("refused").refusals).toMatchObject([refusal]);
  });

  it("a refusal without an answer is no success", () => {
    const failure = { kind: "permission_denied" };
    expect(of("silent")).toMatchObject({ status: "FAILED", exit_code: 1, content: "", failure });
  });

  it("`auto` lets an edit in the workspace through", () => {
    expect(readFileSync(join(workdir(`${backend}-allowed`), "made.txt"), "utf8")).toBe("made");
    expect(of("allowed")).toMatchObject({ status: "OK", content: "that is all" });
  });

  it("`read-only` wins over `auto`", () => {
    expect(existsSync(join(workdir(`${backend}-read-only`), "made.txt"))).toBe(false);
    expect(of("read-only").content).toBe("that is all");
  });

  it("is not led astray by a project's settings, and sends nothing of its own anywhere", () => {
    expect(of("hostile")).toMatchObject({ status: "OK", content: "not led astray" });
    expect(watcher.seen).toEqual([]);
    expect(existsSync(canary())).toBe(false);
  });

  it("leaves nothing in a workdir", () => {
    expect(readdirSync(workdir(`${backend}-plain`))).toEqual([]);
  });
});

describe("limits", () => {
  it.each(["claude", "gemini"])("max_turns ends %s with a failure that says so", (backend) => {
    expect(run.of(`${backend}-turns`)).toMatchObject({
      status: "FAILED",
      failure: {
        kind: "max_turns",
        message: expect.stringContaining("maximum number of turns"),
        hint: expect.any(String),
      },
    });
    expect(run.of(`${backend}-turns`).content).not.toContain("too late");
  });
});

describe("the run", () => {
  it("prints one valid document whose counts add up, and says that no real model answered", () => {
    expect(z.safeParse(RunResult, run.result).error).toBeUndefined();
    const { total_tasks, completed_tasks, failed_tasks, canceled_tasks, waiting_tasks } = run.result;
    expect({ total_tasks, completed_tasks, failed_tasks, canceled_tasks, waiting_tasks }).toEqual({
      total_tasks: 29,
      completed_tasks: 24,
      failed_tasks: 5,
      canceled_tasks: 0,
      waiting_tasks: 0,
    });
    expect(run.finished.code).toBe(1);
    expect(run.finished.stderr).toMatch(/^offline model: /);
  });

  it("tells its story in valid events, numbered without gaps", () => {
    expect(run.events.flatMap((event) => z.safeParse(RunEvent, event).error ?? [])).toEqual([]);
    expect(run.events.map(({ seq }) => seq)).toEqual(run.events.map((_, index) => index + 1));
  });

  it("leaves no prompt, no answer and no file that was read in a home or in the temporary directory", () => {
    // The CLIs have directories of their own there, which may be older than this run.
    const places = readdirSync(tmpdir()).filter(
      (name) => newInTmp.includes(name) || /^(?:claude|codex|gemini)-/.test(name),
    );
    const dirs = places.map((name) => join(tmpdir(), name)).filter((path) => path !== space.dir);
    for (const word of [PROMPT_WORD, ANSWER_WORD, TOOL_WORD]) {
      expect(filesWith(space.home, word)).toEqual([]);
      expect(dirs.flatMap((dir) => filesWith(dir, word))).toEqual([]);
    }
    expect(readdirSync(space.home)).toEqual([".clinvk"]);
    expect(readdirSync(join(space.home, ".clinvk", "tmp"))).toEqual([]);
  });

  it("leaves no process behind", () => {
    expect(processesWith(space.dir)).toEqual([]);
  });
});
