// Builds the environment of a CLI: clinvk's own environment plus our variables; offline, for a stranger's task, and where
// the configuration says so, only what an allow-list names.
import { join } from "node:path";
import type { Task } from "../../schema/task.js";
import type { Backend, InvocationContext } from "./backend.js";

/** Variables that an offline child inherits; all others could carry the user's keys, addresses or switches. */
const OFFLINE: readonly string[] = "PATH LANG LC_* TERM TZ SHELL USER LOGNAME".split(" ");
const EVERYTHING: readonly string[] = ["*"];

/**
 * Variables that any program needs to start, to find its files and to reach a service: no keys. Proxies may have a password
 * in their address; without it there is no way out.
 */
const BASE: readonly string[] = (
  "PATH HOME LANG LANGUAGE LC_* TERM COLORTERM NO_COLOR TZ TMPDIR SHELL USER LOGNAME XDG_* " +
  "HTTP_PROXY HTTPS_PROXY ALL_PROXY NO_PROXY http_proxy https_proxy all_proxy no_proxy " +
  "NODE_EXTRA_CA_CERTS NODE_USE_SYSTEM_CA SSL_CERT_FILE SSL_CERT_DIR NIX_SSL_CERT_FILE CURL_CA_BUNDLE " +
  "REQUESTS_CA_BUNDLE DO_NOT_TRACK NO_UPDATE_NOTIFIER"
).split(" ");

/** A port that refuses connections: while offline, every request to the internet fails at once. */
const NO_WAY_OUT = "http://127.0.0.1:9";

/** The isolated home of an offline child: the session's home, which is kept, or a throw-away one. */
export function offlineHome(task: Task, context: InvocationContext): string {
  return task.session?.home ?? join(context.scratch, "home");
}

/** Directory for temporary files of the CLI and its tools, inside the task's scratch. */
function temporary(context: InvocationContext): Record<string, string> {
  const dir = join(context.scratch, "tmp");
  return { TMPDIR: dir, TMP: dir, TEMP: dir };
}

/**
 * Builds the child's environment. The config's `env` may override `ours`, but not `fixed`, on which the invocation depends.
 * Offline ignores the user's environment and the config's `env`. `needs` is `Backend.env_names`.
 */
export function childEnv(
  task: Task,
  context: InvocationContext,
  needs: Backend["env_names"],
  ours: Record<string, string>,
  fixed: Record<string, string>,
): Record<string, string> {
  // `Object.assign`, not a spread: fifty names in a literal that begins with a spread cost 0.1 ms for each task.
  if (context.offline === undefined) {
    const visible = visibleEnv(task, context, needs);
    return Object.assign({}, visible, ours, task.env, temporary(context), fixed);
  }
  const home = { HOME: offlineHome(task, context) };
  const inherited = allowed(context.env, OFFLINE);
  return Object.assign({}, inherited, home, offlineProxies(), ours, temporary(context), fixed);
}

/** What decides about the environment of a CLI; a task has it all. */
export type EnvRules = Pick<Task, "untrusted" | "pass_env" | "env" | "extra">;

/**
 * What a CLI sees of clinvk's own environment: all of it, as by hand; for a stranger's task, and where `pass_env` is set,
 * only what every program needs, what this CLI needs, and what `pass_env` names.
 */
export function visibleEnv(
  rules: EnvRules,
  { env, user_files }: Pick<InvocationContext, "env" | "user_files">,
  needs: Backend["env_names"],
): Record<string, string> {
  const { untrusted, pass_env } = rules;
  if (!untrusted && pass_env === undefined) return allowed(env, EVERYTHING);
  const own = needs(rules, { env: { ...env, ...rules.env }, user_files });
  return allowed(env, [...BASE, ...own, ...(pass_env ?? [])]);
}

/** By environment, because a whole run has one, and by the list of names. */
const known = new WeakMap<object, Map<string, Record<string, string>>>();

/** The variables that are set and named; a `*` at the end of a name stands for anything. */
function allowed(env: InvocationContext["env"], names: readonly string[]): Record<string, string> {
  const lists = known.get(env) ?? new Map<string, Record<string, string>>();
  known.set(env, lists);
  const key = names.join(" ");
  let found = lists.get(key);
  if (found === undefined) {
    const exact = new Set(names);
    const beginnings = names.filter((name) => name.endsWith("*")).map((name) => name.slice(0, -1));
    const isNamed = (name: string) => exact.has(name) || beginnings.some((beginning) => name.startsWith(beginning));
    const entries = Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined);
    found = Object.fromEntries(entries.filter(([name]) => isNamed(name)));
    lists.set(key, found);
  }
  return found;
}

/** Sends all but loopback traffic to a dead end. The exception is needed: claude and gemini would send even that through a proxy. */
function offlineProxies(): Record<string, string> {
  const env: Record<string, string> = {};
  for (const name of ["HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY"]) {
    env[name] = NO_WAY_OUT;
    env[name.toLowerCase()] = NO_WAY_OUT;
  }
  env.NO_PROXY = "127.0.0.1,localhost";
  env.no_proxy = "127.0.0.1,localhost";
  return env;
}
