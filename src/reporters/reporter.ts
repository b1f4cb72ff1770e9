// The interface of reporters, which show a run (seam 3).
import type { RunEvent } from "../schema/event.js";

/** Consumes the events of one run, in order. */
export interface Reporter {
  /**
   * Takes one event, synchronously: a reporter keeps its own memory flat and never slows the run for long.
   * A sink that fails (full disk, closed pipe) is reported once through the reporter's own `onSinkError`, never thrown.
   */
  onEvent(event: RunEvent): void;
  /** After the last event: everything is written when it resolves. */
  close(): Promise<void> | void;
}
