// Sets how often codex itself asks a failing service again. clinvk waits for a service; codex only saves work that has begun.
import { type Json, numberAt } from "../../util/json.js";
import { providerOf, tomlKey } from "./codex-config.js";

/**
 * codex has two loops (measured with 0.169.0). The inner one repeats a request that got a 5xx or no connection, and tells nobody;
 * the outer one says `Reconnecting... n/5 (cause)` before it asks, after 0.2 s, 0.4 s, 0.8 s … or when the service says so. Both
 * together ask an overloaded service 30 times within 25 s. So the inner loop is off, and the outer one, which we hear and
 * stop, has no end of its own: 100 is the most that codex takes.
 */
const RETRIES = { request_max_retries: 0, stream_max_retries: 100 };

/** The flags, and a warning about what the user has set otherwise. codex's own providers refuse such settings. */
export function retryFlags(config: Json, extra: readonly string[]): { args: string[]; warnings: string[] } {
  const provider = providerOf(config, extra);
  if (provider === undefined) return { args: [], warnings: [] };
  const { name, settings } = provider;
  const own = Object.keys(RETRIES).filter((key) => numberAt(settings, key) !== undefined);
  const ours = Object.entries(RETRIES).filter(([key]) => !own.includes(key));
  const table = ours.map(([key, value]) => `${key}=${value}`).join(",");
  const set = own.map((key) => `${key} = ${numberAt(settings, key)}`).join(" and ");
  return {
    args: ours.length === 0 ? [] : ["-c", `model_providers={${tomlKey(name)}={${table}}}`],
    warnings:
      own.length === 0
        ? []
        : [
            `codex's configuration sets ${set} for the provider ${name}: once a task has begun to work, ` +
              "that decides how often codex asks a failing service again, not patience_seconds",
          ],
  };
}
