// Watches the time limits of one attempt: its total time, and the time since its CLI last printed anything.
import type { ExecutorProgress } from "../executors/executor.js";
import type { Failure } from "../schema/failure.js";
import type { Task } from "../schema/task.js";
import type { Clock } from "../util/clock.js";
import { ToolCalls } from "./tool-calls.js";

export interface TimeLimits {
  /** The CLI has printed something. */
  alive(): void;
  /** A step of the agent; a tool that works may be silent for longer than a model. */
  progress(step: ExecutorProgress): void;
  /** The CLI has ended: from now on its silence says nothing, and only the total time is limited. */
  cliEnded(): void;
  dispose(): void;
}

/** Calls `onOver` at most once, with the reason. */
export function limitTime(
  task: Pick<Task, "timeout_seconds" | "idle_timeout_seconds" | "tool_idle_timeout_seconds">,
  clock: Clock,
  onOver: (failure: Failure) => void,
): TimeLimits {
  const { timeout_seconds: total, idle_timeout_seconds: idle, tool_idle_timeout_seconds: toolIdle = idle } = task;
  const calls = new ToolCalls();
  let lastSign = clock.monotonic();
  let cancelIdle: (() => void) | undefined;
  const over = (failure: Failure) => {
    dispose();
    onOver(failure);
  };
  const limit = () => (calls.open ? toolIdle : idle);
  // One timer that checks again: a new timer for each byte would cost more.
  const lookAfter = (milliseconds: number) => {
    cancelIdle = clock.after(milliseconds, () => {
      const left = lastSign + limit() * 1000 - clock.monotonic();
      if (left > 0) lookAfter(left);
      else over(stalled(task, limit(), calls.open));
    });
  };
  const cancelTotal =
    total > 0
      ? clock.after(total * 1000, () =>
          over({ kind: "timeout", message: `not done after ${total} s`, hint: "timeout_seconds sets this limit" }),
        )
      : undefined;
  const watch = () => {
    cancelIdle?.();
    cancelIdle = undefined;
    if (limit() > 0) lookAfter(limit() * 1000);
  };
  watch();
  const dispose = () => {
    cancelTotal?.();
    cancelIdle?.();
  };
  return {
    alive: () => {
      lastSign = clock.monotonic();
    },
    progress(step) {
      const before = limit();
      calls.take(step);
      if (limit() === before) return;
      lastSign = clock.monotonic();
      watch();
    },
    cliEnded: () => cancelIdle?.(),
    dispose,
  };
}

function stalled(
  { tool_idle_timeout_seconds }: Pick<Task, "tool_idle_timeout_seconds">,
  seconds: number,
  toolRuns: boolean,
): Failure {
  const own = "`idle_timeout_seconds` of the task sets this limit";
  const key = toolRuns ? "tool_idle_timeout_secs" : "idle_timeout_secs";
  return {
    kind: "stalled",
    message: `the CLI printed nothing for ${seconds} s${toolRuns ? " while a tool call was under way" : ""}`,
    hint:
      tool_idle_timeout_seconds === undefined
        ? own
        : `${own}, \`unified_flags.${key}\` of the configuration that of tasks without one; 0 = no limit`,
  };
}
