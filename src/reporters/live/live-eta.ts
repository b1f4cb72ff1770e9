// Estimates how long a run will still take: it puts the remaining tasks on the slots, each as long as ended tasks took.
import { trackState } from "../../summary/timeline.js";
import { type LiveState, type RunningTask, runningTasks, unstarted } from "./live-state.js";

/** This many tasks must have succeeded before there is an estimate. */
const BASIS = 3;
/** From so many on a backend's own tasks say how long its tasks take; before, all of them do. */
const OWN_BASIS = 2;

/**
 * Seconds until the last task, and the judge if there is one, is done; `undefined` while fewer than three tasks have succeeded, when nothing is left, and
 * once the run is being ended.
 *
 * A task is expected to take the average of those that succeeded on its backend, where a running task that already takes
 * longer counts with its time so far. The answer is the longest of: all that is left on `max_parallel` slots, and for
 * each backend its own tasks on the slots of its lane, from the moment on at which its quota resets. A judge comes after
 * all of that.
 */
export function secondsLeft(state: LiveState, now: number): number | undefined {
  const { started, results } = state.run;
  if (started === undefined || [...results.values()].some(({ status }) => status === "CANCELED")) return undefined;
  const runs = runningTasks(state);
  const average = averages(state, runs, now);
  if (average === undefined) return undefined;
  const running = runs.map((task) => {
    const seconds = average(task.backend);
    return { backend: task.backend, seconds: Math.max(seconds - elapsed(task, now), seconds / 4), from: 0 };
  });
  const waiting = [...unstarted(state)].flatMap(({ backend, at }) => {
    const { parked_until = 0, paused } = state.timeline.lanes.get(backend) ?? {};
    const parked = Math.max(0, parked_until - now);
    if (parked > 0 && !state.rules.waits_for_quota) return [];
    const from = Math.max(parked, (paused?.until ?? 0) - now, at - now, 0) / 1000;
    return [{ backend, seconds: average(backend), from }];
  });
  const judging = judgeSeconds(state, average, now);
  if (running.length + waiting.length === 0) return judging;
  const spans = [...new Set([...running, ...waiting].map(({ backend }) => backend))].map((lane) => {
    const mine = ({ backend }: { backend: string }) => backend === lane;
    return span(running.filter(mine), waiting.filter(mine), slotsOf(state, lane, started.max_parallel));
  });
  // A task whose backend is at its cap holds no slot.
  const work = waiting.map(({ seconds }) => ({ seconds, from: 0 }));
  return Math.max(...spans, span(running, work, started.max_parallel)) + (judging ?? 0);
}

/** How long a judge that has yet to start takes, its wait for another attempt included; `undefined` = none is to come. */
function judgeSeconds(state: LiveState, average: (backend: string) => number, now: number): number | undefined {
  const { judge } = state.run.started ?? {};
  const { results, finished } = state.run;
  const track = judge && state.timeline.tracks.get(judge.task_id);
  if (!track || finished || results.has(judge.task_id) || trackState(track) === "running") return undefined;
  // It needs the answers of those, too, and is not started without them.
  if ([...results.values()].some(({ status }) => status === "WAITING")) return undefined;
  return average(track.backend) + Math.max(0, (track.retry_at ?? 0) - now) / 1000;
}

interface Work {
  seconds: number;
  /** Seconds from now before which it can't start. */
  from: number;
}

/** When the last of it is done, if each next task takes the slot that is free first. */
function span(running: readonly Work[], waiting: readonly Work[], slots: number): number {
  // With more running than slots, those that end first are not replaced. Sorted, it is a heap: the first is free first.
  const free = running
    .map(({ seconds }) => seconds)
    .sort((a, b) => a - b)
    .slice(-slots);
  while (free.length < slots && free.length < running.length + waiting.length) free.unshift(0);
  for (const { seconds, from } of waiting) replaceFirst(free, Math.max(free[0] ?? 0, from) + seconds);
  return Math.max(...free);
}

/** Puts `value` in the place of the smallest one of a heap. */
function replaceFirst(heap: number[], value: number): void {
  const at = (index: number) => heap[index] ?? Number.POSITIVE_INFINITY;
  let place = 0;
  for (;;) {
    const left = 2 * place + 1;
    const child = at(left + 1) < at(left) ? left + 1 : left;
    if (at(child) >= value) break;
    heap[place] = at(child);
    place = child;
  }
  heap[place] = value;
}

function slotsOf({ rules, timeline }: LiveState, backend: string, max_parallel: number): number {
  const cap = Math.min(
    max_parallel,
    rules.lane_caps[backend] ?? max_parallel,
    timeline.lanes.get(backend)?.limit ?? max_parallel,
  );
  return Math.max(1, cap);
}

/** How many seconds a task of a backend takes; `undefined` without a basis. */
function averages(
  state: LiveState,
  running: readonly RunningTask[],
  now: number,
): ((backend: string) => number) | undefined {
  const all = { seconds: 0, count: 0 };
  for (const { seconds, count } of state.durations.values()) {
    all.seconds += seconds;
    all.count += count;
  }
  if (all.count < BASIS) return undefined;
  const known = new Map<string, number>();
  return (backend) => {
    const found = known.get(backend) ?? averageOf(backend);
    known.set(backend, found);
    return found;
  };

  function averageOf(backend: string): number {
    const own = state.durations.get(backend);
    const { seconds, count } = own !== undefined && own.count >= OWN_BASIS ? own : all;
    const mean = seconds / count;
    const longer = running
      .filter((task) => task.backend === backend)
      .map((task) => elapsed(task, now))
      .filter((time) => time > mean);
    return (seconds + longer.reduce((sum, time) => sum + time, 0)) / (count + longer.length);
  }
}

function elapsed({ since }: RunningTask, now: number): number {
  return Math.max(0, now - since) / 1000;
}
