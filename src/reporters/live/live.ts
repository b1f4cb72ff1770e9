// The live view of a run on a terminal: takes events, and draws when something has changed, ten times a second at most.
import type { RunEvent } from "../../schema/event.js";
import { type Clock, monotonicMs } from "../../util/clock.js";
import type { Reporter } from "../reporter.js";
import { frame } from "./live-frame.js";
import { Screen, type Terminal } from "./live-screen.js";
import { emptyLive, foldLive, type LiveRules, runningTasks } from "./live-state.js";
import { lazyWidth, resultLine } from "./live-text.js";

/** Between two frames while much happens; while nothing does but the passing of time; and while no task runs. */
const FRAME_MS = 100;
const IDLE_MS = 200;
const WAITING_MS = 1000;

export interface LiveOptions {
  terminal: Terminal;
  rules: LiveRules;
  color: boolean;
  /** `false`: ASCII only. */
  unicode: boolean;
  /** Keep a line for each task that has ended, because its answer is not shown. */
  results?: boolean;
  clock?: Clock;
}

/** A report that ends (frame gone, cursor back) with the run's last event, or when it is closed. */
export interface LiveView extends Reporter {
  /** Writes to the same terminal, above the frame. */
  above(text: string, write: (text: string) => void): void;
  /**
   * The terminal has another size. Drawn not sooner than anything else: while a window is dragged each frame is broken
   * anew, and what a terminal then pushes off its top is out of reach.
   */
  resized(): void;
  suspend(): void;
  resume(): void;
  close(): void;
}

/** Its timers keep no process alive. */
const unrefClock: Clock = {
  now: Date.now,
  monotonic: monotonicMs,
  after(milliseconds, callback) {
    const timer = setTimeout(callback, milliseconds).unref();
    return () => clearTimeout(timer);
  },
};

export function liveView(options: LiveOptions): LiveView {
  const { terminal, rules, color, unicode, results = false, clock = unrefClock } = options;
  const state = emptyLive(rules);
  const width = lazyWidth(() => drawSoon());
  const screen = new Screen(terminal, width);
  let cancel: (() => void) | undefined;
  let soon = false;
  let last = 0;
  let closed = false;

  const look = () => ({ ...terminal.size(), now: clock.now(), color, unicode, width });
  const lines = (): string[] => frame(state, look());
  /** With a frame that knows of the event for which the text is: a task whose answer is shown runs no more. */
  const above = (text: string, write: (text: string) => void): void => {
    if (closed || state.run.started === undefined) screen.above(text, write);
    else screen.above(text, write, lines());
  };

  function draw(): void {
    if (closed) return;
    cancel?.();
    soon = false;
    last = clock.now();
    screen.draw(lines());
    cancel = clock.after(runningTasks(state).length > 0 ? IDLE_MS : WAITING_MS, draw);
  }

  /** Cheap when a frame is due anyway: a flood of text costs no more than that. */
  function drawSoon(): void {
    if (soon || closed) return;
    soon = true;
    cancel?.();
    cancel = clock.after(Math.max(0, last + FRAME_MS - clock.now()), draw);
  }

  function close(): void {
    closed = true;
    cancel?.();
    screen.close();
  }

  return {
    onEvent(event: RunEvent) {
      foldLive(state, event);
      if (event.type === "task_finished" && results) above(`${resultLine(event.result, look())}\n`, terminal.write);
      if (event.type === "run_finished") close();
      else drawSoon();
    },
    above,
    resized: drawSoon,
    suspend: () => screen.suspend(),
    resume: () => screen.resume(),
    close,
  };
}
