// The shape of a Plan: all that a run will do, with nothing left to decide. Types only: engine, store and reports read
// plans without the code that makes them.

import type { OfflineScript } from "../offline/script.js";
import type { BackendName } from "../schema/backend-name.js";
import type { Price } from "../schema/config-backend.js";
import type { RunKind } from "../schema/event.js";
import type { Task } from "../schema/task.js";
import type { OnQuota } from "../schema/task-input.js";
import type { VoteRule } from "../schema/vote.js";

/** Prices by backend and model. */
export type Prices = Readonly<Partial<Record<Task["backend"], Readonly<Record<string, Price>>>>>;

/** How votes are counted. */
export interface VotePlan extends Pick<VoteRule, "extract" | "of"> {
  /** The tasks that vote. */
  task_ids: readonly string[];
}

/** All that a run will do, with nothing left to decide. */
export interface Plan {
  run_id: string;
  /** The command that the plan belongs to. */
  kind: RunKind;
  /** The run's name in lists and reports; absent = it has none. Plans of version 0.1 lack this field and the next two. */
  name?: string;
  /** Every task only shows its command. */
  dry_run?: true;
  /** Absolute path of the directory in which the user started the run. */
  directory?: string;
  /** In file order; only the selected ones. */
  tasks: readonly Task[];
  /** Starts when all tasks have ended; see `plan/stages.ts`. */
  judge?: Task;
  vote?: VotePlan;
  /** For a comparison: the prompt of all its tasks. */
  prompt?: string;
  max_parallel: number;
  /** Caps of single backends. */
  lane_caps: Readonly<Record<BackendName, number>>;
  fail_fast: boolean;
  on_quota: OnQuota;
  /** 0 = none. */
  deadline_seconds: number;
  max_cost_usd?: number;
  max_total_tokens?: number;
  prices: Prices;
  /** Whether the text report shows the summary table. */
  aggregate_output: boolean;
  /** Absolute path. */
  output_dir?: string;
  /** Piped text that is appended to every prompt; kept once, not per task. */
  context?: string;
  /** Answers come from the offline model. */
  offline: boolean;
  /** The script of the offline model. */
  offline_script?: OfflineScript;
  /** The W3C trace context of the request that asked for the run. */
  traceparent?: string;
  /** Id of the session to which the run belongs as one turn. */
  session?: string;
  /** For a person, once each. */
  warnings: readonly string[];
}

/** Flags of the command line, or options from a program: they win over file and configuration. */
export interface PlanFlags {
  max_parallel?: number;
  fail_fast?: boolean;
  output_dir?: string;
  dry_run?: boolean;
  only?: string[];
  tags?: string[];
  on_quota?: OnQuota;
  offline?: boolean;
}
