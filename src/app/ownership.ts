// Watches whether a run is still this process's own. Another process may take it over from one that was suspended or cut off.
import type { Interruption } from "../engine/run-options.js";
import type { Journal } from "../store/store.js";

/** What `ExecuteRequest` says about it. */
interface Owned {
  signal?: AbortSignal;
  kill?: AbortSignal;
  session_lost?: AbortSignal;
  onTakenOver?(message: string): void;
  onProblem(message: string): void;
}

/** The signals of a run: those of its caller, and the end of its ownership, which ends it at once. */
export class Ownership {
  readonly signal: AbortSignal;
  readonly kill: AbortSignal;
  readonly #losses: AbortSignal[];
  readonly #request: Owned;
  readonly #stop = new AbortController();
  readonly #kill = new AbortController();

  constructor(request: Owned, journal: Pick<Journal, "lost"> | undefined) {
    this.#request = request;
    const joined = (own: AbortController, given?: AbortSignal) =>
      given === undefined ? own.signal : AbortSignal.any([given, own.signal]);
    this.signal = joined(this.#stop, request.signal);
    this.kill = joined(this.#kill, request.kill);
    this.#losses = [journal?.lost, request.session_lost].filter((lost) => lost !== undefined);
    for (const lost of this.#losses) lost.addEventListener("abort", this.#onLoss);
    if (this.lost) this.#onLoss();
  }

  /** Another process owns the run now. */
  get lost(): boolean {
    return this.#losses.some(({ aborted }) => aborted);
  }

  /** Stops watching. */
  end(): void {
    for (const lost of this.#losses) lost.removeEventListener("abort", this.#onLoss);
  }

  readonly #onLoss = (): void => {
    const { onTakenOver, onProblem } = this.#request;
    const reason = this.#losses.find(({ aborted }) => aborted)?.reason;
    this.end();
    (onTakenOver ?? onProblem)(`the run is stopped: ${reason}`);
    // Not within the event that brought it to light: the engine is in the middle of it.
    setImmediate(() => {
      this.#stop.abort("abort" satisfies Interruption);
      this.#kill.abort();
    });
  };
}
