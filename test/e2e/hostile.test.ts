// Text that wants to give a CI's runner commands, drive a terminal, hide something or turn lines around, in everything that
// a run takes from others, through everything that people read; and unchanged in everything that programs read.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { RunEvent } from "../../src/schema/event.js";
import type { RunResult } from "../../src/schema/result.js";
import { visibleControls } from "../../src/util/markdown.js";
import { type Finished, Workspace } from "../rig/clinvk.js";
import { FakeClis } from "../rig/fake-clis.js";
import { noPty, PtyRun } from "../rig/pty.js";
import { serve } from "../rig/serve.js";

const COMMANDS = ["::error file=a::x", "  ::add-mask::x", "##[error]x", "##vso[task.complete result=Failed]x"];
const HOSTILE = [
  ...COMMANDS,
  "##teamcity[buildStop comment='x' readdToQueue='false']",
  "\u001b[0Ksection_start:1:x\r\u001b[0K",
  "over\r::error::behind a carriage return",
  "\u001b]0;title\u0007\u001b[2J\u009b31m",
  "name\u202etxt.exe\u202c \u2066x\u2069",
  "pay\u200bpal\u200c \ufeff\u200e\u2060 \u{e0069}\u{e0067}",
];
/** What people write; nobody may lose it. */
const HONEST = "👩\u200d👩\u200d👧 می\u200cخواهم שלום 日本 use std::fs;";
const TEXT = [...HOSTILE, HONEST].join("\n");

