// The HTTP client for programs in Node, in browsers and wherever `fetch` exists: one method for each operation of
// `clinvk serve`. It imports only types from the rest of clinvk.

import type {
  BackendList,
  Deleted,
  Health,
  ResumeBody,
  RunAccepted,
  RunDetail,
  RunFilter,
  RunList,
  RunResponse,
} from "../schema/api.js";
import type {
  ChainResponse,
  CompareBody,
  CompareResponse,
  PromptBody,
  PromptResponse,
  SessionBody,
  SessionList,
} from "../schema/api-prompt-chain-compare.js";
import type { ChainFile } from "../schema/chain.js";
import type { RunEvent } from "../schema/event.js";
import type { TaskFile } from "../schema/task-file.js";
import type { TaskInput } from "../schema/task-input.js";
import { apiPath, type CallOptions, type ClientOptions, callsOf } from "./calls.js";
import { type FollowOptions, followRun } from "./follow.js";

export type * from "../schema/api.js";
export type * from "../schema/api-prompt-chain-compare.js";
export type { ChainFile } from "../schema/chain.js";
export type { RunEvent } from "../schema/event.js";
export type { Failure } from "../schema/failure.js";
export type { TaskResult } from "../schema/result.js";
export type { TaskFile } from "../schema/task-file.js";
export type { TaskInput } from "../schema/task-input.js";
export { type CallOptions, type ClientErrorCode, type ClientOptions, ClinvkApiError } from "./calls.js";
export type { FollowOptions } from "./follow.js";

/**
 * Begins a run. Resolves with the whole result when the run has ended, even after hours and lost connections. Aborting
 * `signal` ends the waiting, not the run. With `wait: false` it resolves at once, with the run's id. The result includes
 * failed tasks.
 */
export interface Begin<Body, Result> {
  (body: Body, options?: CallOptions & { wait?: true }): Promise<Result>;
  (body: Body, options: CallOptions & { wait: false }): Promise<RunAccepted>;
  (body: Body, options?: CallOptions & { wait?: boolean }): Promise<Result | RunAccepted>;
}

export interface RunsQuery extends CallOptions {
  /** The page size, up to 200. */
  limit?: number;
  /** `next_cursor` of the previous page. */
  cursor?: string;
  /** `failed`: runs in which a task, or the judge, has failed, whatever their status. */
  status?: RunFilter;
  /** Words that are all in a run's id, kind, name, directory or backends. */
  search?: string;
}

export interface SessionsQuery extends CallOptions {
  backend?: string;
  status?: SessionBody["status"];
  /** How many at most, up to 200. */
  limit?: number;
  /** How many to leave out at the beginning. */
  offset?: number;
}

/** Every method rejects with `ClinvkApiError` if the server refuses, and as `fetch` does if it can't be reached. */
export interface Client {
  /** Runs tasks at once: a task file, or a list of tasks. */
  parallel: Begin<TaskFile | readonly TaskInput[], RunResponse>;
  /** Runs steps one after another. */
  chain: Begin<ChainFile, ChainResponse>;
  /** Asks several backends the same question. */
  compare: Begin<CompareBody, CompareResponse>;
  /** Asks one backend, or continues a session; `session` of the result is its id. */
  prompt: Begin<PromptBody, PromptResponse>;
  runs: {
    list(query?: RunsQuery): Promise<RunList>;
    get(run_id: string, options?: CallOptions): Promise<RunDetail>;
    /**
     * The result of a run that has ended, answers included. Its shape is the JSON document of the run's `kind`.
     */
    result<T = RunResponse>(run_id: string, options?: CallOptions): Promise<T>;
    remove(run_id: string, options?: CallOptions): Promise<Deleted>;
    cancel(run_id: string, options?: CallOptions): Promise<RunAccepted>;
    /** Resumes a run that was interrupted; `again` names ended tasks to run again. */
    resume(run_id: string, options?: CallOptions & ResumeBody): Promise<RunAccepted>;
    /**
     * All events so far, then each as it happens; ends with the run. After a lost connection the client reconnects; no
     * event is missed or repeated.
     */
    events(run_id: string, options?: FollowOptions): AsyncIterable<RunEvent>;
    /** A task's answer. */
    output(run_id: string, task_id: string, options?: CallOptions): Promise<string>;
  };
  sessions: {
    list(query?: SessionsQuery): Promise<SessionList>;
    get(session_id: string, options?: CallOptions): Promise<SessionBody>;
    remove(session_id: string, options?: CallOptions): Promise<Deleted>;
  };
  backends(options?: CallOptions): Promise<BackendList>;
  health(options?: CallOptions): Promise<Health>;
  /** In Prometheus' text format. */
  metrics(options?: CallOptions): Promise<string>;
}

/**
 * A client of one server.
 *
 * @example
 * const clinvk = createClient({ base_url: "http://127.0.0.1:8080", api_key: "your-key" });
 * const { results } = await clinvk.parallel({ tasks: [{ backend: "claude", prompt: "Review this" }] });
 */
export function createClient(options: ClientOptions): Client {
  const calls = callsOf(options);
  const { send, json } = calls;
  const get = <T>(path: string, more: CallOptions = {}) => json<T>({ method: "GET", path, ...more });
  const remove = (path: string, more: CallOptions = {}) => json<Deleted>({ method: "DELETE", path, ...more });
  const text = async (path: string, more: CallOptions = {}) => (await send({ method: "GET", path, ...more })).text();
  const result = <T>(run_id: string, more: CallOptions = {}) => get<T>(apiPath("runs", run_id, "result"), more);

  function begin<Body, Result>(name: string): Begin<Body, Result> {
    // The overloads tell the two results apart.
    return (async (body: Body, { wait = true, ...more }: CallOptions & { wait?: boolean } = {}) => {
      const headers = { Prefer: "respond-async" };
      const run = await json<RunAccepted>({ method: "POST", path: apiPath(name), headers, body, ...more });
      if (!wait) return run;
      // Not one long request: Node's `fetch` and most proxies time out if an answer does not begin for minutes.
      const events = followRun(calls, run.run_id, more);
      while (!(await events.next()).done) {
        // Only the end of the events matters.
      }
      return result<Result>(run.run_id, more);
    }) as Begin<Body, Result>;
  }

  return {
    parallel: begin("parallel"),
    chain: begin("chain"),
    compare: begin("compare"),
    prompt: begin("prompt"),
    runs: {
      list: ({ signal, ...query } = {}) =>
        json({ method: "GET", path: apiPath("runs"), query, ...(signal ? { signal } : {}) }),
      get: (run_id, more) => get(apiPath("runs", run_id), more),
      result,
      remove: (run_id, more) => remove(apiPath("runs", run_id), more),
      cancel: (run_id, more) => json({ method: "POST", path: apiPath("runs", run_id, "cancel"), ...more }),
      resume: (run_id, { again, ...more } = {}) =>
        json({ method: "POST", path: apiPath("runs", run_id, "resume"), body: again ? { again } : {}, ...more }),
      events: (run_id, more) => followRun(calls, run_id, more),
      output: (run_id, task_id, more) => text(apiPath("runs", run_id, "tasks", task_id, "output"), more),
    },
    sessions: {
      list: ({ signal, ...query } = {}) =>
        json({ method: "GET", path: apiPath("sessions"), query, ...(signal ? { signal } : {}) }),
      get: (session_id, more) => get(apiPath("sessions", session_id), more),
      remove: (session_id, more) => remove(apiPath("sessions", session_id), more),
    },
    backends: (more) => get(apiPath("backends"), more),
    health: (more) => get("/health", more),
    metrics: (more) => text("/metrics", more),
  };
}
