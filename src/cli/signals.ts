// Ctrl-C and related signals: the first one ends the run gracefully, the second one at once.
import type { Interruption } from "../engine/run-options.js";
import { isTerminal } from "../util/terminal.js";

export interface Interrupts {
  /** Aborted by the first signal; its reason is the signal's name. */
  signal: AbortSignal;
  /** Aborted by the second signal. */
  kill: AbortSignal;
  /** Ends the run for another reason than a signal. */
  end(reason: Interruption): void;
  dispose(): void;
}

/** Takes over SIGINT, SIGTERM and SIGHUP until `dispose()`. */
export function catchInterrupts(onFirst: (signal: string) => void): Interrupts {
  const first = new AbortController();
  const second = new AbortController();
  const names = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
  const handler = (name: NodeJS.Signals) => {
    if (name === "SIGHUP") process.once("exit", () => endByHangup(terminals));
    if (first.signal.aborted) return second.abort();
    first.abort(name);
    onFirst(name);
  };
  const terminals = [0, 1, 2].filter(isTerminal);
  for (const name of names) process.on(name, handler);
  return {
    signal: first.signal,
    kill: second.signal,
    end: (reason) => first.abort(reason),
    dispose: () => {
      for (const name of names) process.off(name, handler);
    },
  };
}

/**
 * If a terminal is gone, Node 20 can't restore it and aborts instead of exiting. Then the signal itself ends the process:
 * a shell sees the same code, 129.
 */
function endByHangup(terminals: readonly number[]): void {
  if (terminals.every(isTerminal)) return;
  process.removeAllListeners("SIGHUP");
  process.kill(process.pid, "SIGHUP");
}
