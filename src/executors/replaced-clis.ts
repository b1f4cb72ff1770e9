// Looks again for a CLI that was there and is gone: an update (`npm install -g`) removes it before the new one is in place.
import { existsSync } from "node:fs";
import type { Backend } from "../backends/shared/backend.js";
import type { BackendName } from "../schema/backend-name.js";
import type { Failure } from "../schema/failure.js";
import type { Clock } from "../util/clock.js";
import type { Attempt } from "./executor.js";
import type { Found, Located } from "./locate.js";

/** An update of claude, codex or gemini by npm takes less than a second to put the new files in place. */
const LOOK_SECONDS = 10;
const PAUSE_MS = 100;

export class ReplacedClis {
  readonly #look: (name: BackendName) => Located;
  readonly #clock: Pick<Clock, "monotonic" | "after">;
  /** Since when a CLI is gone. */
  readonly #gone = new Map<BackendName, number>();
  readonly #searches = new Map<BackendName, Promise<Found | undefined>>();

  constructor(look: (name: BackendName) => Located, clock: Pick<Clock, "monotonic" | "after">) {
    this.#look = look;
    this.#clock = clock;
  }

  /** Makes an attempt, and makes it anew each time that the CLI was gone and is back. */
  async attempt(
    { name, title }: Pick<Backend, "name" | "title">,
    located: Found,
    { signal, onWait }: { signal: AbortSignal; onWait(words: string): void },
    start: (found: Found) => Promise<Attempt>,
  ): Promise<Attempt> {
    for (let found = located; ; ) {
      const attempt = await start(found);
      if (!isGone(attempt, found)) {
        if (!attempt.unstarted) this.#gone.delete(name);
        return attempt;
      }
      onWait(`${title} is gone, as during an update: it is looked for again for ${LOOK_SECONDS} s`);
      const back = await unlessAborted(this.again(name), signal);
      if (signal.aborted) return { ...attempt, failure: signal.reason as Failure };
      if (back === undefined) {
        const message = `${title} was removed while the run was under way, and has not come back within ${LOOK_SECONDS} s`;
        return { ...attempt, failure: { kind: "not_installed", message } };
      }
      found = back;
    }
  }

  /**
   * Resolves when the CLI is back, which does not mean that it can be started; to `undefined` when it has been gone for
   * `LOOK_SECONDS`, at once if it has been gone for so long already. All that ask for one CLI share one search.
   */
  again(name: BackendName): Promise<Found | undefined> {
    const search =
      this.#searches.get(name) ??
      this.#search(name).finally(() => {
        this.#searches.delete(name);
      });
    this.#searches.set(name, search);
    return search;
  }

  async #search(name: BackendName): Promise<Found | undefined> {
    const since = this.#gone.get(name) ?? this.#clock.monotonic();
    this.#gone.set(name, since);
    while (this.#clock.monotonic() - since < LOOK_SECONDS * 1000) {
      await new Promise<void>((resolve) => void this.#clock.after(PAUSE_MS, resolve));
      const located = this.#look(name);
      if (located.found) return located;
    }
    return undefined;
  }
}

/** The CLI is missing, and has done nothing: a script that Node can't find ends like any program that fails. */
function isGone(attempt: Attempt, { executable }: Found): boolean {
  if (attempt.unstarted) return attempt.unstarted.why === "gone";
  const idle = attempt.content === "" && !attempt.content_file && !attempt.may_have_written;
  return attempt.failure?.kind === "crashed" && idle && !executable.every((path) => existsSync(path));
}

function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T | undefined> {
  return new Promise((resolve, reject) => {
    const stop = () => resolve(undefined);
    signal.addEventListener("abort", stop, { once: true });
    if (signal.aborted) stop();
    promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", stop));
  });
}
