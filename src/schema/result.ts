// Results: one per task, and the document that `--json` prints and `summary.json` holds.

import * as z from "zod/mini";
import { BackendName } from "./backend-name.js";
import { Failure } from "./failure.js";
import { Usage } from "./usage.js";

export const STATUSES = ["OK", "FAILED", "TIMEOUT", "CANCELED", "WAITING"] as const;
export const Status = z.enum(STATUSES);
export type Status = z.infer<typeof Status>;

/** Exit codes that clinvk sets itself: the same as `timeout` and shells use. */
export const TASK_EXIT = { failed: 1, timeout: 124, not_installed: 127, canceled: 130 } as const;

/** A tool call that the CLI refused to carry out. */
export const Refusal = z.strictObject({ tool: z.string(), detail: z.optional(z.string()) });
export type Refusal = z.infer<typeof Refusal>;

/** Where an answer above the in-memory limit is kept during the run. */
export const ContentFile = z.strictObject({ path: z.string(), bytes: z.number() });
export type ContentFile = z.infer<typeof ContentFile>;

const resultFields = {
  task_id: z.string(),
  /** Position in the task file, from 0. */
  index: z.int(),
  name: z.string(),
  backend: BackendName,
  status: Status,
  /** The CLI's own code if it is not 0; else 0 only if OK, 1 failed, 124 TIMEOUT, 130 CANCELED, 128+n signal n, 127 not installed. */
  exit_code: z.int(),
  /** The answer, never trimmed; what had arrived if the task did not succeed. */
  content: z.string(),
  failure: z.optional(Failure),
  /** The parsed answer, if the task has an `output_schema` and the answer satisfies it. */
  structured: z.optional(z.unknown()),
  /** The planned backend, if a fallback (`backend`) took over. */
  fallback_from: z.optional(BackendName),
  /** First start to end, retries included, queue excluded. */
  duration_seconds: z.number(),
  model: z.nullable(z.string()),
  session_id: z.nullable(z.string()),
  usage: z.nullable(Usage),
  /** US dollars; `null` = unknown. */
  cost_usd: z.nullable(z.number()),
  attempts: z.int(),
  /** Tool calls that were refused; `null` = this CLI does not report them. */
  refusals: z.nullable(z.array(Refusal)),
  tags: z.array(z.string()),
  meta: z.record(z.string(), z.unknown()),
  workdir: z.string(),
  /** ISO 8601, UTC; `null` if the task never started. */
  start_time: z.nullable(z.string()),
  end_time: z.nullable(z.string()),
  /** Dry run only: the exact command, shell-quoted. */
  command: z.optional(z.string()),
};

/** One task's result, as in `results[]` of `--json`. */
export const TaskResult = z.strictObject(resultFields);
export type TaskResult = z.infer<typeof TaskResult>;

/** The same inside the event stream: a large answer travels as a file of the run (then `content` is empty). */
export const TaskRecord = z.strictObject({ ...resultFields, content_file: z.optional(ContentFile) });
export type TaskRecord = z.infer<typeof TaskRecord>;

const voteOf = <T extends z.ZodMiniType>(value: T) =>
  z.strictObject({ task_id: z.string(), backend: BackendName, value });

/** Votes that are numbers. */
export const NumberVote = z.strictObject({
  of: z.literal("number"),
  votes: z.array(voteOf(z.number())),
  mean: z.nullable(z.number()),
  median: z.nullable(z.number()),
  /** `stdev` is the standard deviation of the votes themselves (population). */
  spread: z.nullable(z.strictObject({ min: z.number(), max: z.number(), stdev: z.number() })),
  missing: z.array(z.string()),
});

