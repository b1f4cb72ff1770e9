// Reads the token statistics in Gemini CLI's result record, and its exit codes (0.61.0).
import type { FailureKind } from "../../schema/failure.js";
import type { Usage } from "../../schema/usage.js";
import { isObject, type Json, numberAt, objectAt } from "../../util/json.js";

export interface Stats {
  /** The model that answered: the one with the most tokens if several took part (such as the router of `auto`). */
  model: string | null;
  usage: Usage | null;
  /** Whether any model was asked at all. */
  was_asked: boolean;
}

/** Reads `stats`; `asked` is the model of the init record, used if there are no stats. */
export function readStats(result: Json | undefined, asked: string | null): Stats {
  const stats = objectAt(result, "stats");
  const models = Object.entries(objectAt(stats, "models") ?? {}).filter(([, entry]) => isObject(entry));
  const tokens = ([, entry]: [string, unknown]) => numberAt(entry, "output_tokens") ?? 0;
  const busiest = models.filter((entry) => tokens(entry) > 0).sort((a, b) => tokens(b) - tokens(a))[0]?.[0];
  if (stats === undefined) return { model: asked, usage: null, was_asked: false };
  const usage: Usage = {
    input_tokens: numberAt(stats, "input_tokens") ?? null,
    output_tokens: numberAt(stats, "output_tokens") ?? null,
    cached_tokens: numberAt(stats, "cached") ?? null,
    // Thoughts are counted only in `total_tokens`.
    reasoning_tokens: null,
  };
  return { model: busiest ?? asked, usage, was_asked: models.length > 0 };
}

/**
 * Whether the token limit cut the answer: the CLI does not say (measured: exit 0). This can be told only for a run of one
 * request, because the counts are sums; thoughts count as output.
 */
export function cutAtLimit(result: Json | undefined, maxTokens: number, toolCalls: number): boolean {
  if (maxTokens === 0 || toolCalls > 0) return false;
  const perModel = Object.values(objectAt(objectAt(result, "stats"), "models") ?? {});
  return perModel.some((entry) => {
    const written = (numberAt(entry, "total_tokens") ?? 0) - (numberAt(entry, "input_tokens") ?? 0);
    return Math.max(written, numberAt(entry, "output_tokens") ?? 0) >= maxTokens;
  });
}

/** The CLI exits with the HTTP status of the error, of which the system keeps the low 8 bits (401 → 145). */
export function statusOfExit(code: number | null): number | undefined {
  if (code === null) return undefined;
  if (code === (529 & 255)) return 529;
  const status = code + 256;
  return code >= 144 && status <= 511 ? status : undefined;
}

/** The CLI's own exit codes (its source: FatalError classes). */
export function kindOfExit(code: number | null): FailureKind | undefined {
  switch (code) {
    case 41:
      return "not_authenticated";
    case 42:
    case 52:
      return "bad_request";
    case 44:
    case 55:
      return "permission_denied";
    case 53:
      return "max_turns";
    default:
      return undefined;
  }
}
