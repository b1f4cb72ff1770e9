// Turns one task as written into the task as it will run: task > defaults > backends.NAME > unified_flags > built-in.

import { accessSync, constants, statSync } from "node:fs";
import { resolve } from "node:path";
import type { Backend, Backends } from "../backends/shared/backend.js";
import type { LoadedConfig } from "../config/load.js";
import type { Report } from "../document/diagnostics.js";
import type { BackendName } from "../schema/backend-name.js";
import { type Config, IDLE_TIMEOUT_SECS, TOOL_IDLE_TIMEOUT_SECS } from "../schema/config.js";
import type { BackendConfig } from "../schema/config-backend.js";
import { DEFAULT_PATIENCE_SECONDS, RETRIED_KINDS } from "../schema/failure-kinds/kinds.js";
import type { Task, TaskSession } from "../schema/task.js";
import type { TaskDefaults, TaskInput } from "../schema/task-input.js";
import { cut } from "../util/cut.js";
import { omitUndefined } from "../util/omit-undefined.js";
import { promptForStdin } from "./prompt.js";

/** A longer answer means that the CLI is out of control. */
const OUTPUT_LIMIT_BYTES = 64 * 1024 * 1024;

export interface ResolveRequest {
  config: LoadedConfig;
  /** Whether the run is a dry run. */
  dry_run: boolean | undefined;
  /** Text that is appended to the prompt. */
  context: string | undefined;
  session?: TaskSession;
  cwd: string;
  backends: Backends;
  flags: { offline?: boolean };
  /** The tasks come from outside; see `Task.untrusted`. */
  untrusted?: boolean;
}

/** Resolves a task, its fallbacks included. */
export function resolveTask(request: ResolveRequest, source: TaskToResolve, report: Report): Task {
  const { input, defaults } = source;
  const backend = input.backend ?? defaults.backend ?? "";
  const task = resolveFor(request, backend, source, report);
  const fallbacks = (input.fallback ?? defaults.fallback ?? [])
    .filter((name) => name !== backend)
    .map((name) =>
      resolveFor(
        request,
        name,
        { ...source, input: forOtherBackend(input), defaults: forOtherBackend(defaults) },
        report,
      ),
    );
  return Object.freeze({ ...task, fallbacks });
}

/** Keeps only what another CLI understands: aliases, but no model names and no flags of a CLI. */
function forOtherBackend<T extends TaskInput | TaskDefaults>(input: T): T {
  const { extra: _, model, ...rest } = input;
  return { ...rest, ...(isAlias(model) ? { model } : {}) } as T;
}

/** A task as written. */
export interface TaskToResolve {
  index: number;
  id: string;
  /** Where it stands in the file, such as `tasks[2]`. */
  at: string;
  input: TaskInput;
  defaults: TaskDefaults;
}

