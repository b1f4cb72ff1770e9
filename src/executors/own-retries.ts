// Decides when a CLI that retries by itself is stopped, so that the engine waits instead, for the whole backend.
import type { Failure, FailureKind } from "../schema/failure.js";
import type { Clock } from "../util/clock.js";

/** In the middle of a task a CLI may take this long to refresh its login. */
const LOGIN_MS = 30_000;

/** Causes that pass: a CLI that has begun to work may wait for the end of them. */
const PASSING: ReadonlySet<FailureKind> = new Set<FailureKind>(["rate_limited", "overloaded", "network", "stalled"]);

export interface OwnRetriesOptions {
  /** How long the task's service may fail in a row; see `Task`. */
  patience_seconds: number;
  /** The user has asked for the CLI's own retries: they go on until the patience is used up, from the start on. */
  asked: boolean;
  clock: Pick<Clock, "after" | "monotonic">;
  /** Stops the CLI with the cause of its retries. */
  stop(cause: Failure): void;
}

/**
 * Before the first text or tool call nothing is lost by a stop, and the engine's wait spares the other tasks of the
 * backend: the first retry ends the attempt. Later a new attempt would lose work or repeat it, so the CLI may go on.
 */
export class OwnRetries {
  readonly #options: OwnRetriesOptions;
  #hasWorked = false;
  /** Since the first retry after the CLI last did anything else. */
  #stretch: { ends: number; cancel(): void } | undefined;

  constructor(options: OwnRetriesOptions) {
    this.#options = options;
  }

  /** The CLI tells that it will try again, and why. */
  heard(cause: Failure): void {
    const { asked, clock, stop } = this.#options;
    const limit = this.#limitMs(cause);
    if (limit === 0 || (!this.#hasWorked && !asked)) {
      stop(cause);
      return;
    }
    this.#stretch ??= { ends: clock.monotonic() + limit, cancel: clock.after(limit, () => stop(cause)) };
    // The service asks for more than there is: a wait would only end with the same cause.
    const asksFor = (cause.retry_after_seconds ?? 0) * 1000;
    if (clock.monotonic() + asksFor > this.#stretch.ends) stop(cause);
  }

  /** The CLI has done something else than to retry; `isWork`: it has begun to answer. */
  goesOn(isWork: boolean): void {
    this.#hasWorked ||= isWork;
    this.end();
  }

  /** Stops counting. */
  end(): void {
    this.#stretch?.cancel();
    this.#stretch = undefined;
  }

  #limitMs({ kind }: Failure): number {
    const patienceMs = this.#options.patience_seconds * 1000;
    if (PASSING.has(kind)) return patienceMs;
    // Anything else stays as it is, such as a prompt that is refused.
    return kind === "not_authenticated" ? Math.min(LOGIN_MS, patienceMs) : 0;
  }
}
