// Makes a backend of a program that the configuration names (`backends.NAME.command`): prompt on stdin, answer on stdout.
import type { BackendConfig } from "../../schema/config-backend.js";
import { type Command, PLACEHOLDERS, type Placeholder } from "../../schema/custom-backend.js";
import type { Task } from "../../schema/task.js";
import type { FailureWords } from "../failure/classify.js";
import type { Backend, Invocation, InvocationContext, Support } from "../shared/backend.js";
import { childEnv } from "../shared/child-env.js";
import { schemaRequest, withInstructions } from "../shared/prompt-text.js";
import { unsupportedFields } from "../shared/support.js";
import { customParser } from "./custom-parser.js";

/** A pipe takes any prompt; this limit only keeps a mistake from filling the memory of both sides. */
const PROMPT_LIMIT_BYTES = 64 * 1024 * 1024;

const IN_FRONT: Support = { level: "partial", note: "sent in front of the prompt" };

/**
 * The backend that a configuration describes; `command` is as `loadConfig` accepts it. `words` are the words of all
 * built-in CLIs, because the program may start one of them.
 */
export function customBackend(name: string, command: Command, own: BackendConfig, words: FailureWords): Backend {
  const [program = "", ...parts] = command;
  const { offline_env } = own;
  const needed = parts.filter((part) => typeof part === "string").flatMap(placeholdersIn);
  const used = new Set(parts.flat().flatMap(placeholdersIn));
  const support = (placeholder: Placeholder): Support =>
    used.has(placeholder)
      ? { level: "full", note: `\`{${placeholder}}\` in its command` }
      : { level: "none", note: `its command has no \`{${placeholder}}\`` };
  const none: Support = { level: "none", note: "clinvk knows no such option of a custom backend" };

  const backend: Backend = {
    name,
    title: name,
    binary: String(program),
    hides_tool_calls: true,
    reports_cost: own.read?.cost_usd !== undefined,
    prompt_limit: { max: PROMPT_LIMIT_BYTES, unit: "bytes" },
    support: {
      model: support("model"),
      approval_mode: none,
      sandbox_mode: none,
      max_turns: support("max_turns"),
      max_tokens: support("max_tokens"),
      system_prompt: IN_FRONT,
      append_system_prompt: IN_FRONT,
      allowed_tools: none,
    },
    models: {},
    reads: () => [],
    env_names: () => [],
    warnings: (task) => unsupportedFields(backend, task),
    problem(task) {
      const missing = needed.find((placeholder) => valueFor(placeholder, task) === undefined);
      if (missing === undefined) return undefined;
      return `the command of ${name} needs \`${missing}\`: set it, or put {${missing}} and its flag into a list of their own in backends.${name}.command`;
    },
    invocation(task, context): Invocation {
      const [file = backend.binary, ...before] = context.executable;
      const args = [...before, ...parts.flatMap((part) => filledIn(part, task)), ...task.extra];
      const env = childEnv(task, context, backend.env_names, {}, offlineEnv(offline_env, context.offline));
      const { system_prompt, append_system_prompt, output_schema, prompt, workdir } = task;
      const stdin = withInstructions(prompt, system_prompt, append_system_prompt) + schemaRequest(output_schema);
      return { file, args, env, stdin, stdout: "pipe", cwd: workdir, files: [] };
    },
    // clinvk can't know what the program expands, if anything.
    literal: (text) => text,
    parser: (task) => customParser(name, own, task, words),
  };
  if (offline_env === undefined) return backend;
  const exports = (url: string) => Object.entries(offlineEnv(offline_env, { url, api_key: "offline" }));
  return { ...backend, offline_hint: (url) => exports(url).map(([key, value]) => `export ${key}=${value}`) };
}

const BRACED = new RegExp(`\\{(${PLACEHOLDERS.join("|")})\\}`, "g");

function placeholdersIn(text: string): Placeholder[] {
  return [...text.matchAll(BRACED)].map((match) => match[1] as Placeholder);
}

/** The value of a placeholder; `undefined` also for 0, which means unlimited: the flag is then left out. */
function valueFor(placeholder: Placeholder, task: Task): string | undefined {
  const value = task[placeholder];
  return value === 0 ? undefined : value?.toString();
}

/** The arguments for one part of the command; a list with a missing value gives no arguments. */
function filledIn(part: string | readonly string[], task: Task): string[] {
  const args = typeof part === "string" ? [part] : part;
  if (args.flatMap(placeholdersIn).some((placeholder) => valueFor(placeholder, task) === undefined)) return [];
  // A function, because `$&` has a meaning in a replacement string.
  return args.map((arg) => arg.replace(BRACED, (_, placeholder: Placeholder) => valueFor(placeholder, task) ?? ""));
}

function offlineEnv(env: Record<string, string> = {}, offline: InvocationContext["offline"]): Record<string, string> {
  if (offline === undefined) return {};
  const { url, api_key } = offline;
  const fill = (text: string) => text.replaceAll("{url}", url).replaceAll("{api_key}", api_key);
  return Object.fromEntries(Object.entries(env).map(([key, value]) => [key, fill(value)]));
}
