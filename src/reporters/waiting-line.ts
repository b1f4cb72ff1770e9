// Shows one line on a terminal until the first text of a single answer: the backend, and the time waited so far.
import type { RunEvent } from "../schema/event.js";
import { type Clock, systemClock } from "../util/clock.js";
import type { Reporter } from "./reporter.js";
import { durationWords } from "./text/number-text.js";

/** A quick answer needs no such line. */
const FIRST_MS = 1000;
const STEP_MS = 1000;
/** To the line's beginning, and all of it gone. */
const CLEAR = "\r\u001b[2K";

export interface WaitingLine extends Reporter {
  /** Takes text for the same terminal, in the place of the line. */
  above(text: string): void;
}

/** `write` goes to a terminal. Put it before the reporters that show the answer: the line is gone when they write. */
export function waitingLine(write: (text: string) => void, clock: Clock = systemClock): WaitingLine {
  let began = 0;
  let what = "";
  let shown = false;
  let cancel: (() => void) | undefined;
  const clear = (): void => {
    if (shown) write(CLEAR);
    shown = false;
  };
  const draw = (): void => {
    const seconds = Math.floor((clock.monotonic() - began) / 1000);
    write(`${CLEAR}${what} (${durationWords(seconds).replace(".0 s", " s")})`);
    shown = true;
    cancel = clock.after(STEP_MS, draw);
  };
  const stop = (): void => {
    cancel?.();
    cancel = undefined;
    clear();
  };
  return {
    onEvent(event: RunEvent) {
      switch (event.type) {
        case "run_started":
          began = clock.monotonic();
          what = `${event.tasks[0]?.backend ?? "the backend"} is starting`;
          cancel = clock.after(FIRST_MS, draw);
          break;
        case "task_activity":
          what = what.replace(/ is starting$/, " is working");
          break;
        case "task_retrying":
          what = `waiting to ask ${event.backend} again`;
          break;
        case "task_started":
          what = what.replace(/^waiting to ask (.*) again$/, "$1 is starting");
          break;
        case "task_output":
        case "task_finished":
        case "run_finished":
          stop();
          break;
        case "run_resumed":
        case "warning":
        case "lane_changed":
        case "lane_parked":
        case "lane_paused":
          break;
        default:
          event satisfies never;
      }
    },
    above(text) {
      clear();
      write(text);
    },
    close: stop,
  };
}
