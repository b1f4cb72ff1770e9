// The flags that two or more commands share, each declared once: spelling, commands, help, and field in the plan.
// In the order of the help texts.
import type { PlanFlags } from "../../plan/plan.js";
import { BACKEND_NAMES } from "../../schema/built-in.js";
import { PROMPT_FORMATS } from "../../schema/config.js";
import { ON_QUOTA } from "../../schema/task-input.js";
import { PROGRESS } from "./progress-flag.js";

/** The commands that run something, or serve runs. */
export type RunCommand =
  | "parallel"
  | "chain"
  | "compare"
  | "prompt"
  | "resume"
  | "runs resume"
  | "runs retry"
  | "runs report"
  | "serve";

export interface RunFlag {
  /** As the help shows it. The long name in camel case is the key of the table. */
  flags: string;
  commands: readonly RunCommand[];
  help: string;
  /** Other help texts, by command. */
  help_of?: Readonly<Partial<Record<RunCommand, string>>>;
  /** Help of the flag that says the opposite, `--no-…`. */
  opposite?: string;
  choices?: readonly string[];
  /** `list`: separated by commas; `many`: may be given several times; `once`: a second value is an error. */
  value?: "list" | "many" | "once";
  /** The command that requires it. */
  required_by?: RunCommand;
  /** Its field in the plan's flags; absent = the plan does not use it. */
  plan?: keyof PlanFlags;
}

const FILES = ["parallel", "chain"] as const;
const RUNS = [...FILES, "compare"] as const;
const PROMPTS = ["prompt", "resume"] as const;
const AGAIN = ["runs resume", "runs retry"] as const;

export const RUN_FLAGS = {
  file: {
    flags: "-f, --file <file>",
    commands: FILES,
    help: "the same as FILE",
    value: "once",
  },
  backend: {
    flags: "-b, --backend <name>",
    commands: PROMPTS,
    help: `${BACKEND_NAMES.join(", ")}, or a backend of the configuration`,
  },
  model: { flags: "-m, --model <model>", commands: PROMPTS, help: "a full name, or fast, balanced, best" },
  outputFormat: {
    flags: "-o, --output-format <format>",
    commands: PROMPTS,
    help: "what to print",
    choices: PROMPT_FORMATS,
  },
  timeout: { flags: "--timeout <seconds>", commands: PROMPTS, help: "stop the task after so many seconds" },
  maxParallel: {
    flags: "--max-parallel <n>",
    commands: ["parallel"],
    help: "how many tasks run at once",
    plan: "max_parallel",
  },
  failFast: {
    flags: "--fail-fast",
    commands: ["parallel"],
    help: "stop everything at the first failure",
    opposite: "get all results even if one fails",
    plan: "fail_fast",
  },
  json: { flags: "--json", commands: [...RUNS, ...AGAIN], help: "print one JSON document instead of text" },
  quiet: { flags: "-q, --quiet", commands: [...RUNS, ...AGAIN], help: "print the summary only" },
  keepOrder: {
    flags: "-k, --keep-order",
    commands: ["parallel", "compare", ...AGAIN],
    help: "print the answers in file order",
    help_of: { compare: "print the answers in the order of the backends" },
  },
  outputDir: {
    flags: "--output-dir <dir>",
    commands: RUNS,
    help: "write each answer, and summary.json, into this directory",
    plan: "output_dir",
  },
  events: { flags: "--events <file>", commands: RUNS, help: "write the run's events as NDJSON; - for stdout" },
  report: {
    flags: "--report <report>",
    commands: [...RUNS, ...AGAIN, "runs report"],
    help: "write another report: junit=FILE, html=FILE or github (may be given several times)",
    value: "many",
    required_by: "runs report",
  },
  progress: {
    flags: "--progress <how>",
    commands: [...RUNS, ...AGAIN],
    help: "progress on stderr; auto: live on a terminal, plain lines elsewhere",
    choices: PROGRESS,
  },
  only: {
    flags: "--only <ids>",
    commands: ["parallel"],
    help: "run these tasks only (comma-separated ids or names)",
    value: "list",
    plan: "only",
  },
  tags: {
    flags: "--tags <tags>",
    commands: ["parallel"],
    help: "run only tasks with one of these tags (comma-separated)",
    value: "list",
    plan: "tags",
  },
  dryRun: {
    flags: "--dry-run",
    commands: [...RUNS, ...PROMPTS],
    help: "show the commands without starting them",
    plan: "dry_run",
  },
  stdin: {
    flags: "--stdin",
    commands: [...RUNS, ...PROMPTS],
    help: "wait for context on stdin, however long it takes",
    opposite: "never look at stdin for context",
  },
  requireStdin: {
    flags: "--require-stdin",
    commands: [...RUNS, ...PROMPTS],
    help: "run nothing if stdin brings no context",
  },
  onQuota: {
    flags: "--on-quota <what>",
    commands: [...RUNS, "runs resume"],
    help: "what to do when a quota is used up",
    choices: ON_QUOTA,
    plan: "on_quota",
  },
  journal: { flags: "--no-journal", commands: RUNS, help: "do not record the run" },
  config: {
    flags: "--config <file>",
    commands: [...RUNS, ...PROMPTS, "serve"],
    help: "configuration file instead of $CLINVK_HOME/config.yaml",
  },
  offline: {
    flags: "--offline",
    commands: [...RUNS, ...PROMPTS, "serve"],
    help: "answers come from the built-in offline model: no account, no internet",
  },
  offlineScript: {
    flags: "--offline-script <file>",
    commands: [...RUNS, ...PROMPTS, "serve"],
    help: "rules for what the offline model answers (implies --offline)",
  },
} as const satisfies Readonly<Record<string, RunFlag>>;

type ValueOf<F> = F extends { choices: readonly (infer Choice)[] }
  ? Choice
  : F extends { value: "list" | "many" }
    ? string[]
    : F extends { flags: `${string}<${string}` }
      ? string
      : boolean;

/** The typed flags. A flag that was not typed is absent, except `journal`, which is then `true`. */
export type RunFlags = { [N in keyof typeof RUN_FLAGS]?: ValueOf<(typeof RUN_FLAGS)[N]> | undefined };
