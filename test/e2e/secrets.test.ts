// Secrets must come out nowhere: every place that clinvk writes to is searched for them, and for the halves of them.
import { lstatSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { RunEvent } from "../../src/schema/event.js";
import type { RunResult } from "../../src/schema/result.js";
import { type Finished, Workspace } from "../rig/clinvk.js";
import { FakeClis, type FakeInvocation } from "../rig/fake-clis.js";

const ENV_SECRET = "hunter/2\"22'x+Y9";
const CONFIG_SECRET = "from-config-4711";
const PATTERN_SECRET = "sk-live-0123456789abcdef";
const URL_SECRET = "p-of-the-db-1";
const HOOK_SECRET = "T0000/B0000/x8Kd93mzPq71LsWe";
const ENV = {
  ACME_API_KEY: ENV_SECRET,
  DATABASE_URL: `postgres://app:${URL_SECRET}@db.internal/app`,
  ALERTS: `https://hooks.slack.com/services/${HOOK_SECRET}`,
};
const CONFIG = `redact:
  patterns: ["sk-live-*", "Project Blue"]
backends:
  claude: {env: {ACME_API_KEY: "a-second-key-81"}}
  codex: {env: {ACME_API_KEY: ${CONFIG_SECRET}}}
`;
/** No sink may hold one of these; the halves are what a careless cut would leave over. */
const FORBIDDEN = [ENV_SECRET, JSON.stringify(ENV_SECRET).slice(1, -1), "hunter/2", "2'x+Y9"].concat([
  CONFIG_SECRET,
  "from-conf",
  "a-second-key-81",
  PATTERN_SECRET,
  "0123456789",
  "Project Blue",
  URL_SECRET,
  "x8Kd93mz",
]);
const OTHERS = `postgres://app:${URL_SECRET}@db.internal/app and https://hooks.slack.com/services/${HOOK_SECRET}`;
const ALL = `${ENV_SECRET} and ${CONFIG_SECRET} and ${PATTERN_SECRET} and Project Blue and ${OTHERS}`;
const MASKED = "*** and *** and *** and *** and postgres://***@db.internal/app and ***";

const text = (index: number, chunk: string) => ({
  type: "stream_event",
  event: { type: "content_block_delta", index, delta: { type: "text_delta", text: chunk } },
});
const toolCall = (command: string) => ({
  type: "assistant",
  message: { id: "m1", content: [{ type: "tool_use", id: "t1", name: "Bash", input: { command } }] },
});

/** An answer in chunks that cut every secret in two, a tool call, stderr in pieces, and a note that is no JSON. */
async function talk(cli: FakeInvocation): Promise<void> {
  await cli.records(toolCall(`curl -H '${ENV_SECRET}' # ${"x".repeat(255)} ${PATTERN_SECRET} and more and more`));
  await cli.records({ type: "stream_event", event: { type: "message_start", message: { id: "m2" } } });
  for (let at = 0; at < ALL.length; at += 5) await cli.records(text(0, ALL.slice(at, at + 5)));
  for (let at = 0; at < ALL.length; at += 7) await cli.stderr(ALL.slice(at, at + 7));
  await cli.stdout(`not json: ${ALL}\n`);
}

let clis: FakeClis;
let space: Workspace;
let finished: Finished;
let runId: string;
const sinks = new Map<string, string>();

/** The texts of all files in a directory, without those that are meant to hold what was asked. */
function filesIn(dir: string, except: RegExp = /^$/): Map<string, string> {
  const found = new Map<string, string>();
  for (const name of readdirSync(dir, { recursive: true, encoding: "utf8" })) {
    const path = join(dir, name);
    if (lstatSync(path).isFile() && !except.test(name)) found.set(name, readFileSync(path, "utf8"));
  }
  return found;
}

beforeAll(async () => {
  clis = await FakeClis.start();
  space = new Workspace({ bin: [clis.bin] });
  space.file("home/.clinvk/config.yaml", CONFIG);
  const tasks = [
    { id: "answers", backend: "claude", prompt: "p1", name: `name of ${ALL}`, meta: { [ENV_SECRET]: [ALL] } },
    { id: "fails", backend: "claude", prompt: `${"p".repeat(33)} ${PATTERN_SECRET}`, tags: [ALL], extra: [ENV_SECRET] },
    { id: "codex", backend: "codex", prompt: "p3" },
  ];
  const file = space.file("tasks.json", { defaults: { verbose: true }, tasks });
  const flags = ["--output-dir", "out", "--events", "events.ndjson"];
  const run = space.start(["parallel", "-f", file, ...flags], { env: ENV });
  const answers = await clis.next({ prompt: "p1" });
  await talk(answers);
  await answers.records({ type: "result", subtype: "success", is_error: false, result: `whole: ${ALL}` });
  answers.exit(0);
  const fails = await clis.next({ prompt: "pppp" });
  await talk(fails);
  await fails.records({ type: "result", subtype: "success", is_error: true, result: `API Error: 400 bad ${ALL}` });
  fails.exit(1);
  await (await clis.next({ name: "codex" })).answer(`codex: ${ALL}`);
  finished = await run.done;
  sinks.set("text", finished.stdout).set("stderr", finished.stderr);
  sinks.set("--events", readFileSync(join(space.dir, "events.ndjson"), "utf8"));
  for (const [name, content] of filesIn(join(space.dir, "out"))) sinks.set(`output directory: ${name}`, content);
  const home = join(space.home, ".clinvk");
  for (const [name, content] of filesIn(home, /plan\.json$|^config\.yaml$/)) sinks.set(`home: ${name}`, content);
  runId = readdirSync(join(home, "runs")).find((name) => !name.startsWith(".")) ?? "";
  for (const args of [["show", runId], ["show", runId, "--json"], ["logs", runId], ["list"]]) {
    sinks.set(`runs ${args.join(" ").replace(runId, "ID")}`, (await space.run(["runs", ...args], { env: ENV })).stdout);
  }
});
afterAll(async () => {
  await clis?.close();
  space?.close();
});

describe("secrets", () => {
  it("the run took place, with all its sinks", () => {
    expect(finished.code).toBe(1);
    expect([...sinks.keys()].sort()).toEqual([
      "--events",
      "home: runs/.pruned",
      `home: runs/${runId}/events.ndjson`,
      `home: runs/${runId}/overview.json`,
      "output directory: answers-claude.log",
      "output directory: answers-claude.md",
      "output directory: codex-codex.log",
      "output directory: codex-codex.md",
      "output directory: fails-claude.log",
      "output directory: fails-claude.md",
      "output directory: summary.json",
      "runs list",
      "runs logs ID",
      "runs show ID",
      "runs show ID --json",
      "stderr",
      "text",
    ]);
  });

  it("stand in no sink, neither whole nor in part", () => {
    const leaks = [...sinks].flatMap(([sink, content]) =>
      FORBIDDEN.filter((secret) => content.includes(secret)).map((secret) => {
        const at = content.indexOf(secret);
        return `${sink}: ${content.slice(Math.max(0, at - 60), at + 60)}`;
      }),
    );
    expect(leaks).toEqual([]);
  });

  it("are masked, and everything around them is there", () => {
    expect(sinks.get("output directory: answers-claude.md")).toBe(`whole: ${MASKED}`);
    expect(sinks.get("output directory: codex-codex.md")).toBe(`codex: ${MASKED}`);
    expect(sinks.get("text")).toContain(`[claude] name of ${MASKED}\nwhole: ${MASKED}\n`);
    expect(sinks.get("text")).toContain(`FAILED: The model service answered 400 Bad Request: bad ${MASKED}\n`);
    expect(sinks.get("stderr")).toContain("[answers] $ curl -H '***' # xxx");
    expect(sinks.get("stderr")).toContain(`[answers] note: not json: ${MASKED}\n`);
    const { results } = JSON.parse(sinks.get("output directory: summary.json") ?? "") as RunResult;
    expect(results[0]).toMatchObject({ name: `name of ${MASKED}`, meta: { "***": [MASKED] } });
    expect(results[1]).toMatchObject({ tags: [MASKED], failure: { message: expect.stringContaining(MASKED) } });
    const logged = sinks.get("output directory: answers-claude.log") ?? "";
    const stderr = [...logged.matchAll(/ stderr: (.*)\n/g)].map(([, piece]) => piece);
    expect(stderr.join("")).toBe(MASKED);
  });

  it("live text adds up to the masked answer", () => {
    const events = (sinks.get("--events") ?? "")
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as RunEvent);
    const pieces = events.flatMap((event) =>
      event.type === "task_output" && event.task_id === "answers" ? [event.text] : [],
    );
    expect(pieces.join("")).toBe(MASKED);
  });

  it("are masked in --json, too", async () => {
    const run = space.start(["parallel", "-f", space.file("one.json", [{ backend: "codex", prompt: "q" }]), "--json"], {
      env: ENV,
    });
    await (await clis.next({ name: "codex" })).answer(ALL);
    const { stdout } = await run.done;
    expect((JSON.parse(stdout) as RunResult).results[0]?.content).toBe(MASKED);
  });

  it("a dry run masks them in the command", async () => {
    const file = space.file("dry.json", [{ backend: "claude", prompt: "q", extra: [`--x=${ENV_SECRET}`] }]);
    const { stdout, code } = await space.run(["parallel", "-f", file, "--dry-run", "--json"], { env: ENV });
    expect(code).toBe(0);
    expect(FORBIDDEN.filter((secret) => stdout.includes(secret))).toEqual([]);
    expect(stdout).toContain("'--x=***'");
  });
});

