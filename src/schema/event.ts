// The events of a run: the one stream that the journal, every report, the library and the server consume.
import * as z from "zod/mini";
import { BackendName } from "./backend-name.js";
import { EVENT_VERSION } from "./event-version.js";
import { Failure } from "./failure.js";
import { TaskRecord, Vote } from "./result.js";
import { RUN_KINDS } from "./run.js";

const head = {
  v: z.literal(EVENT_VERSION),
  /** 1, 2, 3, … without gaps within a run. */
  seq: z.int(),
  /** ISO 8601, UTC. */
  time: z.string(),
  run_id: z.string(),
};

const ofTask = { task_id: z.string(), attempt: z.int() };

export const PlannedTask = z.strictObject({
  task_id: z.string(),
  index: z.int(),
  name: z.string(),
  backend: BackendName,
  workdir: z.string(),
  model: z.nullable(z.string()),
  verbose: z.boolean(),
  tags: z.array(z.string()),
  meta: z.record(z.string(), z.unknown()),
});
export type PlannedTask = z.infer<typeof PlannedTask>;

/** The commands, and the routes, that run tasks. */
export const RunKind = z.enum(RUN_KINDS);
export type RunKind = z.infer<typeof RunKind>;

/** First event of every run. */
export const RunStarted = z.strictObject({
  ...head,
  type: z.literal("run_started"),
  /** Absent in journals of version 0.1: then it was `parallel`. */
  kind: z._default(RunKind, "parallel"),
  /** From the task file or its author; for a prompt or a comparison, the first line of the prompt. Absent = no name. */
  name: z.optional(z.string()),
  /** `true` = every task only shows its command. */
  dry_run: z.optional(z.boolean()),
  /** Absolute path of the directory in which the run was asked for. */
  directory: z.optional(z.string()),
  total_tasks: z.int(),
  max_parallel: z.int(),
  fail_fast: z.boolean(),
  /** Answers come from the offline model, not from a vendor's. */
  offline: z.boolean(),
  /** The W3C trace context of the HTTP request that asked for the run. */
  traceparent: z.optional(z.string()),
  /** Id of the session that the run is a turn of. */
  session: z.optional(z.string()),
  /** Of a comparison: the prompt of all tasks, without piped context. */
  prompt: z.optional(z.string()),
  tasks: z.array(PlannedTask),
  /** Starts when all tasks have ended; not counted in `total_tasks`. */
  judge: z.optional(PlannedTask),
});

/** The run continues in a new process; tasks with a `task_finished` before this event are not run again. */
export const RunResumed = z.strictObject({
  ...head,
  type: z.literal("run_resumed"),
  /** Ids of the tasks that are run again or for the first time. */
  remaining: z.array(z.string()),
});

/** A message for a person; the run continues. */
export const Warning = z.strictObject({
  ...head,
  type: z.literal("warning"),
  message: z.string(),
  task_id: z.optional(z.string()),
});

/** An attempt at a task begins; `command` is the exact command line, shell-quoted, environment values left out. */
export const TaskStarted = z.strictObject({
  ...head,
  type: z.literal("task_started"),
  ...ofTask,
  command: z.string(),
});

/** Live answer text, in order; what counts in the end is the result's `content`. */
export const TaskOutput = z.strictObject({
  ...head,
  type: z.literal("task_output"),
  ...ofTask,
  text: z.string(),
});

/** The agent's actions: tool calls, refused calls, the CLI's own notes and stderr. */
export const TaskActivity = z.strictObject({
  ...head,
  type: z.literal("task_activity"),
  ...ofTask,
  kind: z.enum(["tool_call", "tool_result", "tool_refused", "note", "stderr"]),
  /** One line or a few, cut to a readable length. A command of a shell begins with `$ `. */
  text: z.string(),
  tool: z.optional(z.string()),
  /** Tokens that the attempt has used so far, input and output, if the CLI reports them before its end. */
  tokens: z.optional(z.int()),
});

const patience = {
  /** The service asks for a pause of this length; absent = clinvk has chosen it. */
  asked_by_service: z.optional(z.literal(true)),
  /** From then on (ISO 8601, UTC) no further attempt begins, unless the service has answered meanwhile. */
  patience_until: z.optional(z.string()),
};

/** The attempt failed and another one follows. */
export const TaskRetrying = z.strictObject({
  ...head,
  type: z.literal("task_retrying"),
  ...ofTask,
  failure: Failure,
  /** 0 = as soon as there is a free slot. */
  delay_seconds: z.number(),
  /** The backend of the next attempt. */
  backend: BackendName,
  ...patience,
});

/** A backend's lane changed how many tasks it runs at once: less when throttled, more as it recovers. */
export const LaneChanged = z.strictObject({
  ...head,
  type: z.literal("lane_changed"),
  backend: BackendName,
  limit: z.int(),
  reason: z.enum(["throttled", "recovered"]),
});

/** A backend's quota is used up: its lane starts nothing before `until` (ISO 8601, UTC). */
export const LaneParked = z.strictObject({
  ...head,
  type: z.literal("lane_parked"),
  backend: BackendName,
  until: z.string(),
  failure: Failure,
});

/**
 * A backend throttles or is overloaded: its lane starts nothing before `until` (ISO 8601, UTC), then one task, and the others
 * only when that one is answered. A later one of the same backend replaces it; `lane_changed` with `recovered` ends it.
 */
export const LanePaused = z.strictObject({
  ...head,
  type: z.literal("lane_paused"),
  backend: BackendName,
  until: z.string(),
  failure: Failure,
  ...patience,
});

/** Last event of a task, exactly one for each, also for those that never started. */
export const TaskFinished = z.strictObject({
  ...head,
  type: z.literal("task_finished"),
  ...ofTask,
  result: TaskRecord,
});

/** Last event of every run. */
export const RunFinished = z.strictObject({
  ...head,
  type: z.literal("run_finished"),
  /** Why the run ended before its tasks; absent if it did not. */
  interrupted_by: z.optional(z.enum(["SIGINT", "SIGTERM", "SIGHUP", "abort", "output_closed"])),
  total_duration_seconds: z.number(),
  /** The votes, if the run counts votes and was not interrupted. */
  vote: z.optional(Vote),
});

export const RunEvent = z.discriminatedUnion("type", [
  RunStarted,
  RunResumed,
  Warning,
  TaskStarted,
  TaskOutput,
  TaskActivity,
  TaskRetrying,
  LaneChanged,
  LaneParked,
  LanePaused,
  TaskFinished,
  RunFinished,
]);
export type RunEvent = z.infer<typeof RunEvent>;

/** An event as its producer makes it: the run adds `v`, `seq`, `time` and `run_id`. */
export type RunEventBody = RunEvent extends infer E
  ? E extends RunEvent
    ? Omit<E, "v" | "seq" | "time" | "run_id">
    : never
  : never;
export type RunStartedBody = Extract<RunEventBody, { type: "run_started" }>;
