// Finds the rule of a script that answers a request, and keeps its counts and times: how often, how long, how many at all.
import type { Conversation, Protocol } from "./protocol.js";
import type { OfflineScript, ScriptedReply } from "./script.js";

type Backend = Protocol["backend"];

export interface FoundRule {
  index: number;
  reply: ScriptedReply;
  /** What is left of the rule's `for_seconds`; 0 without it. */
  rest_seconds: number;
}

interface Entry {
  index: number;
  rule: OfflineScript["rules"][number];
  prompt: RegExp | undefined;
  /** How many requests it may still answer. */
  left: number;
  /** When it ends, known from its first answer on. */
  ends_ms: number | undefined;
}

/** `now`: milliseconds of a clock that never goes back. */
export class RuleBook {
  readonly #entries: readonly Entry[];
  readonly #limit: OfflineScript["limit"];
  readonly #windows = new Map<Backend, { ends_ms: number; left: number }>();
  readonly #now: () => number;

  constructor(script: OfflineScript, now: () => number = () => performance.now()) {
    this.#now = now;
    this.#limit = script.limit;
    this.#entries = script.rules.map((rule, index) => ({
      index,
      rule,
      prompt: rule.match?.prompt === undefined ? undefined : new RegExp(rule.match.prompt, "u"),
      left: rule.times ?? Number.POSITIVE_INFINITY,
      ends_ms: undefined,
    }));
  }

  /** Counts a request against the script's rate limit: the seconds to wait if it is used up, else 0. A refused one does not count. */
  admit(backend: Backend): number {
    if (this.#limit === undefined) return 0;
    const now = this.#now();
    let window = this.#windows.get(backend);
    if (window === undefined || window.ends_ms <= now) {
      window = { ends_ms: now + this.#limit.per_seconds * 1000, left: this.#limit.requests };
      this.#windows.set(backend, window);
    }
    if (window.left === 0) return (window.ends_ms - now) / 1000;
    window.left -= 1;
    return 0;
  }

  /**
   * The first rule that matches and is not used up. A conversation in the middle of its tool calls stays with its rule, unless
   * a rule names this very step.
   */
  find(conversation: Conversation, backend: Backend): FoundRule | undefined {
    const now = this.#now();
    const matching = (entry: Entry) => matches(entry, conversation, backend, now);
    const begun = conversation.step > 0 && conversation.rule !== null ? this.#entries[conversation.rule] : undefined;
    if (begun === undefined) return this.#use(this.#entries.find(matching), now);
    const named = this.#entries.find((entry) => entry.rule.match?.step !== undefined && matching(entry));
    return named === undefined ? this.#found(begun, now) : this.#use(named, now);
  }

  #use(entry: Entry | undefined, now: number): FoundRule | undefined {
    if (entry === undefined) return undefined;
    entry.left -= 1;
    if (entry.rule.for_seconds !== undefined) entry.ends_ms ??= now + entry.rule.for_seconds * 1000;
    return this.#found(entry, now);
  }

  #found({ index, rule, ends_ms }: Entry, now: number): FoundRule {
    return { index, reply: rule.reply, rest_seconds: ends_ms === undefined ? 0 : Math.max(ends_ms - now, 0) / 1000 };
  }
}

function matches({ rule, prompt, left, ends_ms }: Entry, conversation: Conversation, backend: Backend, now: number) {
  if (left <= 0 || (ends_ms !== undefined && ends_ms <= now)) return false;
  const { match = {} } = rule;
  if (match.backend !== undefined && match.backend !== backend) return false;
  for (const key of ["model", "turn", "step", "stream"] as const)
    if (match[key] !== undefined && match[key] !== conversation[key]) return false;
  return prompt === undefined || prompt.test(conversation.prompt);
}
