// The HTTP app without a port and without CLIs: each run has a FakeExecutor that the test drives.
import { mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Hono } from "hono";
import { afterAll } from "vitest";
import type { ExecuteRequest } from "../../src/app/execute.js";
import type { LoadedConfig } from "../../src/config/load.js";
import { run } from "../../src/engine/run.js";
import type { Config } from "../../src/schema/config.js";
import type { RunEvent } from "../../src/schema/event.js";
import { createApp } from "../../src/server/app.js";
import { createLog } from "../../src/server/http/log.js";
import type { AppEnv } from "../../src/server/http/route.js";
import { type Keys, NO_KEYS } from "../../src/server/keys.js";
import { allRoutes } from "../../src/server/routes/all.js";
import { makeServices, type Services } from "../../src/server/services.js";
import { serverSettings } from "../../src/server/settings.js";
import { emptyRun, fold } from "../../src/summary/summary.js";
import { omitUndefined } from "../../src/util/omit-undefined.js";
import { FakeExecutor } from "./fake-executor.js";

const dirs: string[] = [];
afterAll(() => {
  for (const dir of dirs.splice(0)) rmSync(dir, { recursive: true, force: true });
});

function newDir(): string {
  const dir = realpathSync(mkdtempSync(join(tmpdir(), "clinvk-server-")));
  dirs.push(dir);
  return dir;
}

/** Carries out runs with fake executors, which are found by the run's id. */
export class FakeRuns {
  readonly #executors = new Map<string, FakeExecutor>();
  readonly #waiting = new Map<string, (executor: FakeExecutor) => void>();
  /** The most attempts that ever ran at once, all runs together. */
  peak = 0;

  /** The executor of a run that has begun, or will. */
  async of(run_id: string): Promise<FakeExecutor> {
    return this.#executors.get(run_id) ?? new Promise((found) => this.#waiting.set(run_id, found));
  }

  readonly execute = async (request: ExecuteRequest) => {
    const { plan, resumed, reporters, pool, signal, kill } = request;
    const executor = new FakeExecutor();
    this.#executors.set(plan.run_id, executor);
    this.#waiting.get(plan.run_id)?.(executor);
    const journal = resumed?.journal ?? request.journal;
    if (typeof journal !== "object") throw new Error("runs of the server have a journal");
    const state = emptyRun();
    const show = (event: RunEvent) => {
      fold(state, event);
      for (const reporter of reporters) reporter.onEvent(event);
      this.peak = Math.max(
        this.peak,
        [...this.#executors.values()].reduce((sum, one) => sum + one.running.size, 0),
      );
    };
    const goesOn = resumed !== undefined && resumed.next_seq > 1;
    if (goesOn) for (const event of resumed.run.events()) if (event.type === "run_started") show(event);
    if (goesOn) for (const event of resumed.run.events()) if (event.type === "task_finished") show(event);
    await run({
      plan,
      executor,
      ...omitUndefined({ pool, signal, kill }),
      ...(goesOn ? { resume: { finished: resumed.finished, last_seq: resumed.next_seq - 1 } } : {}),
      onEvent: (event) => {
        journal.onEvent(event);
        show(event);
      },
    });
    for (const reporter of reporters) await reporter.close();
    journal.close();
    return state;
  };
}

export interface TestServer {
  app: Hono<AppEnv>;
  services: Services;
  runs: FakeRuns;
  /** `$CLINVK_HOME`. */
  home: string;
  /** Where the server was started: the directory of tasks that name none. */
  cwd: string;
  /** What was logged so far. */
  log(): string;
  /** A request as from this machine, with this body as JSON. */
  ask(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Response>;
  /** Begins a run of `count` tasks and tells its id. */
  begin(count?: number): Promise<string>;
}

export interface TestServerOptions {
  server?: Config["server"];
  keys?: Keys;
  env?: Record<string, string>;
  home?: string;
  cwd?: string;
  execute?: FakeRuns["execute"];
  heartbeat_ms?: number;
  /** Every run is answered by the offline model; so it is without this. */
  offline?: boolean;
}

export function makeServer(options: TestServerOptions = {}): TestServer {
  const home = options.home ?? newDir();
  const cwd = options.cwd ?? newDir();
  const runs = new FakeRuns();
  const config: LoadedConfig = {
    config: omitUndefined({ server: options.server }),
    path: undefined,
    clinvk_home: home,
    origin: () => "default",
  };
  let logged = "";
  const log = createLog({
    write: (text) => {
      logged += text;
    },
    tty: false,
  });
  const settings = serverSettings(config, {});
  const services = makeServices({
    version: "1.2.3",
    config,
    settings,
    log,
    // No CLI is found, and none is needed.
    env: { PATH: join(home, "bin"), HOME: home, CLINVK_HOME: home, ...options.env },
    cwd,
    offline: options.offline ?? true,
    execute: options.execute ?? runs.execute,
    ...omitUndefined({ heartbeat_ms: options.heartbeat_ms }),
  });
  const app = createApp({ routes: allRoutes(services), settings, keys: options.keys ?? NO_KEYS, log });
  const ask: TestServer["ask"] = async (method, path, body, headers = {}) =>
    app.request(`http://127.0.0.1${path}`, {
      method,
      headers: { ...(body === undefined ? {} : { "Content-Type": "application/json" }), ...headers },
      ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
    });
  return {
    app,
    services,
    runs,
    home,
    cwd,
    log: () => logged,
    ask,
    async begin(count = 1) {
      const response = await ask("POST", "/api/v1/parallel", taskFile(count), { Prefer: "respond-async" });
      return ((await response.json()) as { run_id: string }).run_id;
    },
  };
}

/** A task file of `count` tasks, all at once. */
export function taskFile(count: number) {
  const tasks = Array.from({ length: count }, (_, index) => ({
    backend: "claude",
    prompt: `Task number ${index + 1}`,
  }));
  return { tasks, max_parallel: Math.max(1, count) };
}

/** The events of an event stream's text. */
export function parseFrames(sent: string | Uint8Array): RunEvent[] {
  const text = typeof sent === "string" ? sent : new TextDecoder().decode(sent);
  return [...text.matchAll(/^id: (\d+)\nevent: (\w+)\ndata: (.*)\n\n/gm)].map(([, id, type, data = ""]) => {
    const event = JSON.parse(data) as RunEvent;
    if (String(event.seq) !== id || event.type !== type) throw new Error(`frame ${id} holds the event ${event.seq}`);
    return event;
  });
}
