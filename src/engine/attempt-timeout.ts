// Watches the time limits of one attempt: its total time, and the time since its CLI last printed anything.
import type { Failure } from "../schema/failure.js";
import type { Task } from "../schema/task.js";
import type { Clock } from "../util/clock.js";

/** Calls `onOver` at most once, with the reason. Call `alive` whenever the CLI prints something. */
export function limitTime(
  task: Pick<Task, "timeout_seconds" | "idle_timeout_seconds">,
  clock: Clock,
  onOver: (failure: Failure) => void,
): { alive(): void; dispose(): void } {
  const { timeout_seconds: total, idle_timeout_seconds: idle } = task;
  let lastSign = clock.now();
  let cancelIdle: (() => void) | undefined;
  const over = (failure: Failure) => {
    dispose();
    onOver(failure);
  };
  // One timer that checks again: a new timer for each byte would cost more.
  const lookAfter = (milliseconds: number) => {
    cancelIdle = clock.after(milliseconds, () => {
      const left = lastSign + idle * 1000 - clock.now();
      if (left > 0) lookAfter(left);
      else
        over({
          kind: "stalled",
          message: `the CLI printed nothing for ${idle} s`,
          hint: "idle_timeout_seconds sets this limit",
        });
    });
  };
  const cancelTotal =
    total > 0
      ? clock.after(total * 1000, () =>
          over({ kind: "timeout", message: `not done after ${total} s`, hint: "timeout_seconds sets this limit" }),
        )
      : undefined;
  if (idle > 0) lookAfter(idle * 1000);
  const dispose = () => {
    cancelTotal?.();
    cancelIdle?.();
  };
  return {
    alive: () => {
      lastSign = clock.now();
    },
    dispose,
  };
}
