// Everything that a model service can do wrong, through the real CLIs: each fault has its kind, and words for a person.
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { BuiltInBackend } from "../../src/schema/backend-name.js";
import type { FailureKind } from "../../src/schema/failure.js";
import type { Workspace } from "../rig/clinvk.js";
import { processesWith, type RealRun, type Rules, realClis, runOffline } from "../rig/real-clis.js";

type Reply = Rules[number]["reply"];
const failing = (status: number, message: string, more: Partial<NonNullable<Reply["error"]>> = {}): Reply => ({
  error: { status, message, ...more },
});

const TOO_LONG: Record<BuiltInBackend, Reply> = {
  claude: failing(400, "prompt is too long: 250000 tokens > 200000 maximum"),
  codex: { stream_error: { type: "context_length_exceeded", message: "Your input exceeds the context window." } },
  gemini: failing(400, "The input token count (1200000) exceeds the maximum number of tokens allowed (1048576)."),
};
const in_an_hour = Math.floor(Date.now() / 1000) + 3600;
const USED_UP: Record<BuiltInBackend, Reply> = {
  claude: failing(429, "You've hit your session limit · resets in 1h"),
  codex: failing(429, "The usage limit has been reached", {
    type: "usage_limit_reached",
    details: { plan_type: "plus", resets_at: in_an_hour },
  }),
  gemini: failing(429, "You exceeded your current quota, please check your plan. Please retry in 3600s.", {
    details: [
      {
        "@type": "type.googleapis.com/google.rpc.QuotaFailure",
        violations: [{ quotaId: "GenerateRequestsPerDayPerProjectPerModel-FreeTier", quotaValue: "50" }],
      },
      { "@type": "type.googleapis.com/google.rpc.RetryInfo", retryDelay: "3600s" },
    ],
  }),
};

/** The service's words for an error in the middle of a stream, by what it is. */
const inStream = (claude: string, codex: string, gemini: string): Record<BuiltInBackend, Reply> => ({
  claude: { stream_error: { type: claude } },
  codex: { stream_error: { type: codex } },
  gemini: { stream_error: { type: gemini } },
});

interface Fault {
  name: string;
  reply: Reply | Record<BuiltInBackend, Reply>;
  kind: FailureKind;
  /** What the sentence must say, in the CLI's own words or in ours. */
  says: string;
}

const FAULTS: Fault[] = [
  { name: "bad-request", reply: failing(400, "not like that"), kind: "bad_request", says: "not like that" },
  { name: "wrong-key", reply: failing(401, "no such key"), kind: "not_authenticated", says: "no such key" },
  { name: "forbidden", reply: failing(403, "not for you"), kind: "not_authenticated", says: "not for you" },
  { name: "no-model", reply: failing(404, "no such model"), kind: "model_not_found", says: "model" },
  { name: "cut", reply: { chunks: ["so far ", "never said"], cut: 1 }, kind: "network", says: "connection" },
  { name: "malformed", reply: { malformed: true }, kind: "network", says: "connection" },
  { name: "refusal", reply: { refusal: true }, kind: "refused", says: "refuse" },
  { name: "half-refused", reply: { text: "so far ", refusal: true }, kind: "refused", says: "refuse" },
  { name: "filtered", reply: { text: "so far ", content_filter: true }, kind: "refused", says: "refuse" },
  { name: "no-money", reply: failing(402, "pay first"), kind: "billing", says: "pay first" },
  { name: "too-large", reply: failing(413, "that is too much"), kind: "context_too_long", says: "too " },
  { name: "teapot", reply: failing(418, "a teapot"), kind: "bad_request", says: "a teapot" },
  {
    name: "cut-short",
    reply: { text: "so far ", max_tokens: true },
    kind: "max_tokens",
    says: "maximum number of tokens",
  },
  { name: "too-long", reply: TOO_LONG, kind: "context_too_long", says: "too long" },
  { name: "silence", reply: { text: "" }, kind: "output_invalid", says: "answer" },
  { name: "used-up", reply: USED_UP, kind: "quota_exhausted", says: "usage limit" },
  // These slow the lane of their backend down, so they come last.
  { name: "slow-down", reply: failing(429, "slow down"), kind: "rate_limited", says: "429 Too Many Requests" },
  { name: "broken", reply: failing(500, "it broke"), kind: "overloaded", says: "model service" },
  { name: "unavailable", reply: failing(503, "not now"), kind: "overloaded", says: "503 Service Unavailable" },
  { name: "gateway", reply: failing(502, "no upstream"), kind: "overloaded", says: "502 Bad Gateway" },
  { name: "overloaded", reply: failing(529, "too busy"), kind: "overloaded", says: "529 Overloaded" },
  {
    name: "midway-limited",
    reply: inStream("rate_limit_error", "rate_limit_exceeded", "RESOURCE_EXHAUSTED"),
    kind: "rate_limited",
    says: "the model service",
  },
  {
    name: "midway-overloaded",
    reply: inStream("overloaded_error", "server_is_overloaded", "UNAVAILABLE"),
    kind: "overloaded",
    says: "the model service",
  },
];

