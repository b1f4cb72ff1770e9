// Seam 1: what an AI CLI looks like from outside. Implementations are pure: they name files and read none.

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
  /** How the field is passed on; for `partial` and `none` also what the user should know. */
  note: string;
}

/** What the executor knows about the place where an invocation will run. */
export interface InvocationContext {
  /** The task's own scratch directory (0700, removed afterwards); exists already. */
  scratch: string;
  /** How to start the CLI, e.g. `["/usr/bin/claude"]` or `[node, "/…/gemini.js"]`. */
  executable: readonly string[];
  /** The environment that clinvk itself was started with. */
  env: Readonly<Record<string, string | undefined>>;
  /** Identity of this run and task; every process of the task carries it in its environment. Absent = a dry run. */
  marker?: string;
  /** Contents of the files that `Backend.reads()` named; a file that does not exist is absent. */
  user_files: Readonly<Record<string, string>>;
  /** Set with `--offline`: where the offline model listens and which dummy key names this task to it. */
  offline?: { url: string; api_key: string };
}

/** A file to be written into, or a link to be made in, the scratch directory before the start. */
export type ScratchFile =
  | { path: string; content: string }
  /** A symbolic link at `path` to the user's own file or directory; skipped if `link_to` does not exist. */
  | { path: string; link_to: string }
  /** Nothing may be at `path`: what an earlier turn left there is removed, never what a link leads to. */
  | { path: string; removed: true };

/** One start of a CLI. Neither prompt nor system prompt is ever in `args`. */
export interface Invocation {
  file: string;
  args: string[];
  /** The whole environment of the child. */
  env: Record<string, string>;
  /** Exactly what goes to stdin, which is then closed. */
  stdin: string;
  /** `file`: the CLI loses what it prints into a pipe that is slower than itself. */
  stdout: "pipe" | "file";
  cwd: string;
  files: ScratchFile[];
  /** What a person should know about this start; the same text for every task it is true of. */
  warnings?: string[];
}

/** A call of a tool: its name as the CLI calls it, and what it is about, in one line; `shell` = `detail` is a command. */
export interface ToolCall {
  tool: string;
  detail: string;
  shell?: true;
}

/** A step of an agent, as the parser sees it in one line of output. */
export type Progress =
  /** Live answer text. */
  | { type: "text"; text: string }
  /** What was sent as text so far was not the answer yet (a tool call followed): the answer begins anew. */
  | { type: "text_reset" }
  /** `may_write`: the tool can change files or anything else outside the conversation. */
  | ({ type: "tool_call"; may_write: boolean } & ToolCall)
  /**
   * `edited`: the call was one that changes a file, and it went well. `tokens`: of all model calls of the attempt so
   * far, input and output.
   */
  | { type: "tool_result"; tool?: string; detail: string; is_error: boolean; edited?: boolean; tokens?: number }
  | ({ type: "tool_refused" } & ToolCall)
  /** A notice of the CLI that is neither text nor tool; `retry` says why where it is a retry of the CLI's own. */
  | { type: "note"; text: string; retry?: Failure }
  /** Something the user of clinvk should read (an untested version, a model that the CLI does not know). */
  | { type: "warning"; text: string };

/** How the process ended, in facts. */
export interface Exit {
  /** `null` if a signal ended it. */
  exit_code: number | null;
  signal: NodeJS.Signals | null;
  /** clinvk stopped it: then code and signal say nothing. */
  stopped?: true;
  /** First and last 64 KiB of stderr, with a note of what was dropped between them. */
  stderr: string;
  /** Bytes that arrived on stdout. */
  stdout_bytes: number;
}

/** What a task brought back. */
export interface Outcome {
  /** The answer; `undefined` = it is the text that was streamed since the last `text_reset`. */
  text?: string;
  /** The CLI's own parsed answer, where it has one for an `output_schema`. */
  structured?: unknown;
  model: string | null;
  session_id: string | null;
  usage: Usage | null;
  cost_usd: number | null;
  refusals: Refusal[] | null;
}

/** A failed attempt: why, and whatever is known all the same. */
export interface FailedOutcome {
  failure: Failure;
  partial: Outcome;
}

/** Reads one CLI process's stdout, line by line. One parser serves one attempt. */
export interface OutputParser {
  /** Takes one line without its newline; a line that is no record of this CLI is reported as a note, never thrown. */
  push(line: string): Progress[];
  /** Decides, from all lines, stderr and the exit together, what came of it. Called once, also after a stop. */
  end(exit: Exit): Result<Outcome, FailedOutcome>;
}

