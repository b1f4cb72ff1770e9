// Names, steps and reasons are the words of others: what reverses the writing, hides in it or controls something becomes
// visible, as in rendered answers. Answers themselves stay as they are: they can be saved.
import type { RunEvent } from "../../src/schema/event.js";
import type { Failure } from "../../src/schema/failure.js";
import type { Refusal, TaskRecord } from "../../src/schema/result.js";
import { visibleControls } from "../../src/util/markdown.js";

export function cleanEvent(event: RunEvent): RunEvent {
  switch (event.type) {
    case "run_started":
      return {
        ...event,
        tasks: event.tasks.map(cleanName),
        ...(event.judge ? { judge: cleanName(event.judge) } : {}),
        ...(event.name === undefined ? {} : { name: visibleControls(event.name) }),
      };
    case "warning":
      return { ...event, message: visibleControls(event.message) };
    case "task_activity":
      return { ...event, text: visibleControls(event.text) };
    case "task_retrying":
    case "lane_parked":
    case "lane_paused":
      return { ...event, failure: cleanFailure(event.failure) };
    case "task_finished":
      return { ...event, result: cleanRecord(event.result) };
    case "run_resumed":
    case "task_started":
    case "task_output":
    case "lane_changed":
    case "run_finished":
      return event;
    default:
      return event satisfies never;
  }
}

function cleanRecord(record: TaskRecord): TaskRecord {
  const { failure, refusals } = record;
  return {
    ...cleanName(record),
    ...(failure === undefined ? {} : { failure: cleanFailure(failure) }),
    refusals: refusals?.map(cleanRefusal) ?? null,
  };
}

function cleanRefusal(refusal: Refusal): Refusal {
  return refusal.detail === undefined ? refusal : { ...refusal, detail: visibleControls(refusal.detail) };
}

function cleanName<T extends { name: string }>(named: T): T {
  return { ...named, name: visibleControls(named.name) };
}

function cleanFailure(failure: Failure): Failure {
  const hint = failure.hint === undefined ? {} : { hint: visibleControls(failure.hint) };
  return { ...failure, message: visibleControls(failure.message), ...hint };
}
