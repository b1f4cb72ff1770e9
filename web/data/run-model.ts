// The page's model of one run: its folded events, kept up to date while the page is visible.
import { useEffect, useState } from "preact/hooks";
import type { RunDetail } from "../../src/schema/api.js";
import type { RunEvent } from "../../src/schema/event.js";
import { emptyRun, fold, type RunState } from "../../src/summary/summary.js";
import { emptyTimeline, runTime, type Timeline } from "../../src/summary/timeline.js";
import { extend, interrupt } from "../../src/summary/timeline-fold.js";
import { cleanEvent } from "./clean-event.js";
import { follow, type Link } from "./follow.js";
import { type ApiFailure, ask } from "./server.js";

export interface RunModel {
  state: RunState;
  timeline: Timeline;
  /** Not in the events: prompts, and whether a process still works on the run. */
  detail: RunDetail | undefined;
  link: Link;
  failure: ApiFailure | undefined;
  /** Whether more events may come. */
  isActive: boolean;
  /** The run's own time now, in milliseconds; after the run, its end. */
  now(): number;
  /** This page has resumed the run: more events will come. */
  goOn(): void;
}

/** Follows a run while the component is shown; renders anew with each batch of events. */
export function useRun(runId: string): RunModel {
  const [, render] = useState(0);
  const [turn, setTurn] = useState(0);
  const [model] = useState(() => newModel(() => setTurn((count) => count + 1)));
  const show = () => render((count) => count + 1);

  useEffect(() => {
    const page = new AbortController();
    let stream: AbortController | undefined;
    const update = async () => {
      const detail = await ask((client) => client.runs.get(runId, { signal: page.signal }));
      if (page.signal.aborted) return;
      if (detail.ok) {
        model.detail = detail.value;
        const isCutOff = detail.value.status === "interrupted" && model.state.finished === undefined;
        if (isCutOff && model.link === "ended") interrupt(model.timeline);
      } else model.failure = detail.error;
      show();
    };
    const begin = () => {
      stream = new AbortController();
      void follow(runId, {
        signal: stream.signal,
        after: () => model.timeline.last_seq,
        onServerTime: (now) => model.onServerTime(now),
        onEvents: (events) => {
          model.take(events);
          show();
          // Whether a process works on the run, and its prompts, may have changed with these.
          if (events.some(({ type }) => type === "run_started" || type === "run_resumed" || type === "run_finished"))
            void update();
        },
        onLink: (link, failure) => {
          model.link = link;
          model.failure = failure;
          if (link === "ended") {
            model.expectsMore = false;
            void update();
          }
          show();
        },
      });
    };
    // A browser has few connections per server: a hidden tab closes its own.
    const look = () => {
      if (document.hidden) {
        stream?.abort();
        stream = undefined;
      } else if (stream === undefined) {
        void update();
        begin();
      }
    };
    void update();
    if (!document.hidden) begin();
    document.addEventListener("visibilitychange", look);
    return () => {
      document.removeEventListener("visibilitychange", look);
      page.abort();
      stream?.abort();
    };
  }, [runId, turn]);
  return model;
}

function isUnderWay({ status }: Pick<RunDetail, "status">): boolean {
  return status === "running" || status === "queued";
}

interface OwnModel extends RunModel {
  /** The server has accepted the resume, but its event has not arrived yet. */
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
        const shown = cleanEvent(event);
        fold(model.state, shown);
        extend(model.timeline, shown);
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
