// Requests and answers of the HTTP API, except the task file and the result document, with the field names of the wire.
import * as z from "zod/mini";
import { BackendName } from "./backend-name.js";
import { RunKind } from "./event.js";
import { RunResult, STATUSES, TaskResult } from "./result.js";
import { API_RUN_STATUSES, RUN_OUTCOMES } from "./run.js";

const text = (description: string) => z.string().check(z.describe(description));
const optionalText = (description: string) => z.optional(text(description));
const int = (description: string) => z.int().check(z.describe(description));
const moment = (description: string) => z.nullable(z.string().check(z.describe(`${description}: ISO 8601, UTC.`)));

/** The `code` of an error; each has one HTTP status. */
export const ERROR_STATUS = {
  bad_request: 400,
  invalid_json: 400,
  unauthorized: 401,
  forbidden: 403,
  not_found: 404,
  method_not_allowed: 405,
  request_timeout: 408,
  conflict: 409,
  body_too_large: 413,
  unsupported_media_type: 415,
  validation_failed: 422,
  rate_limited: 429,
  headers_too_large: 431,
  internal: 500,
  queue_full: 503,
  shutting_down: 503,
} as const;
export type ErrorCode = keyof typeof ERROR_STATUS;

export const ErrorDetail = z.strictObject({
  path: optionalText("Where in the body, such as `tasks[2].workdir`."),
  message: text("What is wrong there."),
  hint: optionalText("What to do about it."),
  line: z.optional(int("Line of the body, from 1.")),
  column: z.optional(int("Column of the body, from 1.")),
});
export type ErrorDetail = z.infer<typeof ErrorDetail>;

/** The body of every error. */
export const ErrorBody = z.strictObject({
  error: z.strictObject({
    code: z
      .enum(Object.keys(ERROR_STATUS) as [ErrorCode, ...ErrorCode[]])
      .check(z.describe("The kind of error, for programs.")),
    message: text("What happened and what to do, for people."),
    details: z.optional(z.array(ErrorDetail).check(z.describe("Every problem of the request's body."))),
    request_id: text("Also in the header `X-Request-Id`, and in the server's log."),
  }),
});
export type ErrorBody = z.infer<typeof ErrorBody>;

const ApiRunStatus = z
  .enum(API_RUN_STATUSES)
  .check(
    z.describe(
      "`queued`: accepted, not begun. `interrupted`: ended before its tasks did; it can be resumed. `waiting`: tasks wait for a quota. `finished`: every task has ended.",
    ),
  );

export type { ApiRunStatus, RunFilter } from "./run.js";

const RunCounts = z
  .strictObject({
    total: int("All tasks; the sum of the others."),
    completed: int("OK."),
    failed: int("FAILED and TIMEOUT."),
    canceled: int("CANCELED."),
    waiting: int("WAITING: for a quota to reset."),
    unfinished: int("Without a result so far."),
  })
  .check(z.describe("Counts of tasks by status."));

const overviewFields = {
  run_id: text("Identifies the run."),
  kind: RunKind.check(z.describe("The command, or the route, that began the run.")),
  name: optionalText("The run's name: of the task file, or the first line of the prompt."),
  first_task: optionalText("The name of its first task, for runs without a name."),
  status: ApiRunStatus,
  silent_since: z.optional(
    moment("Of a running run: its process has shown no sign of life since then; it may be suspended or gone"),
  ),
  outcome: z.optional(
    z
      .nullable(z.enum(RUN_OUTCOMES))
      .check(
        z.describe(
          "`failed`: a task, or the judge, has failed. `succeeded`: all of them have succeeded. null = not decided yet.",
        ),
      ),
  ),
  counts: RunCounts,
  start_time: moment("When it began; null = not yet"),
  last_event_time: moment("Time of the latest event; null = none yet"),
  duration_seconds: z
    .number()
    .check(z.describe("Time in which a process worked on the run, without the pauses before a resume.")),
  cost_usd: z.optional(
    z.nullable(
      z.number().check(z.describe("US dollars, the sum of what the CLIs report; null = they report nothing.")),
    ),
  ),
  offline: z.boolean().check(z.describe("Whether answers come from the offline model.")),
  dry_run: z.optional(
    z.boolean().check(z.describe("`true`: every task only showed its command; nothing was started.")),
  ),
  directory: optionalText("Absolute path of the directory in which the run was asked for."),
  backends: z.optional(
    z.array(BackendName).check(z.describe("The backends of its tasks, each once, in the order of the tasks.")),
  ),
};

/** One run in a list. */
export const RunOverviewBody = z.strictObject(overviewFields);
export type RunOverviewBody = z.infer<typeof RunOverviewBody>;

export const RunList = z.strictObject({
  runs: z.array(RunOverviewBody).check(z.describe("Newest first.")),
  next_cursor: z.nullable(text("Pass it as `cursor` to get the next page; null = this was the last one.")),
});
export type RunList = z.infer<typeof RunList>;

