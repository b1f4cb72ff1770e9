// Model services that are gone for a while, or that throttle; and who gets through to their end: a CLI by hand, and clinvk.
import { existsSync, mkdirSync, readFileSync, rmSync, watch, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import pLimit from "p-limit";
import type { OfflineScript } from "../../src/offline/script.js";
import { type OfflineServer, startOfflineServer } from "../../src/offline/server.js";
import type { BuiltInBackend } from "../../src/schema/backend-name.js";
import type { RunResult } from "../../src/schema/result.js";
import { byHand, sameTask, settings } from "./by-hand.js";
import type { Workspace } from "./clinvk.js";
import { realClis, TOOLS } from "./real-clis.js";

const ANSWER = "through at last";

export interface Outage {
  fault: 429 | 529 | 503 | "refused" | "cut";
  /** How long, from the first request that meets it. */
  seconds: number;
  /** With a Retry-After that tells the end. */
  told: boolean;
  /** Meets the second request, after a tool call, instead of the first. */
  within: boolean;
}

/** Every kind of outage of these lengths. */
export function outages(lengths: readonly number[], within = false): (Outage & { name: string })[] {
  return lengths.flatMap((seconds) =>
    (["refused", "cut", 429, 503, 529] as const).flatMap((fault) => {
      const ways = typeof fault === "number" ? [true, false] : [false];
      return ways.map((told) => {
        const name = `${fault} for ${seconds} s${told ? " with Retry-After" : ""}`;
        return { name, fault, seconds, told, within };
      });
    }),
  );
}

/** What came of one side: whether it got the answer, how often it asked the model, how often it did the task's work. */
export interface Side {
  answered: boolean;
  requests: number;
  worked: number;
  seconds: number;
  /** How clinvk told of a failure. */
  failure?: string;
}

/** A task, done by hand, that meets an outage. */
export function meetByHand(cli: BuiltInBackend, outage: Outage): Promise<Side> {
  return meet(cli, outage, async (space, { workdir, env }) => {
    const [limit_seconds, tools] = [outage.seconds + 150, outage.within];
    const text = await byHand(space, { cli, prompt: "work", workdir, tools, env, limit_seconds });
    return { answered: text?.includes(ANSWER) === true };
  });
}

/** The same as a task of clinvk's, with nothing set, on a service of its own that has the same outage. */
export function meetWithClinvk(cli: BuiltInBackend, outage: Outage): Promise<Side> {
  return meet(cli, outage, async (space, { workdir, env }) => {
    const task = { backend: cli, prompt: "work", workdir, ...sameTask(cli, outage.within) };
    const [result] = (await runTasks(space, env, { tasks: [task] })).results;
    const answered = result?.status === "OK" && result.content.includes(ANSWER);
    return { answered, ...(result?.failure ? { failure: `${result.failure.kind}: ${result.failure.message}` } : {}) };
  });
}

interface Surroundings {
  workdir: string;
  env: Record<string, string>;
}

async function meet(
  cli: BuiltInBackend,
  outage: Outage,
  run: (space: Workspace, at: Surroundings) => Promise<Pick<Side, "answered" | "failure">>,
): Promise<Side> {
  const space = realClis();
  const workdir = join(space.dir, "work");
  mkdirSync(workdir);
  const service = await startService(cli, outage, workdir);
  const began = performance.now();
  try {
    const outcome = await run(space, { workdir, env: settings(space, service.url) });
    const seconds = Math.round((performance.now() - began) / 100) / 10;
    return { ...outcome, seconds, requests: service.requests(), worked: lines(join(workdir, WORK)) };
  } finally {
    await service.close();
    space.close();
  }
}

/** The work of a task is a line in this file: it can be seen whether it was done twice. */
const WORK = "work.txt";
/** The task's tool call ends when this file is gone. */
const HELD = "held";

function lines(file: string): number {
  return existsSync(file) ? readFileSync(file, "utf8").split("\n").length - 1 : 0;
}

interface Service {
  url: string;
  requests(): number;
  close(): Promise<void>;
}

async function startService(cli: BuiltInBackend, outage: Outage, workdir: string): Promise<Service> {
  const { within } = outage;
  const work = TOOLS[cli].shell(`echo worked >> ${WORK}; while [ -e ${HELD} ]; do sleep 0.05; done`);
  const answer = { reply: { ...(within ? { tools: [work] } : {}), text: ANSWER } };
  const script: OfflineScript = { rules: [...faultRules(outage), answer] };
  if (outage.fault !== "refused") {
    const server = await startOfflineServer({ script });
    return { url: server.url, requests: () => server.model_calls, close: () => server.close() };
  }
  return refusingService(script, outage, workdir);
}

function faultRules({ fault, seconds, told, within }: Outage): OfflineScript["rules"] {
  const rule = { match: { step: within ? 1 : 0 }, for_seconds: seconds };
  if (fault === "refused") return [];
  if (fault === "cut") return [{ ...rule, reply: { chunks: ["so far ", "never said"], cut: 1 } }];
  const asked = told ? { retry_after_seconds: "rest" as const } : {};
  return [{ ...rule, reply: { error: { status: fault, message: "not now", ...asked } } }];
}

/** Nobody listens: from the beginning, or from the task's first tool call on. */
async function refusingService(script: OfflineScript, { seconds, within }: Outage, workdir: string): Promise<Service> {
  const port = await closedPort();
  const servers: OfflineServer[] = [];
  let closed = false;
  const open = async () => {
    if (!closed) servers.push(await startOfflineServer({ script, port }));
  };
  const timers: NodeJS.Timeout[] = [];
  const openLater = (ms: number) => timers.push(setTimeout(() => void open(), ms));
  if (within) {
    await open();
    writeFileSync(join(workdir, HELD), "");
    const watcher = watch(workdir, async (_, name) => {
      if (name !== WORK) return;
      watcher.close();
      await servers[0]?.close();
      openLater(seconds * 1000);
      rmSync(join(workdir, HELD));
    });
  } else {
    // A CLI takes a second or two until it asks.
    openLater((seconds + 2) * 1000);
  }
  return {
    url: `http://127.0.0.1:${port}`,
    requests: () => servers.reduce((sum, { model_calls }) => sum + model_calls, 0),
    async close() {
      closed = true;
      for (const timer of timers) clearTimeout(timer);
      await Promise.all(servers.map((server) => server.close()));
    },
  };
}

/** Below the ports that the system gives away, so that nobody takes it while it is closed. */
async function closedPort(): Promise<number> {
  const port = 20_000 + Math.floor(Math.random() * 10_000);
  const free = await new Promise<boolean>((resolve) => {
    const probe = createServer();
    probe.once("error", () => resolve(false));
    probe.listen(port, "127.0.0.1", () => probe.close(() => resolve(true)));
  });
  return free ? port : closedPort();
}

export interface Batch {
  /** Tasks with an answer. */
  answered: number;
  requests: number;
  seconds: number;
}

export interface Throttled {
  cli: BuiltInBackend;
  /** Number of tasks; four are under way at once. */
  tasks: number;
  limit: NonNullable<OfflineScript["limit"]>;
}

/** Tasks by hand, as `xargs -P4` runs them, on a service with a rate limit. */
export function throttledByHand({ cli, tasks, limit }: Throttled): Promise<Batch> {
  return batch(limit, async (space, { workdir, env }) => {
    const atOnce = pLimit(4);
    const one = (prompt: string) => byHand(space, { cli, prompt, workdir, env, limit_seconds: 600 });
    const texts = await Promise.all(promptsOf(tasks).map((prompt) => atOnce(() => one(prompt))));
    return texts.filter((text) => text?.includes(ANSWER)).length;
  });
}

/** The same tasks as a run of clinvk's. */
export function throttledWithClinvk({ cli, tasks, limit }: Throttled): Promise<Batch> {
  return batch(limit, async (space, { workdir, env }) => {
    const list = promptsOf(tasks).map((prompt) => ({ backend: cli, prompt, workdir, ...sameTask(cli, false) }));
    const { results } = await runTasks(space, env, { tasks: list, max_parallel: 4 });
    return results.filter(({ status, content }) => status === "OK" && content.includes(ANSWER)).length;
  });
}

function promptsOf(count: number): string[] {
  return Array.from({ length: count }, (_, index) => `task ${index + 1}`);
}

async function batch(
  limit: Throttled["limit"],
  run: (space: Workspace, at: Surroundings) => Promise<number>,
): Promise<Batch> {
  const space = realClis();
  const server = await startOfflineServer({ script: { limit, rules: [{ reply: { text: ANSWER } }] } });
  const began = performance.now();
  try {
    const answered = await run(space, { workdir: space.served, env: settings(space, server.url) });
    return { answered, requests: server.model_calls, seconds: Math.round((performance.now() - began) / 100) / 10 };
  } finally {
    await server.close();
    space.close();
  }
}

/** Requests per attempt of a task that fails, because its service is overloaded for longer than the task is patient. */
export async function overloaded(cli: BuiltInBackend): Promise<number> {
  const space = realClis();
  const server = await startOfflineServer({ script: { rules: [{ reply: { error: { status: 529 } } }] } });
  try {
    const task = { backend: cli, prompt: "work", workdir: space.served, ...sameTask(cli, false), patience_seconds: 12 };
    const { results } = await runTasks(space, settings(space, server.url), { tasks: [task] });
    return server.model_calls / (results[0]?.attempts ?? 0);
  } finally {
    await server.close();
    space.close();
  }
}

/** Runs a task file as a user does who has set nothing. */
async function runTasks(space: Workspace, env: Record<string, string>, file: object): Promise<RunResult> {
  const { stdout, stderr, code } = await space.run(["parallel", "-f", space.file("tasks.json", file), "--json"], {
    env,
  });
  if (!stdout.startsWith("{")) throw new Error(`no result (exit ${code}): ${stderr}`);
  return JSON.parse(stdout) as RunResult;
}