/** Votes that are words; upper and lower case are the same. */
export const ChoiceVote = z.strictObject({
  of: z.literal("choice"),
  votes: z.array(voteOf(z.string())),
  /** Most votes first. */
  counts: z.array(z.strictObject({ value: z.string(), count: z.int() })),
  majority: z.nullable(z.string()),
  /** Empty if there is no majority. */
  minority: z.array(
    z.strictObject({ task_id: z.string(), backend: BackendName, value: z.string(), answer: z.string() }),
  ),
  missing: z.array(z.string()),
});

/** The result of the votes in the answers. */
export const Vote = z.discriminatedUnion("of", [NumberVote, ChoiceVote]);
export type Vote = z.infer<typeof Vote>;

/** The document of `--json`. completed + failed + canceled + waiting = total, always. */
export const RunResult = z.strictObject({
  run_id: z.string(),
  /** Answers come from the offline model, not from a vendor's; absent otherwise. */
  offline: z.optional(z.literal(true)),
  total_tasks: z.int(),
  completed_tasks: z.int(),
  /** FAILED and TIMEOUT. */
  failed_tasks: z.int(),
  canceled_tasks: z.int(),
  waiting_tasks: z.int(),
  /** Wall clock. */
  total_duration_seconds: z.number(),
  start_time: z.string(),
  end_time: z.string(),
  /** Sum over the tasks that report it; `null` if none does. */
  usage: z.nullable(Usage),
  /** Sum over the tasks whose cost is known; `null` if none is. */
  cost_usd: z.nullable(z.number()),
  /** What the run warned of; those of a task begin with its id. Absent if there are none. */
  warnings: z.optional(z.array(z.string())),
  /** Of a prompt: id of the session that keeps it. */
  session: z.optional(z.string()),
  /** Of a run that counts votes. */
  vote: z.optional(Vote),
  /** Of a run with a judge: its answer, `null` if it gave none. */
  verdict: z.optional(z.nullable(z.string())),
  /** The judge's own result. */
  judge: z.optional(TaskResult),
  results: z.array(TaskResult),
});
export type RunResult = z.infer<typeof RunResult>;

/** One step's result, as in `results[]` of `clinvk chain --json`. */
export const StepResult = z.strictObject({
  /** From 1. */
  step: z.int(),
  ...resultFields,
  /** The same text as `content`. */
  output: z.string(),
});
export type StepResult = z.infer<typeof StepResult>;

/** The document of `clinvk chain --json`. */
export const ChainResult = z.strictObject({
  run_id: z.string(),
  /** Answers come from the offline model, not from a vendor's; absent otherwise. */
  offline: z.optional(z.literal(true)),
  total_steps: z.int(),
  completed_steps: z.int(),
  /** Number of the first step that failed; 0 = none. */
  failed_step: z.int(),
  total_duration_seconds: z.number(),
  start_time: z.string(),
  end_time: z.string(),
  usage: z.nullable(Usage),
  cost_usd: z.nullable(z.number()),
  /** What the run warned of; those of a task begin with its id. Absent if there are none. */
  warnings: z.optional(z.array(z.string())),
  results: z.array(StepResult),
});
export type ChainResult = z.infer<typeof ChainResult>;

/** One backend's result, as in `results[]` of `clinvk compare --json`. */
export const ComparedResult = z.strictObject({ ...resultFields, output: z.string() });
export type ComparedResult = z.infer<typeof ComparedResult>;

/** The document of `clinvk compare --json`. */
export const CompareResult = z.strictObject({
  run_id: z.string(),
  /** Answers come from the offline model, not from a vendor's; absent otherwise. */
  offline: z.optional(z.literal(true)),
  prompt: z.string(),
  backends: z.array(BackendName),
  total_duration_seconds: z.number(),
  start_time: z.string(),
  end_time: z.string(),
  usage: z.nullable(Usage),
  cost_usd: z.nullable(z.number()),
  /** What the run warned of; those of a task begin with its id. Absent if there are none. */
  warnings: z.optional(z.array(z.string())),
  results: z.array(ComparedResult),
});
export type CompareResult = z.infer<typeof CompareResult>;
