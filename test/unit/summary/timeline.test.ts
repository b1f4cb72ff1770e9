import { describe, expect, it } from "vitest";
import type { RunEvent, RunEventBody } from "../../../src/schema/event.js";
import type { Failure } from "../../../src/schema/failure.js";
import type { Status, TaskRecord } from "../../../src/schema/result.js";
import {
  emptyTimeline,
  nextAttempt,
  runTime,
  segmentsAt,
  type Timeline,
  type Track,
  trackState,
} from "../../../src/summary/timeline.js";
import { extend } from "../../../src/summary/timeline-fold.js";

const START = Date.parse("2026-01-01T00:00:00Z");
const FAILURE: Failure = { kind: "quota_exhausted", message: "used up" };

/** Events at seconds of a wall clock that began with the run. */
function play(...steps: [second: number, body: RunEventBody][]): Timeline {
  const timeline = emptyTimeline();
  for (const [index, [second, body]] of steps.entries()) {
    const time = new Date(START + second * 1000).toISOString();
    extend(timeline, { v: 1, seq: index + 1, time, run_id: "r", ...body } as RunEvent);
  }
  return timeline;
}

const planned = (task_id: string, backend = "claude") => {
  return { task_id, index: 0, name: task_id, backend, workdir: "/", model: null, verbose: false, tags: [], meta: {} };
};
const begin = (...ids: string[]): RunEventBody => {
  const tasks = ids.map((id) => planned(id));
  const head = { kind: "parallel", total_tasks: ids.length, max_parallel: 2, fail_fast: false, offline: true } as const;
  return { type: "run_started", ...head, tasks };
};
const started = (task_id: string, attempt = 1): RunEventBody => ({
  type: "task_started",
  task_id,
  attempt,
  command: "x",
});
const retrying = (task_id: string, backend = "claude"): RunEventBody => {
  return { type: "task_retrying", task_id, attempt: 1, failure: FAILURE, delay_seconds: 1, backend };
};
const finished = (task_id: string, status: Status = "OK", backend = "claude"): RunEventBody => {
  return { type: "task_finished", task_id, attempt: 1, result: { status, backend } as TaskRecord };
};
const parked = (untilSecond: number): RunEventBody => {
  const until = new Date(START + untilSecond * 1000).toISOString();
  return { type: "lane_parked", backend: "claude", until, failure: FAILURE };
};

const paused = (untilSecond: number): RunEventBody => {
  const until = new Date(START + untilSecond * 1000).toISOString();
  return { type: "lane_paused", backend: "claude", until, failure: { kind: "overloaded", message: "busy" } };
};
const open: RunEventBody = { type: "lane_changed", backend: "claude", limit: 2, reason: "recovered" };

/** `queued 0-2, running 2-5 OK`, in seconds. */
function story(timeline: Timeline, id: string, nowSecond = 100): string {
  const track = timeline.tracks.get(id);
  if (!track) return "none";
  return segmentsAt(timeline, track, nowSecond * 1000)
    .map(({ kind, from, to, ended }) => `${kind} ${from / 1000}-${to / 1000}${ended ? ` ${ended}` : ""}`)
    .join(", ");
}

