// One task as written → the task as it will be run: task > defaults > backends.NAME > unified_flags > built-in.
import { statSync } from "node:fs";
import { resolve } from "node:path";
import type { Backend } from "./backends/backend.js";
import type { LoadedConfig } from "./config.js";
import { DEFAULT_RETRIES, RETRIED_KINDS } from "./retry.js";
import type { BackendConfig } from "./schema/config.js";
import type { BackendName, Task, TaskDefaults, TaskFile, TaskInput } from "./schema/task.js";
import { given } from "./util/given.js";
import { promptWithContext } from "./util/prompt.js";

/** Answers beyond this are taken for a CLI that has lost its mind. */
const OUTPUT_LIMIT_BYTES = 64 * 1024 * 1024;

export interface ResolveRequest {
  file: TaskFile;
  config: LoadedConfig;
  /** Whether all tasks are only shown. */
  dry_run: boolean | undefined;
  context: string | undefined;
  cwd: string;
  backends: Readonly<Record<BackendName, Backend>>;
}

/** Takes a problem at a path of the task file. */
export type Report = (path: string, message: string, hint?: string) => void;

/** Resolves the task at `index`, its fallbacks included. */
export function resolveTask(request: ResolveRequest, index: number, id: string, report: Report): Task {
  const input = request.file.tasks[index] ?? {};
  const defaults = request.file.defaults ?? {};
  const backend = input.backend ?? defaults.backend ?? "claude";
  const task = resolveFor(request, backend, { index, id, input, defaults }, report);
  const fallbacks = (input.fallback ?? defaults.fallback ?? [])
    .filter((name) => name !== backend)
    .map((name) =>
      resolveFor(
        request,
        name,
        { index, id, input: forOtherBackend(input), defaults: forOtherBackend(defaults) },
        report,
      ),
    );
  return Object.freeze({ ...task, fallbacks });
}

/** A model's name and a CLI's flags mean nothing to another CLI; an alias does. */
function forOtherBackend<T extends TaskInput | TaskDefaults>(input: T): T {
  const { extra: _, model, ...rest } = input;
  return { ...rest, ...(isAlias(model) ? { model } : {}) } as T;
}

interface Source {
  index: number;
  id: string;
  input: TaskInput;
  defaults: TaskDefaults;
}

function resolveFor(request: ResolveRequest, name: BackendName, source: Source, report: Report): Task {
  const { input, defaults } = source;
  const { config, origin } = request.config;
  const own = config.backends?.[name] ?? {};
  const backend = request.backends[name];
  const unified = config.unified_flags ?? {};
  const at = `tasks[${source.index}]`;
  const prompt = input.prompt ?? "";
  if (own.enabled === false) report(`${at}.backend`, `${name} is disabled in ${origin(`backends.${name}.enabled`)}`);
  const tooLong = overLimit(backend, promptWithContext(prompt, request.context));
  if (tooLong !== undefined) report(`${at}.prompt`, tooLong);

  const model = resolveModel(backend, own, input.model ?? defaults.model ?? own.model, (message, hint) =>
    report(input.model === undefined && defaults.model !== undefined ? "defaults.model" : `${at}.model`, message, hint),
  );
  return {
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
    ...given({
      model,
      system_prompt: input.system_prompt ?? defaults.system_prompt ?? own.system_prompt,
      append_system_prompt: input.append_system_prompt ?? defaults.append_system_prompt,
      max_cost_usd: input.max_cost_usd ?? defaults.max_cost_usd,
      max_total_tokens: input.max_total_tokens ?? defaults.max_total_tokens,
      output_schema: input.output_schema ?? defaults.output_schema,
      expect: input.expect ?? defaults.expect,
    }),
    allowed_tools: own.allowed_tools ?? [],
    verbose: input.verbose ?? defaults.verbose ?? unified.verbose ?? false,
    dry_run: request.dry_run ?? input.dry_run ?? defaults.dry_run ?? unified.dry_run ?? false,
    extra: [...(own.extra_flags ?? []), ...(input.extra ?? defaults.extra ?? [])],
    env: own.env ?? {},
    alone_in_workdir: false,
    mcp: input.mcp ?? defaults.mcp ?? false,
    tags: input.tags ?? defaults.tags ?? [],
    meta: input.meta ?? defaults.meta ?? {},
    timeout_seconds: input.timeout_seconds ?? defaults.timeout_seconds ?? unified.command_timeout_secs ?? 0,
    idle_timeout_seconds: input.idle_timeout_seconds ?? defaults.idle_timeout_seconds ?? 0,
    retries: input.retries ?? defaults.retries ?? config.retry?.retries ?? DEFAULT_RETRIES,
    retry_on: input.retry_on ?? defaults.retry_on ?? config.retry?.retry_on ?? RETRIED_KINDS,
    retry_on_side_effects: input.retry_on_side_effects ?? defaults.retry_on_side_effects ?? false,
    fallbacks: [],
    fallback_on: input.fallback_on ?? defaults.fallback_on ?? [],
    output_limit_bytes: input.output_limit_bytes ?? defaults.output_limit_bytes ?? OUTPUT_LIMIT_BYTES,
  };
}

type Alias = "fast" | "balanced" | "best";

function isAlias(model: string | undefined): model is Alias {
  return model === "fast" || model === "balanced" || model === "best";
}

/** An alias becomes the model that it stands for; any other name is the backend's business. */
function resolveModel(
  backend: Backend,
  own: BackendConfig,
  wanted: string | undefined,
  report: (message: string, hint: string) => void,
): string | undefined {
  if (!isAlias(wanted)) return wanted;
  const model = own.models?.[wanted] ?? backend.models[wanted];
  if (model === undefined)
    report(
      `${backend.name} has no model for the alias \`${wanted}\``,
      `set backends.${backend.name}.models.${wanted} in the configuration file, or name a model`,
    );
  return model;
}

function resolveWorkdir(cwd: string, { index, input, defaults }: Source, report: Report): string {
  const workdir = resolve(cwd, input.workdir ?? defaults.workdir ?? ".");
  const wrong = notADirectory(workdir);
  if (wrong !== undefined)
    report(
      input.workdir === undefined && defaults.workdir !== undefined ? "defaults.workdir" : `tasks[${index}].workdir`,
      wrong,
    );
  return workdir;
}

function notADirectory(path: string): string | undefined {
  try {
    return statSync(path).isDirectory() ? undefined : `${path} is not a directory`;
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    return code === "ENOENT" || code === "ENOTDIR"
      ? `the directory ${path} does not exist`
      : `can't use ${path}: ${code}`;
  }
}

function overLimit(backend: Backend, text: string): string | undefined {
  const { max, unit } = backend.prompt_limit;
  // A string has at most three bytes and at least half a character per UTF-16 unit: counting is rarely needed.
  if (unit === "bytes" ? text.length * 3 <= max : text.length <= max) return undefined;
  const size = unit === "bytes" ? Buffer.byteLength(text) : countCharacters(text);
  if (size <= max) return undefined;
  const n = (value: number) => value.toLocaleString("en-US");
  return `the prompt, piped context included, has ${n(size)} ${unit}; ${backend.title} takes at most ${n(max)}`;
}

function countCharacters(text: string): number {
  let count = 0;
  for (const _ of text) count += 1;
  return count;
}

/** The first line of the prompt, cut to 40 columns. */
function shortName(prompt: string): string {
  const line = prompt.trimStart().split(/[\r\n]/, 1)[0] ?? "";
  const characters = [...line.slice(0, 200)];
  return characters.length > 40 ? `${characters.slice(0, 39).join("")}…` : line;
}
