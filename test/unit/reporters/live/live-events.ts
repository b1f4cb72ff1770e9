// Runs in the middle, for the tests of the live view.
import stringWidth from "string-width";
import { frame } from "../../../../src/reporters/live/live-frame.js";
import { emptyLive, foldLive, type LiveRules, type LiveState } from "../../../../src/reporters/live/live-state.js";
import type { FrameOptions } from "../../../../src/reporters/live/live-text.js";
import type { RunEventBody } from "../../../../src/schema/event.js";
import type { TaskRecord } from "../../../../src/schema/result.js";
import { numbered, record, runStarted } from "../run-events.js";

/** When the first event happens; each next one is a second later. */
export const START = Date.parse(numbered([runStarted([])])[0]?.time ?? "");

export function live(bodies: readonly RunEventBody[], rules: Partial<LiveRules> = {}): LiveState {
  const state = emptyLive({ lane_caps: {}, waits_for_quota: false, ...rules });
  for (const event of numbered(bodies)) foldLive(state, event);
  return state;
}

/** `count` tasks on claude. */
export function tasks(count: number, fields: Partial<TaskRecord> = {}): TaskRecord[] {
  return Array.from({ length: count }, (_, index) => record({ index, ...fields }));
}

export const output = (task_id: string, text: string): RunEventBody => ({
  type: "task_output",
  task_id,
  attempt: 1,
  text,
});

export const toolCall = (task_id: string, tool: string, text: string): RunEventBody => ({
  type: "task_activity",
  task_id,
  attempt: 1,
  kind: "tool_call",
  tool,
  text,
});

/** The frame so many seconds after the first event, without colour, in a usual terminal. */
export function frameAt(seconds: number, state: LiveState, options: Partial<FrameOptions> = {}): string[] {
  const usual = { columns: 80, rows: 24, color: false, unicode: true, width: stringWidth };
  // The spinner stands still.
  return frame(state, { ...usual, now: START + seconds * 1000, ...options }).map((line) =>
    line.replace(/^[⠀-⣿]/u, "*"),
  );
}