describe("what is no secret", () => {
  it("an answer without secrets comes out byte for byte, large or small", async () => {
    const innocent = `\u0000\u001b[1m hunter/ 2 sk-live Project blue \u{1f600}\r\n  tail  \n${'sk-live- hunter/2"2 '.repeat(20_000)}`;
    const tasks = ["small", "large"].map((id) => ({ id, backend: "codex", prompt: id }));
    const run = space.start(["parallel", "-f", space.file("two.json", tasks), "--json", "--output-dir", "same"], {
      env: ENV,
    });
    const texts = [innocent.slice(0, 2000), innocent];
    for (const [at, id] of ["small", "large"].entries())
      await (await clis.next({ prompt: id })).answer(texts[at] ?? "");
    const { stdout } = await run.done;
    expect((JSON.parse(stdout) as RunResult).results.map(({ content }) => content)).toEqual(texts);
    for (const [at, id] of ["small", "large"].entries())
      expect(readFileSync(join(space.dir, "same", `${id}-codex.md`), "utf8")).toBe(texts[at]);
  });

  it("a password that is part of a path does not make a large answer unfindable", async () => {
    const large = "x".repeat(400_000);
    const file = space.file("p.json", [{ backend: "codex", prompt: "q" }]);
    const run = space.start(["parallel", "-f", file, "--json", "--quiet"], {
      env: { PGPASSWORD: "/home/.clinvk/runs".slice(1, 13), ACME_SECRET: "task_finished" },
    });
    await (await clis.next({ name: "codex" })).answer(large);
    const { stdout, code, stderr } = await run.done;
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect((JSON.parse(stdout) as RunResult).results[0]?.content.length).toBe(large.length);
  });

  it("an id is shown as it is, with a warning", async () => {
    const file = space.file("id.json", [{ id: CONFIG_SECRET, backend: "codex", prompt: "q" }]);
    const { stderr, stdout } = await space.run(["parallel", "-f", file, "--dry-run", "--json"]);
    expect(stderr).toContain('warning: the id "***" contains a secret, and ids are not masked');
    expect((JSON.parse(stdout) as RunResult).results[0]?.task_id).toBe(CONFIG_SECRET);
  });
});
