// The server under load, in one process of its own: many callers that wait, and many readers of one run's events.
import { spawn } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { Agent, request } from "node:http";
import { join } from "node:path";
import { createParser } from "eventsource-parser";

const KEY = "bench-key-of-the-load-test";
/** After so long a load test is given up. */
const LIMIT_MS = 180_000;

/** S1: callers that wait for their runs. S2: readers of one run. Neither may lose anything. */
export async function* serverLoad(place, { quick }) {
  if (process.platform !== "linux") {
    yield { id: "S1", what: "server under load", skipped: "its memory is read from /proc, which only Linux has" };
    return;
  }
  const calls = quick ? 20 : 200;
  const readers = quick ? 50 : 500;
  yield* withServer(place, async function* (server) {
    const answers = await Promise.all(Array.from({ length: calls }, () => server.wait(2)));
    const lost = answers.filter(({ status, body }) => status !== 200 || body.completed_tasks !== 2).length;
    yield {
      id: "S1",
      what: `${calls} waiting calls at once: calls without their answers`,
      value: lost,
      unit: "",
      target: 0,
      means: "a busy server loses no answer",
    };
    yield { id: "S1", what: "the same: peak memory of the server", value: server.peak(), unit: "MB" };
  });
  yield* withServer(place, async function* (server) {
    const tasks = quick ? 20 : 100;
    const runId = await server.begin(tasks);
    const seen = await Promise.all(Array.from({ length: readers }, () => server.follow(runId)));
    const complete = ({ seqs }) => seqs.length >= 2 * tasks + 2 && seqs.every((seq, index) => seq === index + 1);
    const lost = seen.filter((reader) => !complete(reader)).length;
    const what = `${readers} readers of a run of ${tasks} tasks`;
    const means = "every browser and every client sees everything, in order";
    yield { id: "S2", what: `${what}: readers that missed an event`, value: lost, unit: "", target: 0, means };
    const lags = seen.flatMap(({ lags }) => lags).sort((a, b) => a - b);
    yield { id: "S2", what: "the same: event lag, median", value: lags[lags.length >> 1], unit: "ms" };
    yield { id: "S2", what: "the same: event lag, 99 %", value: lags[Math.floor(lags.length * 0.99)], unit: "ms" };
    yield { id: "S2", what: "the same: peak memory of the server", value: server.peak(), unit: "MB" };
  });
}

/** Starts `clinvk serve` on a free port, uses it, and ends it. */
async function* withServer(place, use) {
  place.clear();
  const config = join(place.dir, "server.yaml");
  writeFileSync(config, "server: {max_parallel: 8, max_runs: 1000, max_queue: 1000, rate_limit_per_minute: 1000000}\n");
  // Beside the home: callers' agents may not work around clinvk's own files.
  const served = join(place.dir, "served");
  mkdirSync(served, { recursive: true });
  const child = spawn(process.execPath, [place.clinvk, "serve", "--port", "0", "--config", config], {
    cwd: served,
    env: { ...place.env, STUB_MS: "50", CLINVK_API_KEYS: KEY },
    stdio: ["ignore", "pipe", "ignore"],
    timeout: LIMIT_MS,
  });
  try {
    const agent = new Agent({ keepAlive: true });
    yield* use(client(await addressOf(child), agent, child.pid));
    agent.destroy();
  } finally {
    child.kill("SIGTERM");
    await new Promise((ended) => (child.exitCode === null ? child.once("exit", ended) : ended()));
  }
}

function addressOf(child) {
  return new Promise((found, failed) => {
    let text = "";
    child.stdout.setEncoding("utf8").on("data", (more) => {
      text += more;
      const address = /listens on (\S+)/.exec(text)?.[1];
      if (address !== undefined) found(address);
    });
    child.once("exit", () => failed(new Error(`clinvk serve has ended: ${text}`)));
  });
}

function client(base, agent, pid) {
  const send = (path, { body, headers } = {}) =>
    new Promise((answered, failed) => {
      const options = {
        agent,
        method: body === undefined ? "GET" : "POST",
        headers: { "X-API-Key": KEY, "Content-Type": "application/json", ...headers },
      };
      request(new URL(path, base), options, answered).on("error", failed).end(body);
    });
  const tasks = (count) =>
    JSON.stringify({
      max_parallel: 8,
      tasks: Array.from({ length: count }, (_, index) => ({ backend: "claude", prompt: `task ${index + 1}` })),
    });
  return {
    /** A call that waits for its run. */
    async wait(count) {
      const response = await send("/api/v1/parallel", { body: tasks(count) });
      return { status: response.statusCode, body: await json(response) };
    },
    async begin(count) {
      const response = await send("/api/v1/parallel", { body: tasks(count), headers: { Prefer: "respond-async" } });
      return (await json(response)).run_id;
    },
    /** Reads a run's events to its end: their numbers, and for those that came live how late, in ms. */
    async follow(runId) {
      const response = await send(`/api/v1/runs/${runId}/events`);
      const began = Date.now();
      const seqs = [];
      const lags = [];
      const parser = createParser({
        onEvent({ id, data }) {
          seqs.push(Number(id));
          const time = Date.parse(JSON.parse(data).time);
          if (time > began) lags.push(Date.now() - time);
        },
      });
      response.setEncoding("utf8");
      for await (const text of response) parser.feed(text);
      return { seqs, lags };
    },
    /** MB of 10⁶ bytes, as T6. */
    peak: () => (Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]) * 1024) / 1e6,
  };
}

async function json(response) {
  let text = "";
  for await (const more of response.setEncoding("utf8")) text += more;
  return JSON.parse(text);
}
