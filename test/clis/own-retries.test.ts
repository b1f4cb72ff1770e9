// What the real CLIs tell about their own retries, and what clinvk makes of it: counted at the model.
import { afterAll, beforeAll, expect, it } from "vitest";
import type { Workspace } from "../rig/clinvk.js";
import { type RealRun, type Rules, realClis, runOffline, TOOLS } from "../rig/real-clis.js";

type Failure = NonNullable<Rules[number]["reply"]["error"]>;
const throttled = (more: Partial<Failure> = {}): Rules[number]["reply"] => ({
  error: { status: 429, message: "slow down", ...more },
});
const WORKING = ["claude", "gemini"] as const;

let space: Workspace;
let run: RealRun;

beforeAll(async () => {
  space = realClis();
  space.file("read.txt", "read me");
  const path = `${space.dir}/read.txt`;
  const middle = WORKING.flatMap((backend): Rules => {
    const prompt = `^${backend}-middle`;
    return [
      { match: { prompt, step: 1 }, times: 2, reply: throttled() },
      { match: { prompt, step: 1 }, reply: { text: "after the throttle" } },
      { match: { prompt }, reply: { tools: [TOOLS[backend].read(path)] } },
    ];
  });
  run = await runOffline(space, {
    tasks: [
      ...WORKING.map((backend) => ({
        id: `${backend}-middle`,
        backend,
        prompt: `${backend}-middle`,
        workdir: space.dir,
      })),
      { id: "mended", backend: "claude", prompt: "mended" },
      { id: "used-up", backend: "claude", prompt: "used-up", retries: 1 },
    ],
    rules: [
      ...middle,
      // The stream is cut; the answer without streaming is whole.
      { match: { prompt: "^mended" }, times: 1, reply: { chunks: ["so far, ", "so good"], cut: 1 } },
      { match: { prompt: "^mended" }, reply: { text: "so far, so good" } },
      { match: { prompt: "^used-up" }, reply: throttled({ retry_after_seconds: 5400 }) },
    ],
    file: { on_quota: "park" },
  });
}, 300_000);

afterAll(() => space?.close());

it.each(WORKING)("%s waits by itself in the middle of its work", (backend) => {
  expect(run.of(`${backend}-middle`)).toMatchObject({ status: "OK", content: "after the throttle", attempts: 1 });
});

it("claude asks again without streaming when a stream is cut: the answer is there once", () => {
  expect(run.of("mended")).toMatchObject({ status: "OK", content: "so far, so good", attempts: 1 });
});

it("claude tells a wait of an hour and a half when it is asked for it: that is a quota", () => {
  const { status, failure, attempts } = run.of("used-up");
  expect({ status, attempts }).toEqual({ status: "WAITING", attempts: 2 });
  expect(failure).toMatchObject({ kind: "quota_exhausted", retry_after_seconds: 5400 });
});