export const TaskState = z
  .enum(["queued", "running", "retrying", "interrupted", ...STATUSES])
  .check(
    z.describe(
      "`retrying`: an attempt failed and another one follows. `interrupted`: it was running when its run was interrupted; resuming the run starts it again. In capitals: how the task ended.",
    ),
  );
export type TaskState = z.infer<typeof TaskState>;

export const RunTask = z.strictObject({
  task_id: text("The task's `id`."),
  index: int("Position in the task file, from 0."),
  name: text("The task's `name`, or the first line of its prompt."),
  backend: BackendName.check(z.describe("Backend that does the task.")),
  model: z.nullable(text("Model that was asked for or that answered; null = the CLI's own choice.")),
  workdir: text("Absolute path."),
  tags: z.array(z.string()),
  meta: z.record(z.string(), z.unknown()),
  prompt: z.nullable(text("The prompt, secrets masked; null = it is no longer recorded.")),
  state: TaskState,
  attempt: int("The latest attempt, from 1; 0 = none yet."),
});
export type RunTask = z.infer<typeof RunTask>;

const { content: _content, structured: _structured, ...resultFields } = TaskResult.shape;
const { results: _results, judge: _judge, ...runFields } = RunResult.shape;

/** One run with its tasks. */
export const RunDetail = z.strictObject({
  ...overviewFields,
  max_parallel: int("How many of its tasks run at once, at most."),
  fail_fast: z.boolean().check(z.describe("Whether the first failure stops it.")),
  tasks: z.array(RunTask).check(z.describe("In the order of the task file.")),
  judge: z.optional(
    RunTask.check(
      z.describe("The judge, if the run has one: it starts when all tasks have ended, and is not in `tasks`."),
    ),
  ),
  result: z.optional(
    z
      .strictObject({
        ...runFields,
        judge: z.optional(z.strictObject(resultFields)),
        results: z.array(z.strictObject(resultFields)),
      })
      .check(z.describe("When the run has ended: the result document without the answers, but with the verdict.")),
  ),
});
export type RunDetail = z.infer<typeof RunDetail>;

const OldTaskResult = z.strictObject({
  ...TaskResult.shape,
  output: text("The same as `content`."),
  duration_ms: int("The same as `duration_seconds`, in milliseconds."),
});

/** The answer of a waiting call: the document of `--json`, and the names that clients of clinvoker 0.2 read. */
export const RunResponse = z.strictObject({
  ...RunResult.shape,
  completed: int("The same as `completed_tasks`."),
  failed: int("The same as `failed_tasks`."),
  total_duration_ms: int("The same as `total_duration_seconds`, in milliseconds."),
  judge: z.optional(OldTaskResult),
  results: z.array(OldTaskResult),
});
export type RunResponse = z.infer<typeof RunResponse>;

/** 202: the run continues without the caller. */
export const RunAccepted = z.strictObject({
  run_id: text("Identifies the run; the header `Location` has its address."),
  status: ApiRunStatus,
});
export type RunAccepted = z.infer<typeof RunAccepted>;

export const ResumeBody = z.strictObject({
  again: z.optional(
    z
      .union([z.literal("failed"), z.array(z.string()).check(z.minLength(1))])
      .check(
        z.describe("Run these again although they have ended: all that did not succeed, or those with these ids."),
      ),
  ),
});
export type ResumeBody = z.infer<typeof ResumeBody>;

export const Deleted = z.strictObject({ deleted: z.literal(true) });
export type Deleted = z.infer<typeof Deleted>;

export const BackendState = z.strictObject({
  name: text("The name in task files."),
  title: text("The product's name."),
  available: z.boolean().check(z.describe("Installed, starts, and logged in.")),
  installed: z.boolean(),
  version: z.nullable(text("The installed version.")),
  tested_version: z.nullable(text("The version that clinvk is tested with; null = a backend of the configuration.")),
  logged_in: z.nullable(z.boolean()),
  problem: z.nullable(text("Why it can't be used.")),
});
export type BackendState = z.infer<typeof BackendState>;

export const BackendList = z.strictObject({ backends: z.array(BackendState) });
export type BackendList = z.infer<typeof BackendList>;

/** A request without a key gets only the first two fields. */
export const Health = z.strictObject({
  status: z
    .enum(["ok", "degraded", "unhealthy"])
    .check(z.describe("`degraded`: a backend is missing, or the server is about to stop. `unhealthy`: no backend.")),
  version: text("Version of clinvk."),
  uptime_seconds: z.optional(z.number()),
  backends: z.optional(z.array(BackendState)),
  active_runs: z.optional(int("Runs under way.")),
  queued_runs: z.optional(int("Runs that wait for their turn.")),
  active_children: z.optional(int("AI CLIs under way.")),
  offline: z.optional(z.boolean().check(z.describe("Whether every run is answered by the offline model."))),
});
export type Health = z.infer<typeof Health>;