export interface PromptLimit {
  max: number;
  unit: "bytes" | "characters";
}

/** What `clinvk backends` can find out without spending a token. */
export interface Probe {
  /** Arguments that print the version, and how to read it from the output. */
  version_args: string[];
  parse_version(output: string): string | undefined;
  /** Its own switches against telemetry, updates and other traffic: a look at a version should talk to nobody. */
  env: Readonly<Record<string, string>>;
  /** Arguments of its command that tells whether it is logged in, where it has one. */
  auth_args?: string[];
  /** Logged in, and how that is known: from the environment, files, and the output of `auth_args`. */
  auth_state(facts: {
    env: Readonly<Record<string, string | undefined>>;
    user_files: Readonly<Record<string, string>>;
    /** Output and code of `auth_args`; absent if there are none or it could not run. */
    run?: { exit_code: number | null; stdout: string; stderr: string };
  }): { logged_in: true; how: string } | { logged_in: false };
}

/** All backends of a configuration, by name. */
export type Backends = ReadonlyMap<BackendName, Backend>;

/**
 * A backend that clinvk knows by itself: it can be installed, and clinvk can tell whether it is logged in.
 * `Backend` says what each member is.
 */
export interface BuiltIn extends Backend {
  package: string;
  tested_version: string;
  failure_words: FailureWords;
  login(command: string): string;
  probe: Probe;
  offline_hint(url: string): string[];
}

export interface Backend {
  name: BackendName;
  /** As its vendor writes it: "Claude Code". */
  title: string;
  /** Name of the executable on PATH; for a custom backend also an absolute path. */
  binary: string;
  /** npm package, and the version that clinvk is tested with; a custom backend has neither. */
  package?: string;
  tested_version?: string;
  /** Whether its results say what they cost. */
  reports_cost: boolean;
  /**
   * It honours `session` of a task; with `answered` it can go on only if something was answered before. Absent = it keeps
   * no conversations.
   */
  keeps_sessions?: "always" | "answered";
  /** It keeps conversations outside of `session.home`, too: they are still there when clinvk's session is deleted. */
  keeps_own_copy?: true;
  /** Given `session.home`, the directory in which the CLI leaves lock directories (`NAME.lock`) behind. */
  locks_in?(home: string): string;
  /** The command line that continues a conversation in the CLI itself; `command` starts the CLI on this machine. */
  resume_command?(conversation: { id: string; home: string }, command: string): string;
  prompt_limit: PromptLimit;
  support: Readonly<Record<OptionalField, Support>>;
  /** Model aliases that need no configuration. */
  models: Readonly<{ fast?: string; balanced?: string; best?: string }>;
  /** Absolute paths of the user's files whose content `invocation()` or the probe wants to see. */
  reads(env: Readonly<Record<string, string | undefined>>): string[];
  /**
   * Given the real path of the npm package directory, paths of a native binary inside it, best first. The executor
   * uses the first that exists instead of the package's script.
   */
  native_binaries?(package_dir: string, platform: NodeJS.Platform, arch: string): string[];
  /** What keeps it from taking this task at all, in a sentence; absent = nothing ever does. */
  problem?(task: Task): string | undefined;
  /** Warnings about this task that do not depend on the machine (fields that the CLI can't honour). */
  warnings(task: Task): string[];
  invocation(task: Task, context: InvocationContext): Invocation;
  /**
   * The same text for the model, in which the CLI expands nothing (`@file`, a command at the beginning): for text that
   * nobody wrote for this CLI, such as another task's answer. The prompts of untrusted tasks have gone through it.
   */
  literal(text: string): string;
  /**
   * What a stranger may have in `extra`: a flag, and what its value must be like (`null` = it takes none). Absent = nothing.
   */
  allowed_flags?: Readonly<Record<string, RegExp | null>>;
  /** `offline`: the offline model answers, and what the CLI says about the model is no news. */
  parser(task: Task, offline?: boolean): OutputParser;
  /** How to log in, in half a sentence; `command` starts the CLI on this machine. */
  login?(command: string): string;
  /** A custom backend has none: clinvk can only tell whether its program is there. */
  probe?: Probe;
  /**
   * What to set, for a person who wants to point this CLI at the offline model by hand. Without it the backend can't be
   * used with `--offline`: nothing may reach a vendor by accident.
   */
  offline_hint?(url: string): string[];
}
