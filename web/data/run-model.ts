// One run as the page knows it: its events folded, kept up to date as long as somebody looks.
import { useEffect, useState } from "preact/hooks";
import type { RunDetail } from "../../src/schema/api.js";
import type { RunEvent } from "../../src/schema/event.js";
import { emptyRun, fold, type RunState } from "../../src/summary/summary.js";
import { emptyTimeline, extend, runTime, type Timeline } from "../../src/summary/timeline.js";
import { type ApiFailure, apiPath, call } from "./api.js";
import { follow, type Link } from "./follow.js";

export interface RunModel {
  state: RunState;
  timeline: Timeline;
  /** What the events do not say: prompts, and whether a process still cares for the run. */
  detail: RunDetail | undefined;
  link: Link;
  failure: ApiFailure | undefined;
  /** Whether something of it may still happen. */
  isActive: boolean;
  /** The run's own time now, in milliseconds; of a run that is over, when it ended. */
  now(): number;
  /** It was taken up again, by us: there will be more events. */
  goOn(): void;
}

/** Follows a run while the component is shown; renders anew with each batch of events. */
export function useRun(runId: string): RunModel {
  const [, render] = useState(0);
  const [turn, setTurn] = useState(0);
  const [model] = useState(() => newModel(() => setTurn((count) => count + 1)));
  const show = () => render((count) => count + 1);

  useEffect(() => {
    const stop = new AbortController();
    const { signal } = stop;
    const update = async () => {
      const detail = await call<RunDetail>(apiPath("runs", runId), { signal });
      if (signal.aborted) return;
      if (detail.ok) model.detail = detail.value;
      else model.failure = detail.error;
      show();
    };
    void update();
    void follow(runId, {
      signal,
      after: () => model.timeline.last_seq,
      goesOn: async () => {
        if (model.state.finished !== undefined && !model.expectsMore) return false;
        await update();
        const goesOn = model.detail === undefined || isUnderWay(model.detail);
        if (!goesOn) model.expectsMore = false;
        return goesOn;
      },
      onServerTime: (now) => model.onServerTime(now),
      onEvents: (events) => {
        model.take(events);
        show();
        // Who cares for the run, and its prompts, may have changed with these.
        if (events.some(({ type }) => type === "run_started" || type === "run_resumed" || type === "run_finished"))
          void update();
      },
      onLink: (link, failure) => {
        model.link = link;
        model.failure = failure;
        show();
      },
    });
    return () => stop.abort();
  }, [runId, turn]);
  return model;
}

function isUnderWay({ status }: Pick<RunDetail, "status">): boolean {
  return status === "running" || status === "queued";
}

interface OwnModel extends RunModel {
  /** The server has promised to go on, and no event says so yet. */
  expectsMore: boolean;
  take(events: readonly RunEvent[]): void;
  onServerTime(now: number): void;
}

function newModel(follow: () => void): OwnModel {
  // How far the server's clock is ahead of this one; its header counts whole seconds.
  let ahead = 0;
  const model: OwnModel = {
    state: emptyRun(),
    timeline: emptyTimeline(),
    detail: undefined,
    link: "connecting",
    failure: undefined,
    expectsMore: false,
    get isActive() {
      if (model.expectsMore) return true;
      if (model.state.finished !== undefined || model.state.started === undefined) return false;
      return model.detail === undefined || isUnderWay(model.detail);
    },
    now() {
      const { last } = model.timeline;
      return model.isActive ? Math.max(last, runTime(model.timeline, Date.now() + ahead)) : last;
    },
    take(events) {
      for (const event of events) {
        if (event.seq <= model.timeline.last_seq) continue;
        if (event.type === "run_resumed") model.expectsMore = false;
        fold(model.state, event);
        extend(model.timeline, event);
      }
    },
    onServerTime(now) {
      const difference = now - Date.now();
      ahead = Math.abs(difference) > 2000 ? difference : 0;
    },
    goOn() {
      model.expectsMore = true;
      follow();
    },
  };
  return model;
}
