// A resolved task: the form that plans hold, and that backends and executors see.
import type { BackendName } from "./backend-name.js";
import type { Expect, OutputSchema } from "./expect.js";
import type { FailureKind } from "./failure.js";
import type { ApprovalMode, SandboxMode } from "./task-input.js";
import type { Usage } from "./usage.js";

/** A conversation that the CLI keeps, so that a later task can continue it. */
export interface TaskSession {
  /** clinvk's own id of it. */
  id: string;
  /** Absolute path of a directory (0700) that lives as long as the session, for a CLI whose home clinvk makes. */
  home: string;
  /** The CLI's id of the conversation to continue, and its usage so far; absent = a new one begins. */
  resume?: { id: string; usage: Usage | null };
}

/** A task after resolution: every default applied, nothing left to look up. This is what backends and executors see. */
export interface Task {
  /** Position in the task file, from 0. */
  index: number;
  id: string;
  name: string;
  backend: BackendName;
  /**
   * In a plan: the text of the file, with its places and without the piped text. In an attempt: the text that the
   * backend gets (see `plan/prompt.ts`).
   */
  prompt: string;
  /** Absolute path. */
  workdir: string;
  model?: string;
  approval_mode: ApprovalMode;
  sandbox_mode: SandboxMode;
  /** 0 = unlimited. */
  max_turns: number;
  /** 0 = unlimited. */
  max_tokens: number;
  system_prompt?: string;
  append_system_prompt?: string;
  /** claude `--allowedTools`, from config only. */
  allowed_tools: string[];
  verbose: boolean;
  dry_run: boolean;
  /** Flags of the config's `extra_flags` and of the task's `extra`, in that order. */
  extra: string[];
  /** Environment of the config's `backends.NAME.env`; values never appear in events. */
  env: Record<string, string>;
  /** The config's `backends.NAME.pass_env`: the CLI gets only these variables and those that it needs itself. */
  pass_env?: readonly string[];
  tags: string[];
  meta: Record<string, unknown>;
  /** 0 = no limit. */
  timeout_seconds: number;
  /** 0 = no limit. */
  idle_timeout_seconds: number;
  /** The same while a tool call is under way, 0 = no limit; absent = no other limit then, as the task's author set it. */
  tool_idle_timeout_seconds?: number;
  /** How often a failure of `retry_on` is tried again at most; absent = the user sets no limit. See `engine/retry.ts`. */
  retries?: number;
  /** How long a service or a connection that fails is tried again; 0 = not at all. */
  patience_seconds: number;
  retry_on: readonly FailureKind[];
  retry_on_side_effects: boolean;
  /** The same task, resolved for each fallback backend. */
  fallbacks: readonly Task[];
  fallback_on: readonly FailureKind[];
  /** Of all attempts together. */
  max_cost_usd?: number;
  /** Input and output, of all attempts together. */
  max_total_tokens?: number;
  /** Bytes of answer text. */
  output_limit_bytes: number;
  output_schema?: OutputSchema;
  expect?: Expect;
  /** Whether no other task of the run works in the same directory, above it or below it. */
  alone_in_workdir: boolean;
  /** Whether the CLI may start the MCP servers of the user's own settings. */
  mcp: boolean;
  /** Absent = the CLI keeps no conversation. */
  session?: TaskSession;
  /**
   * The author has fewer rights than the user of this machine: the CLI reads only our settings, and expands nothing in
   * the prompt.
   */
  untrusted: boolean;
}