describe("the story of a task", () => {
  it("queues, runs and ends", () => {
    const timeline = play([0, begin("a")], [2, started("a")], [5, finished("a")]);
    expect(story(timeline, "a")).toBe("queued 0-2, running 2-5 OK");
  });

  it("waits while its backend pauses, until that answers another task", () => {
    const timeline = play(
      [0, begin("a", "b")],
      [1, started("a")],
      [2, paused(7)],
      [2, { ...retrying("a"), delay_seconds: 5 } as RunEventBody],
      [7, started("a", 2)],
      [9, open],
      [10, started("b")],
    );
    expect(story(timeline, "a", 12)).toBe("queued 0-1, running 1-2 retried, pause 2-7, running 7-12");
    expect(story(timeline, "b", 12)).toBe("queued 0-10, running 10-12");
    expect(timeline.lanes.get("claude")).toEqual({ limit: 2 });
  });

  it("waits for the quota if its pausing backend is parked", () => {
    const timeline = play([0, begin("a", "b")], [1, started("a")], [2, paused(7)], [8, parked(20)]);
    expect(story(timeline, "b", 12)).toBe("queued 0-8, quota 8-12");
    expect(timeline.lanes.get("claude")?.paused).toBeUndefined();
  });

  it("is told of a judge, too", () => {
    const timeline = play(
      [0, { ...begin("a"), judge: planned("judge", "codex") } as RunEventBody],
      [1, started("a")],
      [5, finished("a")],
      [5, started("judge")],
      [8, finished("judge", "OK", "codex")],
    );
    expect(story(timeline, "judge")).toBe("queued 0-5, running 5-8 OK");
    expect(timeline.tracks.get("judge")?.backend).toBe("codex");
  });

  it("reaches to now while it lasts", () => {
    const timeline = play([0, begin("a", "b")], [2, started("a")]);
    expect(story(timeline, "a", 7)).toBe("queued 0-2, running 2-7");
    expect(story(timeline, "b", 7)).toBe("queued 0-7");
    expect([...timeline.tracks.values()].map(trackState)).toEqual(["running", "queued"]);
  });

  it("has a stretch for each attempt, and the pause between them", () => {
    const timeline = play(
      [0, begin("a")],
      [1, started("a")],
      [3, retrying("a")],
      [4, started("a", 2)],
      [9, finished("a")],
    );
    expect(story(timeline, "a")).toBe("queued 0-1, running 1-3 retried, pause 3-4, running 4-9 OK");
    expect(timeline.tracks.get("a")?.setbacks).toMatchObject([{ attempt: 1, backend: "claude", failure: FAILURE }]);
  });

  it("tells waiting for a quota from waiting for a slot, before and after the reset", () => {
    const timeline = play([0, begin("a", "b")], [1, started("a")], [3, parked(10)], [3, retrying("a")]);
    expect(story(timeline, "a", 8)).toBe("queued 0-1, running 1-3 retried, quota 3-8");
    expect(story(timeline, "b", 8)).toBe("queued 0-3, quota 3-8");
    expect(story(timeline, "b", 12)).toBe("queued 0-3, quota 3-10, queued 10-12");
  });

  it("does not wait for the quota of the backend that it has left", () => {
    const timeline = play([0, begin("a")], [1, started("a")], [3, parked(60)], [3, retrying("a", "codex")]);
    expect(story(timeline, "a", 4)).toBe("queued 0-1, running 1-3 retried, pause 3-4");
    expect(timeline.tracks.get("a")?.backend).toBe("codex");
  });

  it("ends with the run if nothing else was heard of it", () => {
    const over: RunEventBody = { type: "run_finished", total_duration_seconds: 4 };
    const timeline = play([0, begin("a")], [1, started("a")], [4, over]);
    expect(story(timeline, "a")).toBe("queued 0-1, running 1-4");
    expect([...timeline.tracks.values()].map(trackState)).toEqual(["CANCELED"]);
  });

  it("knows no time between the end of a process and the next one that goes on", () => {
    const resumed: RunEventBody = { type: "run_resumed", remaining: ["a"] };
    const again: [number, RunEventBody][] = [
      [9000, resumed],
      [9001, started("a")],
      [9003, finished("a")],
    ];
    const timeline = play([0, begin("a", "b")], [1, started("a")], [2, finished("b")], [5, retrying("b")], ...again);
    expect(story(timeline, "a")).toBe("queued 0-1, running 1-5, queued 5-6, running 6-8 OK");
    expect(timeline.resumed).toEqual([5000]);
    expect(runTime(timeline, START + 9_003_000)).toBe(8000);
  });
});

describe("what a task says", () => {
  it("is kept at its end only, and begins anew with an attempt", () => {
    const say = (text: string): RunEventBody => ({ type: "task_output", task_id: "a", attempt: 1, text });
    const timeline = play([0, begin("a")], [1, started("a")], [2, say("x".repeat(20_000))], [3, say("end")]);
    const track = timeline.tracks.get("a");
    expect(track?.text).toHaveLength(8000);
    expect(track?.text.endsWith("xend")).toBe(true);
    expect(play([0, begin("a")], [1, started("a")], [2, say("old")], [3, started("a", 2)]).tracks.get("a")?.text).toBe(
      "",
    );
  });

  it("keeps the latest steps", () => {
    const step = (index: number): [number, RunEventBody] => {
      return [
        1,
        { type: "task_activity", task_id: "a", attempt: 1, kind: "tool_call", text: `${index}`, tool: "Read" },
      ];
    };
    const timeline = play([0, begin("a")], ...Array.from({ length: 150 }, (_, index) => step(index)));
    expect(timeline.tracks.get("a")?.activity).toHaveLength(100);
    expect(timeline.tracks.get("a")?.activity.at(-1)).toEqual({ kind: "tool_call", text: "149", tool: "Read" });
  });
});

