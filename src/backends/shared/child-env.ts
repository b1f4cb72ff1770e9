// Builds the environment of a CLI: online clinvk's own environment plus our variables, offline only an allow-list.
import { join } from "node:path";
import type { Task } from "../../schema/task.js";
import type { InvocationContext } from "./backend.js";

/** Variables that an offline child inherits; all others could carry the user's keys, addresses or switches. */
const OFFLINE_ALLOWED = /^(?:PATH|LANG|LC_[A-Z]+|TERM|TZ|SHELL|USER|LOGNAME)$/;

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
 * Offline ignores the user's environment and the config's `env`.
 */
export function childEnv(
  task: Task,
  context: InvocationContext,
  ours: Record<string, string>,
  fixed: Record<string, string>,
): Record<string, string> {
  const inherited = inheritedEnv(context);
  // `Object.assign`, not a spread: fifty names in a literal that begins with a spread cost 0.1 ms for each task.
  if (context.offline === undefined) return Object.assign({}, inherited, ours, task.env, temporary(context), fixed);
  const home = { HOME: offlineHome(task, context) };
  return Object.assign({}, inherited, home, offlineProxies(), ours, temporary(context), fixed);
}

/** Caches what a child inherits, because a whole run has one environment. */
const known = new WeakMap<object, { all: Record<string, string>; allowed: Record<string, string> }>();

function inheritedEnv({ env, offline }: InvocationContext): Record<string, string> {
  let parts = known.get(env);
  if (!parts) {
    const set = Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined);
    parts = {
      all: Object.fromEntries(set),
      allowed: Object.fromEntries(set.filter(([name]) => OFFLINE_ALLOWED.test(name))),
    };
    known.set(env, parts);
  }
  return offline === undefined ? parts.all : parts.allowed;
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
