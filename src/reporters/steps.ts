// The agent's steps in words: the lines of a verbose task on stderr and in its log.
import type { RunEvent } from "../schema/event.js";
import { failureWords } from "./failure-words.js";

export type Step = Extract<RunEvent, { type: "task_activity" | "task_retrying" }>;

/** One line per line of the step, without line ends. */
export function stepLines(step: Step): string[] {
  return describe(step)
    .replace(/\r?\n$/, "")
    .split(/\r?\n/);
}

function describe(step: Step): string {
  if (step.type === "task_retrying") {
    const again = step.delay_seconds > 0 ? `in ${Number(step.delay_seconds.toFixed(1))}s` : "now";
    return `attempt ${step.attempt} failed: ${failureWords(step.failure)}; trying again with ${step.backend} ${again}`;
  }
  const tool = step.tool === undefined ? "" : ` ${step.tool}`;
  switch (step.kind) {
    case "tool_call":
      return `tool${tool}: ${step.text}`;
    case "tool_result":
      return `result${tool}: ${step.text}`;
    case "tool_refused":
      return `refused${tool}: ${step.text}`;
    case "note":
      return `note: ${step.text}`;
    case "stderr":
      return `stderr: ${step.text}`;
    default:
      return step.kind satisfies never;
  }
}