it("passes over tasks that it does not know", () => {
  const timeline = play([0, begin("a")], [1, started("a")], [2, started("nobody")]);
  expect([...timeline.tracks.keys()]).toEqual(["a"]);
});

describe("what is known of the moment", () => {
  const act = (kind: "tool_call" | "note", text: string, tokens?: number): RunEventBody => {
    const body = { type: "task_activity", task_id: "a", attempt: 1, kind, text } as const;
    return { ...body, ...(tokens === undefined ? {} : { tokens }) };
  };
  const say = (text: string): RunEventBody => ({ type: "task_output", task_id: "a", attempt: 1, text });

  it("is the last tool call, or what was said since", () => {
    const steps: [number, RunEventBody][] = [
      [0, begin("a")],
      [1, started("a")],
      [2, say("I look. ")],
      [3, act("tool_call", "src", 120)],
    ];
    expect(play(...steps).tracks.get("a")).toMatchObject({ doing: { tool: "tool", text: "src" }, tokens: 120 });
    const later = play(...steps, [4, say("Found")], [5, say(" it")]);
    expect(later.tracks.get("a")?.doing).toEqual({ text: "Found it" });
  });

  it("says when the next attempt may start, until it does", () => {
    const timeline = play([0, begin("a")], [1, started("a")], [3, retrying("a")]);
    expect(timeline.tracks.get("a")).toMatchObject({ since: START + 1000, retry_at: START + 4000 });
    const again = play([0, begin("a")], [1, started("a")], [3, retrying("a")], [4, started("a", 2)]);
    expect(again.tracks.get("a")?.retry_at).toBeUndefined();
    expect(again.tracks.get("a")?.since).toBe(START + 1000);
  });

  it("says what a task waits for while its backend pauses, also one that was never tried", () => {
    const untold = [0, begin("a", "b")] as const;
    const [until, again] = [
      START + 7000,
      { ...retrying("a"), delay_seconds: 5, asked_by_service: true } as RunEventBody,
    ];
    const timeline = play([...untold], [1, started("a")], [2, paused(7)], [2, again]);
    const next = (of: Timeline, id: string) => nextAttempt(of, of.tracks.get(id) as Track);
    const busy = { kind: "overloaded", message: "busy" };
    for (const id of ["a", "b"])
      expect(next(timeline, id)).toMatchObject({ at: until, failure: busy, after_probe: true });
    const opened = play([...untold], [1, started("a")], [2, paused(7)], [2, again], [8, open]);
    expect(next(opened, "a")).toMatchObject({ at: until, asked_by_service: true, after_probe: false });
    expect(next(opened, "b")).toBeUndefined();
    const resumed = play(
      [...untold],
      [1, started("a")],
      [2, paused(7)],
      [60, { type: "run_resumed", remaining: ["b"] }],
    );
    expect(next(resumed, "b")).toBeUndefined();
  });

  it("knows how a backend's queue stands", () => {
    const slower: RunEventBody = { type: "lane_changed", backend: "claude", limit: 2, reason: "throttled" };
    const timeline = play([0, begin("a")], [1, slower], [2, parked(60)]);
    expect(timeline.lanes.get("claude")).toEqual({ limit: 2, parked_until: START + 60_000, failure: FAILURE });
  });
});

it("of a past that is told by its results alone, each has the time in which it ran", () => {
  const at = (second: number) => new Date(START + second * 1000).toISOString();
  const result = { status: "OK", backend: "claude", start_time: at(2), end_time: at(5) } as TaskRecord;
  const timeline = play([0, begin("a")], [5, { type: "task_finished", task_id: "a", attempt: 1, result }]);
  expect(story(timeline, "a")).toBe("queued 0-2, running 2-5 OK");
});
