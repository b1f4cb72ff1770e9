// The agent's steps in words: the lines of a verbose task on stderr and in its log.
import type { RunEvent } from "../../schema/event.js";
import { againWords, momentWords } from "../../util/time-text.js";
import { causeWords, goesOnAt } from "./failure-text.js";

export type Step = Extract<RunEvent, { type: "task_activity" | "task_retrying" }>;

/** One line per line of the step, without line ends. */
export function stepLines(step: Step): string[] {
  return describe(step)
    .replace(/\r?\n$/, "")
    .split(/\r?\n/);
}

function describe(step: Step): string {
  if (step.type === "task_retrying") return retryWords(step);
  const tool = step.tool === undefined ? "" : ` ${step.tool}`;
  switch (step.kind) {
    case "tool_call":
      return isCommand(step.text) ? step.text : `tool${tool}: ${step.text}`;
    case "tool_result":
      return `result${tool}: ${step.text}`;
    case "tool_refused":
      return `refused${isCommand(step.text) ? "" : tool}: ${step.text}`;
    case "note":
      return `note: ${step.text}`;
    case "stderr":
      return `stderr: ${step.text}`;
    default:
      return step.kind satisfies never;
  }
}

/** The text of a tool call that is a command of a shell: `$ node audit.mjs`. Its tool has another name on every backend. */
export function isCommand(text: string): boolean {
  return text.startsWith("$ ");
}

/** From this length on, a pause that is not one of patience is shown with the time of its end. */
const LONG_SECONDS = 60;

function retryWords(step: Extract<Step, { type: "task_retrying" }>): string {
  const { attempt, failure, backend, delay_seconds: delay, patience_until } = step;
  const why = `${attempt === 0 ? "not started" : `attempt ${attempt} failed`}: ${causeWords(failure)}`;
  if (attempt === 0) return `${why}; ${backend} is asked instead`;
  const now = Date.parse(step.time);
  if (delay < LONG_SECONDS || patience_until !== undefined)
    return `${why}; trying again with ${backend} ${againWords({ ...step, seconds: delay }, now)}`;
  const until = goesOnAt(failure, now, new Date(now + delay * 1000).toISOString());
  return `${why}; waits for ${backend} until ${momentWords(until, now)}`;
}