const BACKENDS = ["claude", "codex", "gemini"] as const;
let space: Workspace;
let run: RealRun;

beforeAll(async () => {
  space = realClis();
  const cases = FAULTS.flatMap((fault) =>
    BACKENDS.map((backend) => ({ ...fault, backend, id: `${backend}-${fault.name}` })),
  );
  const once = BACKENDS.flatMap(
    (backend): Rules => [
      { match: { backend, prompt: "^once" }, times: 1, reply: failing(429, "slow down", { retry_after_seconds: 1 }) },
      { match: { backend, prompt: "^once" }, reply: { text: "the second time" } },
    ],
  );
  run = await runOffline(space, {
    tasks: [
      // No patience: after its first words a CLI would wait by itself for the end of a fault that never ends.
      ...cases.map(({ id, backend }) => ({ id, backend, prompt: `${id} please`, patience_seconds: 0 })),
      ...BACKENDS.map((backend) => ({ id: `${backend}-once`, backend, prompt: "once", retries: 1 })),
    ],
    rules: [
      ...cases.map(({ id, backend, reply }) => ({
        match: { prompt: `^${id} ` },
        reply: "claude" in reply ? reply[backend] : reply,
      })),
      ...once,
    ],
    file: { on_quota: "fail" },
  });
}, 300_000);

afterAll(() => space?.close());

describe.each(BACKENDS)("%s", (backend) => {
  it.each(FAULTS)("$name is $kind", ({ name, kind, says }) => {
    const id = `${backend}-${name}`;
    const { status, exit_code, failure, attempts } = run.of(id);
    expect({ status, kind: failure?.kind, attempts }).toEqual({
      status: "FAILED",
      kind,
      attempts: 1,
    });
    expect(exit_code).not.toBe(0);
    // One sentence, with something to do about it, and no machine's noise.
    expect(failure?.message.toLowerCase()).toContain(says.toLowerCase());
    expect(failure?.message).not.toMatch(/\{"|\n|\[object|undefined|:\d+:\d+\)|Full report/);
    expect(failure?.hint).toMatch(/\w+ \w+/);
  });

  it("keeps what had arrived before the connection was cut", () => {
    expect(run.of(`${backend}-cut`).content).toBe(backend === "codex" ? "" : "so far ");
  });

  it("a used-up quota comes with the time of its reset", () => {
    const resets = Date.parse(run.of(`${backend}-used-up`).failure?.resets_at ?? "");
    // codex gives hours and minutes only, in words.
    expect(Math.abs(resets / 1000 - in_an_hour)).toBeLessThan(300);
  });

  it("a limit that passes is tried again, and the attempts are shown", () => {
    expect(run.of(`${backend}-once`)).toMatchObject({ status: "OK", content: "the second time", attempts: 2 });
    expect(run.events.filter((event) => event.type === "task_retrying" && event.task_id === `${backend}-once`)).toEqual(
      [expect.objectContaining({ attempt: 1, failure: expect.objectContaining({ kind: "rate_limited" }), backend })],
    );
  });
});

it("counts what failed, and leaves nothing behind", () => {
  const { total_tasks, completed_tasks, failed_tasks } = run.result;
  const answered = BACKENDS.length;
  expect({ total_tasks, completed_tasks, failed_tasks }).toEqual({
    total_tasks: 72,
    completed_tasks: answered,
    failed_tasks: 72 - answered,
  });
  expect(run.finished.code).toBe(1);
  expect(processesWith(space.dir)).toEqual([]);
  expect(readdirSync(join(space.home, ".clinvk", "tmp"))).toEqual([]);
});
