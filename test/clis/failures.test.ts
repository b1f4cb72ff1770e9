// Failures that pass, on the real CLIs: what is tried again, repaired, or answered by another backend, and what ends a silence.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { BuiltInBackend } from "../../src/schema/backend-name.js";
import { BACKEND_NAMES } from "../../src/schema/built-in.js";
import type { TaskInput } from "../../src/schema/task-input.js";
import type { Workspace } from "../rig/clinvk.js";
import { processesWith, type RealRun, type Rules, realClis, runOffline } from "../rig/real-clis.js";

type Reply = Rules[number]["reply"];

const output_schema = {
  type: "object",
  properties: { verdict: { type: "string", enum: ["pass", "fail"] } },
  required: ["verdict"],
  additionalProperties: false,
};
const GOOD = '{"verdict":"pass"}';

/** A task for each backend, whose requests get these replies in this order; the last one as often as it is asked. */
interface Case {
  name: string;
  task?: Partial<TaskInput>;
  replies: Reply[] | Record<BuiltInBackend, Reply[]>;
}

const OTHER: Record<BuiltInBackend, BuiltInBackend> = { claude: "codex", codex: "gemini", gemini: "claude" };
const AGAIN = { text: "the second time" };
/** Claude Code has a tool for answers with a schema, and insists on it. */
const structured = (verdict: string): Reply => ({
  tools: [{ name: "StructuredOutput", input: { verdict } }],
  text: "done",
});
const CASES: Case[] = [
  // What takes long comes first.
  { name: "slow", task: { timeout_seconds: 15 }, replies: [{ chunks: ["so far ", "never said"], hang: "mid_stream" }] },
  { name: "stalled", task: { retries: 1, idle_timeout_seconds: 10 }, replies: [{ hang: "before_headers" }, AGAIN] },
  { name: "overloaded", task: { retries: 1 }, replies: [{ error: { status: 529, message: "too busy" } }, AGAIN] },
  { name: "cut", task: { retries: 1 }, replies: [{ chunks: ["half of ", "it"], cut: 1 }, AGAIN] },
  {
    name: "fits",
    task: { output_schema },
    replies: { claude: [structured("pass")], codex: [{ text: GOOD }], gemini: [{ text: GOOD }] },
  },
  {
    name: "repaired",
    task: { output_schema },
    replies: {
      claude: [structured("maybe"), structured("pass")],
      codex: [{ text: '{"verdict":"maybe"}' }, { text: GOOD }],
      gemini: [{ text: '{"verdict":"maybe"}' }, { text: GOOD }],
    },
  },
  { name: "expected", task: { expect: { matches: "PASS" } }, replies: [{ text: "no idea" }] },
];

let space: Workspace;
let run: RealRun;

beforeAll(async () => {
  space = realClis();
  const tasks: TaskInput[] = [];
  const rules: Rules = [];
  for (const { name, task, replies } of CASES) {
    for (const backend of BACKEND_NAMES) {
      const id = `${backend}-${name}`;
      tasks.push({ backend, id, prompt: `${id} please`, ...task });
      const own = Array.isArray(replies) ? replies : replies[backend];
      own.forEach((reply, at) => {
        rules.push({ match: { prompt: `^${id} ` }, reply, ...(at < own.length - 1 ? { times: 1 } : {}) });
      });
    }
  }
  for (const backend of BACKEND_NAMES) {
    const id = `${backend}-refused`;
    tasks.push({ backend, id, prompt: `${id} please`, fallback: [OTHER[backend]], fallback_on: ["refused"] });
    rules.push({ match: { prompt: `^${id} `, backend }, reply: { refusal: true } });
    rules.push({ match: { prompt: `^${id} ` }, reply: { text: `${OTHER[backend]} instead` } });
  }
  run = await runOffline(space, { tasks, rules });
}, 180_000);

afterAll(() => space?.close());

describe.each(BACKEND_NAMES)("%s", (backend) => {
  const of = (name: string) => run.of(`${backend}-${name}`);
  const retried = (name: string) =>
    run.events.flatMap((event) =>
      event.type === "task_retrying" && event.task_id === `${backend}-${name}` ? [event.failure.kind] : [],
    );

  it.each([
    ["overloaded", "overloaded"],
    ["cut", "network"],
    ["stalled", "stalled"],
  ])("what passes is tried again: %s", (name, kind) => {
    // claude asks for a cut answer once more by itself, without streaming.
    const byItself = backend === "claude" && name === "cut";
    expect(of(name)).toMatchObject({ status: "OK", attempts: byItself ? 1 : 2, content: "the second time" });
    expect(retried(name)).toEqual(byItself ? [] : [kind]);
  });

  it("an answer that is never finished ends in the time that we set, and what had arrived is kept", () => {
    expect(of("slow")).toMatchObject({ status: "TIMEOUT", exit_code: 124, attempts: 1, failure: { kind: "timeout" } });
    // codex shows no text before an answer is complete.
    expect(of("slow").content).toBe(backend === "codex" ? "" : "so far ");
  });

  it("an answer that fits its schema is there as a value", () => {
    expect(of("fits")).toMatchObject({ status: "OK", attempts: 1, structured: { verdict: "pass" } });
  });

  it("an answer that does not fit is repaired, once", () => {
    expect(of("repaired")).toMatchObject({ status: "OK", structured: { verdict: "pass" } });
    expect(retried("repaired")).toEqual(["schema_invalid"]);
  });

  it("an answer that is not what was expected is a failure, and is kept", () => {
    expect(of("expected")).toMatchObject({ status: "FAILED", content: "no idea", failure: { kind: "check_failed" } });
  });

  it("a refusal goes to the backend that the task names next, and the result names it", () => {
    expect(of("refused")).toMatchObject({
      status: "OK",
      backend: OTHER[backend],
      fallback_from: backend,
      content: `${OTHER[backend]} instead`,
      attempts: 2,
    });
  });
});

it("leaves no process behind", () => {
  expect(processesWith(space.dir)).toEqual([]);
});
