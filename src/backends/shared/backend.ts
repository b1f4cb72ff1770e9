// Seam 1: the interface that hides each AI CLI. Implementations are pure: they name files and read none.

import type { BackendName } from "../../schema/backend-name.js";
import type { Failure } from "../../schema/failure.js";
import type { Refusal } from "../../schema/result.js";
import type { Task } from "../../schema/task.js";
import type { Usage } from "../../schema/usage.js";
import type { Result } from "../../util/result.js";
import type { FailureWords } from "../failure/classify.js";

/** Task fields that not every CLI can honour. */
export type OptionalField =
  | "model"
  | "approval_mode"
  | "sandbox_mode"
  | "max_turns"
  | "max_tokens"
  | "system_prompt"
  | "append_system_prompt"
  | "allowed_tools";

/** How far a CLI honours a field: fully, roughly (the note says what differs), or not at all. */
export interface Support {
  level: "full" | "partial" | "none";
  /** How the field is passed on; for `partial` and `none` also a note for the user. */
  note: string;
}

/** The facts that the executor has about the place where an invocation will run. */
export interface InvocationContext {
  /** The task's own scratch directory (0700, removed afterwards); exists already. */
  scratch: string;
  /** How to start the CLI, e.g. `["/usr/bin/claude"]` or `[node, "/…/gemini.js"]`. */
  executable: readonly string[];
  /** The environment that clinvk itself was started with. */
  env: Readonly<Record<string, string | undefined>>;
  /** Identifies this run and task; every process of the task has it in its environment. Absent = a dry run. */
  marker?: string;
  /** Contents of the files that `Backend.reads()` named; a file that does not exist is absent. */
  user_files: Readonly<Record<string, string>>;
  /** Why the attempt before this one failed, if the same task had one at the same backend in this run. */
  previous_failure?: Failure;
  /** Set with `--offline`: where the offline model listens and which dummy key names this task to it. */
  offline?: { url: string; api_key: string };
}

/** A file to write, a link to make, or a file to remove in the scratch directory before the start. */
export type ScratchFile =
  | { path: string; content: string }
  /** A symbolic link at `path` to the user's own file or directory; skipped if `link_to` does not exist. */
  | { path: string; link_to: string }
  /** Removes what an earlier turn left at `path`; if it is a link, only the link. */
  | { path: string; removed: true };

/** One start of a CLI. Neither prompt nor system prompt is ever in `args`. */
export interface Invocation {
  file: string;
  args: string[];
  /** The whole environment of the child; what a task runs beside its CLI, such as a check, has the same. */
  env: Record<string, string>;
  /** More variables, for the CLI alone. */
  cli_env?: Record<string, string>;
  /** Exactly what goes to stdin, which is then closed. */
  stdin: string;
  /** `file`: the CLI loses what it prints into a pipe that is slower than itself. */
  stdout: "pipe" | "file";
  cwd: string;
  files: ScratchFile[];
  /** Files in the scratch directory to which the CLI reports, by a name; their ends come to the parser as `Exit.files`. */
  reports?: Readonly<Record<string, string>>;
  /** The user has asked for the CLI's own retries: clinvk leaves them alone for as long as the task's patience lasts. */
  retries_asked?: true;
  /** Time to end for a CLI that is stopped because it retries, in milliseconds; 0 = it is killed before it asks again. */
  retry_grace_ms?: number;
  /** Warnings about this start; the same text for every task that it concerns. */
  warnings?: string[];
}

/** A tool call: the CLI's name for the tool, and the subject in one line; `shell` = `detail` is a command. */
export interface ToolCall {
  tool: string;
  detail: string;
  shell?: true;
}

