// Adds up what attempts cost, and tells whether a budget is used up. Pure.
import type { Prices } from "../plan/plan.js";
import type { Task } from "../schema/task.js";
import type { Usage } from "../schema/usage.js";

export interface Budget {
  max_cost_usd?: number;
  max_total_tokens?: number;
}

/** Running totals of a task or a run. */
export class Spending {
  #cost: number | null = null;
  #tokens = 0;

  /** US dollars; `null` = no part has a known cost. */
  get cost_usd(): number | null {
    return this.#cost;
  }

  add(cost: number | null, usage: Usage | null): void {
    if (cost !== null) this.#cost = (this.#cost ?? 0) + cost;
    this.#tokens += totalTokens(usage);
  }

  /** The limit of the budget that is reached, in words; `undefined` = none. */
  exceeds(budget: Budget): string | undefined {
    const { max_cost_usd: dollars, max_total_tokens: tokens } = budget;
    if (dollars !== undefined && (this.#cost ?? 0) >= dollars)
      return `$${this.#cost?.toFixed(4)} of $${dollars} are spent`;
    if (tokens !== undefined && this.#tokens >= tokens) return `${this.#tokens} of ${tokens} tokens are used`;
    return undefined;
  }
}

/** The cost of an attempt in US dollars: as the CLI reports it, else by the configured price of its model, else unknown. */
export function costOf(
  outcome: { cost_usd: number | null; usage: Usage | null; model: string | null },
  backend: Task["backend"],
  prices: Prices,
): number | null {
  if (outcome.cost_usd !== null) return outcome.cost_usd;
  const price = outcome.model === null ? undefined : prices[backend]?.[outcome.model];
  if (!price || !outcome.usage) return null;
  const { input_tokens, output_tokens, cached_tokens } = outcome.usage;
  const cached = cached_tokens ?? 0;
  const fresh = Math.max(0, (input_tokens ?? 0) - cached);
  return (fresh * price.input + cached * (price.cached ?? price.input) + (output_tokens ?? 0) * price.output) / 1e6;
}

function totalTokens(usage: Usage | null): number {
  return (usage?.input_tokens ?? 0) + (usage?.output_tokens ?? 0);
}
