// Sets how often codex itself asks a failing service again. clinvk waits for a service; codex only saves work that has begun.
import { type Json, numberAt } from "../../util/json.js";
import type { Invocation } from "../shared/backend.js";
import { providerOf, tomlKey } from "./codex-config.js";

/**
 * codex has two loops (measured with 0.169.0). The inner one repeats a request that got a 5xx or no connection, and tells nobody;
 * the outer one says `Reconnecting... n/5 (cause)` before it asks, after 0.2 s, 0.4 s, 0.8 s … or when the service says so. Both
 * together ask an overloaded service 30 times within 25 s. So the inner loop is off, and the outer one, which we hear and
 * stop, has no end of its own: 100 is the most that codex takes.
 */
export const RETRIES = { request_max_retries: 0, stream_max_retries: 100 };

/** What an invocation has because of the retries. */
type Retries = { args: string[] } & Pick<Invocation, "warnings" | "retries_asked" | "retry_grace_ms">;

/** The settings for a task's provider. What the user has set stays; codex's own providers refuse such settings. */
export function retriesOf(config: Json, extra: readonly string[]): Retries {
  // codex first asks again after 0.2 s: it is killed before that.
  const soon = { retry_grace_ms: 0 };
  const provider = providerOf(config, extra);
  if (provider === undefined) return { ...soon, args: [] };
  const { name, settings } = provider;
  const own = Object.keys(RETRIES).filter((key) => numberAt(settings, key) !== undefined);
  const ours = Object.entries(RETRIES).filter(([key]) => !own.includes(key));
  const args = overrides(name, ours);
  if (own.length === 0) return { ...soon, args };
  const set = own.map((key) => `${key} = ${numberAt(settings, key)}`).join(" and ");
  const warning =
    `codex's configuration sets ${set} for the provider ${name}: codex asks a failing service again by itself, and other ` +
    "tasks go on asking it meanwhile; without that setting clinvk waits, for all of them at once";
  const asked = own.some((key) => numberAt(settings, key) !== 0);
  return { ...soon, args, warnings: [warning], ...(asked && { retries_asked: true as const }) };
}

/**
 * A table would replace a provider of an earlier `-c` (measured with 0.169.0: "provider name must not be empty"), a path adds to
 * it. A name with other signs than a path knows can stand only in a file, and a table adds to a file's.
 */
function overrides(name: string, settings: readonly (readonly [string, number])[]): string[] {
  if (settings.length === 0) return [];
  if (/^[\w-]+$/.test(name))
    return settings.flatMap(([key, value]) => ["-c", `model_providers.${name}.${key}=${value}`]);
  return ["-c", `model_providers={${tomlKey(name)}={${settings.map(([key, value]) => `${key}=${value}`).join(",")}}}`];
}
