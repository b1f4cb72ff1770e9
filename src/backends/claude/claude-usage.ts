// Reads the token counts in Claude Code's records (2.1.197).
import type { Usage } from "../../schema/usage.js";
import { isObject, type Json, numberAt, objectAt } from "../../util/json.js";

/**
 * Tokens of all models of the process, from `modelUsage`, as `total_cost_usd` counts them (`usage` leaves out sub-agents,
 * and repeated requests). `input_tokens` includes tokens written to and read from the cache; `cached_tokens` were read
 * from it.
 */
export function usageOf(result: Json): Usage | null {
  const perModel = Object.values(objectAt(result, "modelUsage") ?? {}).filter(isObject);
  const sum = (key: string) => perModel.reduce((total, entry) => total + (numberAt(entry, key) ?? 0), 0);
  if (perModel.length > 0) {
    const cached = sum("cacheReadInputTokens");
    return {
      input_tokens: sum("inputTokens") + sum("cacheCreationInputTokens") + cached,
      output_tokens: sum("outputTokens"),
      cached_tokens: cached,
      reasoning_tokens: null,
    };
  }
  const usage = objectAt(result, "usage");
  if (usage === undefined) return null;
  const cached = numberAt(usage, "cache_read_input_tokens") ?? 0;
  return {
    input_tokens: inputTokens(usage),
    output_tokens: numberAt(usage, "output_tokens") ?? null,
    cached_tokens: cached,
    reasoning_tokens: null,
  };
}

/** Input tokens of one model call, cache included (`usage` as in the service's own answer). */
export function inputTokens(usage: Json | undefined): number {
  const of = (key: string) => numberAt(usage, key) ?? 0;
  return of("input_tokens") + of("cache_creation_input_tokens") + of("cache_read_input_tokens");
}