/** A step of an agent, as the parser sees it in one line of output. */
export type Progress =
  /** Live answer text. */
  | { type: "text"; text: string }
  /** The text so far was not the answer (a tool call followed): the answer starts again. */
  | { type: "text_reset" }
  /** `may_write`: the tool can change files or anything else outside the conversation. */
  | ({ type: "tool_call"; may_write: boolean } & ToolCall)
  /**
   * `edited`: the call changed a file and succeeded. `tokens`: input and output of all model calls of the attempt so far.
   */
  | { type: "tool_result"; tool?: string; detail: string; is_error: boolean; edited?: boolean; tokens?: number }
  /** `ran`: the call had begun, and may have changed something before it was stopped. */
  | ({ type: "tool_refused"; ran?: true } & ToolCall)
  /** A notice of the CLI, neither text nor tool; `retry` has the cause if the CLI itself retries. */
  | { type: "note"; text: string; retry?: Failure }
  /** The CLI has printed its last record: only its exit is missing, unless it works on and prints another one. */
  | { type: "complete" }
  /** Something the user of clinvk should read (an untested version, a model that the CLI does not know). */
  | { type: "warning"; text: string };

/** The facts about the end of the process. */
export interface Exit {
  /** `null` if a signal ended it. */
  exit_code: number | null;
  signal: NodeJS.Signals | null;
  /** clinvk stopped the process, so code and signal say nothing. */
  stopped?: true;
  /** First and last 64 KiB of stderr, with a note of what was dropped between them. */
  stderr: string;
  /** Bytes that arrived on stdout. */
  stdout_bytes: number;
  /** The last MiB of each file in `Invocation.reports` that exists, by its name there. */
  files?: Readonly<Record<string, string>>;
  /** clinvk stopped the CLI because of this retry. The parser's failure then is the same, with all that it knows of it. */
  retry?: Failure;
}

/** The result of an attempt. */
export interface Outcome {
  /** The answer; `undefined` = the text streamed since the last `text_reset`. */
  text?: string;
  /** The CLI's own parsed answer, where it has one for an `output_schema`. */
  structured?: unknown;
  model: string | null;
  session_id: string | null;
  usage: Usage | null;
  cost_usd: number | null;
  refusals: Refusal[] | null;
}

/** A failed attempt: the failure, and the parts of a result that are known. */
export interface FailedOutcome {
  failure: Failure;
  partial: Outcome;
}

/** What a line of stderr says. `ours` = the CLI prints it only because the invocation asks for it: it is neither kept nor shown. */
export interface StderrLine {
  progress: Progress[];
  ours: boolean;
}

/** Reads one CLI process's stdout, line by line. One parser serves one attempt. */
export interface OutputParser {
  /** Takes one line without its newline. Reports a line that is no record of this CLI as a note; never throws. */
  push(line: string): Progress[];
  /** Takes one line of stderr as it arrives, for a CLI that tells there what stdout does not; never throws. */
  pushStderr?(line: string): StderrLine;
  /** Makes the result from all lines, stderr and the exit together. Called once, also after a stop. */
  end(exit: Exit): Result<Outcome, FailedOutcome>;
}

export interface PromptLimit {
  max: number;
  unit: "bytes" | "characters";
}

/** How `clinvk backends` finds out about a CLI without spending a token. */
export interface Probe {
  /** Arguments that print the version, and how to read it from the output. */
  version_args: string[];
  parse_version(output: string): string | undefined;
  /** The CLI's switches against telemetry, updates and other traffic: a version query should not use the network. */
  env: Readonly<Record<string, string>>;
  /** Arguments of the CLI's command that tells whether it is logged in, if it has one. */
  auth_args?: string[];
  /** Tells whether the CLI is logged in, and by what: from the environment, files, and the output of `auth_args`. */
  auth_state(facts: {
    env: Readonly<Record<string, string | undefined>>;
    user_files: Readonly<Record<string, string>>;
    /** Output and code of `auth_args`; absent if there are none or the command could not run. */
    run?: { exit_code: number | null; stdout: string; stderr: string };
  }): { logged_in: true; how: string } | { logged_in: false };
}

/** All backends of a configuration, by name. */
export type Backends = ReadonlyMap<BackendName, Backend>;