/** What is wrong with a text for people, line by line as a runner takes lines. */
function dangers(text: string): string[] {
  return text.split(/\r\n|\r|\n/).flatMap((line) => {
    const found: string[] = [];
    if (/^\s*::[\w-]+/.test(line)) found.push(`GitHub: ${line}`);
    if (/##(?:\w+)?\[/.test(line)) found.push(`command: ${line}`);
    if (/[^\P{Cc}\t]/u.test(line)) found.push(`control: ${JSON.stringify(line)}`);
    if (/[\u202a-\u202e\u2066-\u2069\u200b\u2060\ufeff\u{e0000}-\u{e007f}]/u.test(line)) found.push(`hidden: ${line}`);
    return found;
  });
}

/** Lines that only GitHub's runner and its like would read. */
const withoutCommands = (all: readonly string[]) => all.filter((one) => !/^(?:GitHub|command): /.test(one));

const LOG = { CI: "true", GITHUB_ACTIONS: "true" };
let clis: FakeClis;
let space: Workspace;

const tasks = [
  { id: "good", backend: "codex", prompt: "one", name: HOSTILE.join(" ") },
  { id: "bad", backend: "claude", prompt: "two", name: `##[group]${HONEST}`, verbose: true },
];

async function play(args: string[], env: Record<string, string>, stdout?: string): Promise<Finished> {
  const file = space.file("tasks.json", { name: `run ${HOSTILE.join(" ")}`, tasks });
  const run = space.start(["parallel", "-f", file, ...args], { env, ...(stdout === undefined ? {} : { stdout }) });
  await (await clis.next({ prompt: "one" })).answer(TEXT);
  const bad = await clis.next({ prompt: "two" });
  await bad.stderr(`${TEXT}\n`);
  await bad.records({ type: "result", subtype: "success", is_error: true, result: `API Error: 400 ${TEXT}` });
  bad.exit(1);
  return run.done;
}

let log: Finished;
let runId: string;
const read = (name: string) => readFileSync(join(space.dir, name), "utf8");

beforeAll(async () => {
  clis = await FakeClis.start();
  space = new Workspace({ bin: [clis.bin] });
  const reports = ["--report", "junit=j.xml", "--report", "html=r.html", "--output-dir", "out", "--events", "e.ndjson"];
  log = await play(reports, LOG);
  runId = readdirSync(join(space.home, ".clinvk/runs")).find((name) => !name.startsWith(".")) ?? "";
});
afterAll(async () => {
  await clis?.close();
  space?.close();
});

describe("in the log of a CI job", () => {
  it("the text report and stderr give no command, and everything can be read", () => {
    expect(log.code).toBe(1);
    expect(dangers(log.stdout)).toEqual([]);
    expect(dangers(log.stderr)).toEqual([]);
    for (const text of [log.stdout, log.stderr]) expect(text).toContain(HONEST);
    expect(log.stdout).toContain("\n: :error file=a::x\n  : :add-mask::x\n# #[error]x\n# #vso[task.complete");
    expect(log.stdout).toContain("\nover^M::error::behind a carriage return\n");
    expect(log.stdout).toContain("name‹U+202E›txt.exe");
    expect(log.stderr).toContain("[bad] ^[[0Ksection_start:1:x^M^[[0K\n");
  });

  it.each([["runs", "show"], ["runs", "logs"], ["runs", "list"], ["explain"]])(
    "clinvk %s %s gives none",
    async (...args) => {
      const more = args.includes("list") ? [] : [runId];
      const { stdout, stderr } = await space.run([...args, ...more], { env: LOG });
      expect(stdout).not.toBe("");
      expect(dangers(stdout + stderr)).toEqual([]);
    },
  );

  it("refusals give none", async () => {
    const file = space.file("bad.json", { tasks: [{ backend: "claude", prompt: "x", "##[error]\u001b\u202e": 1 }] });
    const { code, stderr } = await space.run(["parallel", "-f", file], { env: LOG });
    expect(code).toBe(2);
    expect(dangers(stderr).filter((one) => one.startsWith("command"))).toEqual([]);
  });

  it("with --report github the answers stay as they are: GitHub is told to take no commands from them", async () => {
    const env = { ...LOG, GITHUB_STEP_SUMMARY: space.file("summary.md", "") };
    const { stdout } = await play(["--report", "github"], env);
    const [, token = ""] = /^::stop-commands::(.*)$/m.exec(stdout) ?? [];
    const [before = "", within = "", after = ""] = stdout.split(
      new RegExp(`^::(?:stop-commands::)?${token}(?:::)?$`, "m"),
    );
    expect(dangers(before)).toEqual([]);
    expect(within).toContain(`\n${COMMANDS.join("\n")}\n`);
    expect(withoutCommands(dangers(within))).toEqual([]);
    expect(after).toMatch(/^\n::error title=[^\n]+\n$/);
    expect(withoutCommands(dangers(read("summary.md")))).toEqual([]);
  });
});

describe.skipIf(noPty !== undefined)("on a terminal", () => {
  it.each([
    ["the text report", "parallel -f tasks.json --progress none"],
    ["a live view and what stands above it", "parallel -f tasks.json"],
    ["a prompt that is answered live", 'prompt -b codex "one"'],
  ])("%s shows it as text, and drives nothing", async (what, line) => {
    const screen = new PtyRun(space, `clinvk ${line}`, { columns: 200, env: { NO_COLOR: "1" } });
    await (await clis.next({ prompt: "one" })).answer(TEXT);
    if (!what.includes("prompt")) {
      const bad = await clis.next({ prompt: "two" });
      await bad.stderr(`${TEXT}\n`);
      bad.exit(1);
    }
    await screen.done;
    // The live view's own sequences move the cursor and hide it; no other may be there.
    const own = new RegExp(`${"\u001b"}\\[(?:\\?(?:7|25|2026)[hl]|\\d*[A-GJK]|\\d*;?\\d*H|[02]?m)|\\r`, "g");
    expect(withoutCommands(dangers(screen.raw.replaceAll("\r\n", "\n").replace(own, "")))).toEqual([]);
    expect(screen.raw).toContain("name‹U+202E›txt.exe");
    expect(screen.raw).toContain(HONEST);
  });
});

describe("reports", () => {
  it("the HTML page shows what is hidden", () => {
    const page = read("r.html").replace(/<style>.*?<\/style>|<script.*?<\/script>/gs, "");
    expect(withoutCommands(dangers(page))).toEqual([]);
    expect(page).toContain("‹U+202E›");
    expect(page).toContain("👩\u200d👩\u200d👧 می\u200cخواهم");
  });

  it("JUnit has no character that XML does not have, and plain names", () => {
    const xml = read("j.xml");
    expect(xml).not.toMatch(/[^\P{Cc}\t\n\r\u0080-\u009f]/u);
    for (const [, attribute = ""] of xml.matchAll(/ (?:name|message)="([^"]*)"/g))
      expect(withoutCommands(dangers(attribute))).toEqual([]);
  });
});

describe("what programs read", () => {
  it("is unchanged: the answer's file, events, --json, and the text in a file or a pipe that is no log", async () => {
    expect(read("out/good-codex.md")).toBe(TEXT);
    const events = read("e.ndjson")
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as RunEvent);
    expect(events.find(({ type }) => type === "task_output")).toMatchObject({ text: TEXT });
    const { stdout } = await play(["--json"], LOG);
    expect((JSON.parse(stdout) as RunResult).results[0]).toMatchObject({ content: TEXT, name: tasks[0]?.name });
    await play([], LOG, join(space.dir, "text.txt"));
    expect(read("text.txt")).toContain(TEXT);
    expect((await play([], {})).stdout).toContain(TEXT);
  });

  it("clinvk prompt gives the answer as it is; its titles are for people", async () => {
    const run = space.start(["prompt", "-b", "codex", TEXT.replaceAll("\0", "")], { env: LOG });
    await (await clis.next({ name: "codex" })).answer(TEXT);
    const { stdout, stderr } = await run.done;
    expect(stdout).toBe(`${TEXT}\n`);
    expect(dangers(stderr)).toEqual([]);
    const list = await space.run(["sessions", "list"], { env: LOG });
    expect(dangers(list.stdout)).toEqual([]);
    expect(list.stdout).toContain("codex");
  });

  it("the server's errors are JSON, whatever was asked", async () => {
    const server = await serve(space);
    const body = JSON.stringify({ tasks: [{ backend: TEXT, prompt: "x", [TEXT]: 1 }] });
    const answers = [
      await server.ask(`/api/v1/runs/${encodeURIComponent(TEXT)}`),
      await server.ask("/api/v1/parallel", { method: "POST", body }),
    ];
    for (const answer of answers) {
      expect(answer.status).toBeGreaterThanOrEqual(400);
      expect(answer.headers.get("content-type")).toContain("application/json");
      expect(Object.keys((await answer.json()) as object)).toEqual(["error"]);
    }
    server.started.child.kill("SIGTERM");
    const { stdout, stderr } = await server.started.done;
    expect(withoutCommands(dangers(stdout + stderr))).toEqual([]);
  });
});

it("the dashboard's names are shown by the same rule", () => {
  expect(dangers(visibleControls(HOSTILE.join("\n"))).filter((one) => /^(?:control|hidden)/.test(one))).toEqual([]);
});
