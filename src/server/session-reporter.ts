// Remembers the run of a prompt in its session, before anybody is told that the run is over: who hears it can go on at once.

import type { EndedTurn } from "../app/session.js";
import { sessionAfter } from "../app/session.js";
import type { Reporter } from "../reporters/reporter.js";

export interface SessionReporterOptions extends Omit<EndedTurn, "record"> {
  /** The session can't be recorded, in a sentence for a person. */
  onProblem(message: string): void;
}

/** Gives the session free when the run ends, or when it is closed without one. */
export function sessionReporter({ onProblem, ...ended }: SessionReporterOptions): Reporter {
  const { turn } = ended;
  let isOpen = true;
  const close = () => {
    if (isOpen) turn.close();
    isOpen = false;
  };
  return {
    onEvent(event) {
      if (event.type === "run_finished") close();
      if (event.type !== "task_finished") return;
      const after = sessionAfter({ ...ended, record: event.result });
      const saved = after && turn.save(after);
      if (saved?.ok === false) onProblem(saved.error);
    },
    close,
  };
}