/**
 * A built-in backend: clinvk can install it and tell whether it is logged in. `Backend` documents the members.
 */
export interface BuiltIn extends Backend {
  package: string;
  tested_version: string;
  failure_words: FailureWords;
  login(command: string, env?: Readonly<Record<string, string | undefined>>): string;
  probe: Probe;
  offline_hint(url: string): string[];
}

export interface Backend {
  name: BackendName;
  /** As its vendor writes it: "Claude Code". */
  title: string;
  /** Name of the executable on PATH; for a custom backend also an absolute path. */
  binary: string;
  /** The npm package and the version with which clinvk is tested; a custom backend has neither. */
  package?: string;
  tested_version?: string;
  /** It does not tell when a tool runs: while it prints nothing, a tool may be at work. */
  hides_tool_calls?: true;
  /** Whether its results say what they cost. */
  reports_cost: boolean;
  /**
   * The backend honours `session` of a task; `answered` = it can continue only a conversation that has an answer. Absent =
   * it keeps no conversations.
   */
  keeps_sessions?: "always" | "answered";
  /** The CLI keeps conversations outside of `session.home`, too: deleting clinvk's session does not delete them. */
  keeps_own_copy?: true;
  /** Given `session.home`, the directory in which the CLI leaves lock directories (`NAME.lock`) behind. */
  locks_in?(home: string): string;
  /** The command line that continues a conversation in the CLI itself; `command` starts the CLI on this machine. */
  resume_command?(conversation: { id: string; home: string }, command: string): string;
  prompt_limit: PromptLimit;
  support: Readonly<Record<OptionalField, Support>>;
  /** Model aliases that need no configuration. */
  models: Readonly<{ fast?: string; balanced?: string; best?: string }>;
  /** Absolute paths of the user's files that `invocation()` or the probe needs; `extra` = the task's own flags. */
  reads(env: Readonly<Record<string, string | undefined>>, extra: readonly string[]): string[];
  /**
   * Names of the variables that this CLI needs and no other program: its vendor's keys, addresses and switches, and what a
   * cloud needs where they choose one. A `*` at the end stands for anything. A stranger's task gets no other keys.
   * `env` includes the config's.
   */
  env_names(
    task: Pick<Task, "untrusted" | "extra">,
    context: Pick<InvocationContext, "env" | "user_files">,
  ): readonly string[];
  /**
   * Given the real path of the npm package directory, paths of a native binary inside it, best first. The executor
   * uses the first that exists instead of the package's script.
   */
  native_binaries?(package_dir: string, platform: NodeJS.Platform, arch: string): string[];
  /** Why the backend can't take this task at all, in a sentence; absent = it takes every task. */
  problem?(task: Task): string | undefined;
  /** Warnings about this task that do not depend on the machine (fields that the CLI can't honour). */
  warnings(task: Task): string[];
  invocation(task: Task, context: InvocationContext): Invocation;
  /**
   * Escapes a text so that the CLI expands nothing in it (`@file`, a command at the beginning) and the model reads the same.
   * For text that was not written for this CLI, such as another task's answer, and for the prompts of untrusted tasks.
   */
  literal(text: string): string;
  /**
   * Flags that an untrusted task may have in `extra`, with a pattern for the value (`null` = no value). Absent = none.
   */
  allowed_flags?: Readonly<Record<string, RegExp | null>>;
  /** `offline`: the offline model answers, so the parser drops what the CLI says about an unknown model. */
  parser(task: Task, offline?: boolean): OutputParser;
  /** How to log in, in half a sentence; `command` starts the CLI on this machine, `env` is the task's environment. */
  login?(command: string, env?: Readonly<Record<string, string | undefined>>): string;
  /** Absent for a custom backend: clinvk can only tell whether its program exists. */
  probe?: Probe;
  /**
   * Settings for a person who points this CLI at the offline model by hand. Without them the backend can't be used with
   * `--offline`: no request may reach a vendor by accident.
   */
  offline_hint?(url: string): string[];
}