function resolveFor(request: ResolveRequest, name: BackendName, source: TaskToResolve, report: Report): Task {
  const { input, defaults, at } = source;
  const { config, origin } = request.config;
  const own = config.backends?.[name] ?? {};
  // The reader of the file has already reported an unknown name.
  const backend = request.backends.get(name);
  const unified = config.unified_flags ?? {};
  const prompt = input.prompt ?? "";
  if (own.enabled === false) report(`${at}.backend`, `${name} is disabled in ${origin(`backends.${name}.enabled`)}`);
  const untrusted = request.untrusted ?? false;
  const sent = backend && promptForStdin({ text: () => prompt, context: request.context }, { untrusted }, backend);
  if (sent?.ok === false) report(`${at}.prompt`, sent.error);
  if (request.flags.offline && backend && backend.offline_hint === undefined)
    report(
      `${at}.backend`,
      `${name} can't be used with --offline: it has no setting for the offline model's address`,
      `set backends.${name}.offline_env in the configuration`,
    );

  const model = resolveModel(
    name,
    backend?.models ?? {},
    own,
    input.model ?? defaults.model ?? own.model,
    (message, hint) =>
      report(
        input.model === undefined && defaults.model !== undefined ? "defaults.model" : `${at}.model`,
        message,
        hint,
      ),
  );
  const task: Task = {
    index: source.index,
    id: source.id,
    name: input.name ?? shortName(prompt),
    backend: name,
    prompt,
    workdir: resolveWorkdir(request.cwd, source, report),
    approval_mode:
      input.approval_mode ?? defaults.approval_mode ?? own.approval_mode ?? unified.approval_mode ?? "default",
    sandbox_mode: input.sandbox_mode ?? defaults.sandbox_mode ?? own.sandbox_mode ?? unified.sandbox_mode ?? "default",
    max_turns: input.max_turns ?? defaults.max_turns ?? own.max_turns ?? unified.max_turns ?? 0,
    max_tokens: input.max_tokens ?? defaults.max_tokens ?? unified.max_tokens ?? 0,
    ...omitUndefined({
      model,
      system_prompt: input.system_prompt ?? defaults.system_prompt ?? own.system_prompt,
      append_system_prompt: input.append_system_prompt ?? defaults.append_system_prompt,
      max_cost_usd: input.max_cost_usd ?? defaults.max_cost_usd,
      max_total_tokens: input.max_total_tokens ?? defaults.max_total_tokens,
      output_schema: input.output_schema ?? defaults.output_schema,
      expect: input.expect ?? defaults.expect,
      session: request.session,
      pass_env: own.pass_env,
      retries: input.retries ?? defaults.retries ?? config.retry?.retries,
    }),
    allowed_tools: own.allowed_tools ?? [],
    verbose: input.verbose ?? defaults.verbose ?? unified.verbose ?? false,
    dry_run: request.dry_run ?? input.dry_run ?? defaults.dry_run ?? unified.dry_run ?? false,
    extra: [...(own.extra_flags ?? []), ...(input.extra ?? defaults.extra ?? [])],
    env: own.env ?? {},
    alone_in_workdir: false,
    mcp: input.mcp ?? defaults.mcp ?? false,
    untrusted,
    tags: input.tags ?? defaults.tags ?? [],
    meta: input.meta ?? defaults.meta ?? {},
    timeout_seconds: input.timeout_seconds ?? defaults.timeout_seconds ?? unified.command_timeout_secs ?? 0,
    ...idleLimits(input.idle_timeout_seconds ?? defaults.idle_timeout_seconds, unified, backend),
    patience_seconds:
      input.patience_seconds ?? defaults.patience_seconds ?? config.retry?.patience_seconds ?? DEFAULT_PATIENCE_SECONDS,
    retry_on: input.retry_on ?? defaults.retry_on ?? config.retry?.retry_on ?? RETRIED_KINDS,
    retry_on_side_effects: input.retry_on_side_effects ?? defaults.retry_on_side_effects ?? false,
    fallbacks: [],
    fallback_on: input.fallback_on ?? defaults.fallback_on ?? [],
    output_limit_bytes: input.output_limit_bytes ?? defaults.output_limit_bytes ?? OUTPUT_LIMIT_BYTES,
  };
  if (untrusted && task.mcp)
    report(
      input.mcp === undefined ? "defaults.mcp" : `${at}.mcp`,
      "`mcp: true` is not for a task that comes from outside",
    );
  const problem = backend?.problem?.(task);
  if (problem !== undefined) report(at, problem);
  return task;
}

/** How long the CLI may be silent. A limit that the author sets always holds; the default one leaves more time to tools. */
function idleLimits(
  given: number | undefined,
  { idle_timeout_secs: idle = IDLE_TIMEOUT_SECS, tool_idle_timeout_secs }: NonNullable<Config["unified_flags"]>,
  backend: Backend | undefined,
): Pick<Task, "idle_timeout_seconds" | "tool_idle_timeout_seconds"> {
  if (given !== undefined) return { idle_timeout_seconds: given };
  const tool = tool_idle_timeout_secs ?? TOOL_IDLE_TIMEOUT_SECS;
  // A tool is never given less time than a model.
  const tool_idle_timeout_seconds = idle === 0 || tool === 0 ? 0 : Math.max(idle, tool);
  return {
    idle_timeout_seconds: backend?.hides_tool_calls ? tool_idle_timeout_seconds : idle,
    tool_idle_timeout_seconds,
  };
}

type Alias = "fast" | "balanced" | "best";

function isAlias(model: string | undefined): model is Alias {
  return model === "fast" || model === "balanced" || model === "best";
}

/** An alias becomes the model that it stands for; any other name is the backend's business. */
function resolveModel(
  name: BackendName,
  models: Backend["models"],
  own: BackendConfig,
  wanted: string | undefined,
  report: (message: string, hint: string) => void,
): string | undefined {
  if (!isAlias(wanted)) return wanted;
  const model = own.models?.[wanted] ?? models[wanted];
  if (model === undefined)
    report(
      `${name} has no model for the alias \`${wanted}\``,
      `set backends.${name}.models.${wanted} in the configuration file, or name a model`,
    );
  return model;
}

function resolveWorkdir(cwd: string, { at, input, defaults }: TaskToResolve, report: Report): string {
  const workdir = resolve(cwd, input.workdir ?? defaults.workdir ?? ".");
  const wrong = notADirectory(workdir);
  if (wrong !== undefined)
    report(input.workdir === undefined && defaults.workdir !== undefined ? "defaults.workdir" : `${at}.workdir`, wrong);
  return workdir;
}

function notADirectory(path: string): string | undefined {
  try {
    if (!statSync(path).isDirectory()) return `${path} is not a directory`;
    accessSync(path, constants.X_OK);
    return undefined;
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === "EACCES") return `the directory ${path} may not be entered: permission denied`;
    return code === "ENOENT" || code === "ENOTDIR"
      ? `the directory ${path} does not exist`
      : `can't use ${path}: ${code}`;
  }
}

/** The first line of a prompt, cut to 40 characters: the name of a task or a run that has none. */
export function shortName(prompt: string): string {
  const line = prompt.trimStart().split(/[\r\n]/, 1)[0] ?? "";
  return cut(line, 40);
}
