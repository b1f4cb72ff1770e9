// Codex with the provider of a user's own configuration: what a failing service is asked, what it says in return, and what
// the sandbox stops. codex tells much of it only in its log.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type OfflineServer, startOfflineServer } from "../../src/offline/server.js";
import type { TaskInput } from "../../src/schema/task-input.js";
import type { Workspace } from "../rig/clinvk.js";
import { ownService, type RealRun, type Rules, readRun, realClis, TOOLS } from "../rig/real-clis.js";

type Reply = Rules[number]["reply"];
const failing = (status: number, retry_after_seconds?: number): Reply => ({
  error: { status, message: "not now", ...(retry_after_seconds === undefined ? {} : { retry_after_seconds }) },
});
const writes = [TOOLS.codex.shell("echo written >> made.txt")];

/** The answers of the service to each task; a list answers its requests in this order. */
const CASES: Record<
  string,
  { task?: Partial<TaskInput>; rules: (Omit<Rules[number], "match"> & { step?: number })[] }
> = {
  "busy-told": { rules: [{ reply: failing(503, 2) }] },
  "limited-told": { rules: [{ reply: failing(429, 2) }] },
  "busy-untold": { rules: [{ reply: failing(500) }] },
  "no-key": { rules: [{ reply: failing(401) }] },
  filtered: { rules: [{ reply: { text: "so far", content_filter: true } }] },
  empty: { rules: [{ reply: { text: "" } }] },
  refusal: { rules: [{ reply: { refusal: true } }] },
  "stopped-work": { task: { sandbox_mode: "read-only" }, rules: [{ reply: { tools: writes, text: "All done." } }] },
  "stopped-silent": { task: { sandbox_mode: "read-only" }, rules: [{ reply: { tools: writes, text: "" } }] },
  "goes-on": {
    task: { sandbox_mode: "workspace", patience_seconds: 60 },
    rules: [{ step: 1, for_seconds: 4, reply: failing(503) }, { reply: { tools: writes, text: "written" } }],
  },
  "used-up": { rules: [{ reply: failing(429, 5400) }] },
};
const names = Object.keys(CASES);

let server: OfflineServer;
let space: Workspace;
let run: RealRun;
const of = (name: string) => run.of(name);

/** How often the service was asked for a task. */
const asked = (name: string) => {
  const first = names.slice(0, names.indexOf(name)).reduce((sum, one) => sum + (CASES[one]?.rules.length ?? 0), 0);
  const count = CASES[name]?.rules.length ?? 0;
  return server.requests.filter(({ rule }) => rule !== null && rule >= first && rule < first + count).length;
};

beforeAll(async () => {
  space = realClis();
  const rules: Rules = Object.entries(CASES).flatMap(([name, one]) =>
    one.rules.map(({ step, ...rule }) => ({
      ...rule,
      match: { prompt: `^${name} `, ...(step === undefined ? {} : { step }) },
    })),
  );
  server = await startOfflineServer({ script: { rules } });
  const events = join(space.dir, "events.ndjson");
  const file = space.file("tasks.json", {
    max_parallel: 1,
    on_quota: "fail",
    defaults: { backend: "codex", patience_seconds: 0, verbose: true },
    tasks: Object.entries(CASES).map(([name, { task }]) => ({ id: name, prompt: `${name} please`, ...task })),
  });
  const env = ownService(space, server.url, "a-key");
  run = readRun(await space.run(["parallel", "-f", file, "--json", "--events", events], { env }), events);
}, 180_000);

afterAll(async () => {
  await server?.close();
  space?.close();
});

describe("a failing service", () => {
  it.each([
    ["busy-told", "overloaded", 2],
    ["limited-told", "rate_limited", 2],
    ["used-up", "quota_exhausted", 5400],
  ] as const)("is asked once, and the wait that it asks for is known: %s", (name, kind, retry_after_seconds) => {
    expect(of(name)).toMatchObject({ status: "FAILED", attempts: 1, failure: { kind, retry_after_seconds } });
    expect(asked(name)).toBe(1);
  });

  it.each([
    ["busy-untold", "overloaded"],
    ["no-key", "not_authenticated"],
    ["filtered", "refused"],
  ] as const)("is not asked again and again: %s", (name, kind) => {
    expect(of(name)).toMatchObject({ status: "FAILED", attempts: 1, failure: { kind } });
    // codex itself asks 6 to 30 times. Its first pause is so short that on a busy machine it may be stopped one request late.
    expect(asked(name)).toBeLessThanOrEqual(2);
  });

  it("in the middle of a task's work costs a wait, not the work", () => {
    expect(of("goes-on")).toMatchObject({ status: "OK", attempts: 1, content: "written", refusals: [] });
    expect(readFileSync(join(space.dir, "made.txt"), "utf8")).toBe("written\n");
  });
});

describe("no answer", () => {
  it("is empty, or a refusal by the model", () => {
    expect([of("empty").failure?.kind, of("refusal").failure?.kind]).toEqual(["output_invalid", "refused"]);
  });
});

describe("what the sandbox stops", () => {
  it("is listed beside an answer, and is the reason where there is none", () => {
    expect(of("stopped-work")).toMatchObject({ status: "OK", content: "All done.", refusals: [{ tool: "shell" }] });
    expect(of("stopped-silent")).toMatchObject({
      status: "FAILED",
      failure: { kind: "permission_denied" },
      refusals: [{ tool: "shell" }],
    });
    const refused = run.events.flatMap((event) =>
      event.type === "task_activity" && event.kind === "tool_refused" ? [event.task_id] : [],
    );
    expect(refused).toEqual(["stopped-work", "stopped-silent"]);
  });
});

it("shows nothing of the log that only clinvk asked for", () => {
  expect(JSON.stringify(run.events)).not.toContain("codex_otel");
  expect(run.finished.stderr).not.toContain("codex_otel");
});
