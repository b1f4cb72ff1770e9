// A run in one line: counted from its events, and kept beside a journal that is complete, so that a list of a thousand
// runs need not read a thousand journals.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as z from "zod/mini";
import { type RunEvent, RunKind, type RunStartedBody } from "../schema/event.js";
import type { Status } from "../schema/result.js";
import type { Counts } from "../summary/summary.js";
import { omitUndefined } from "../util/omit-undefined.js";
import type { RunOverview } from "./store.js";

const OVERVIEW_FILE = "overview.json";

const count = z.int().check(z.minimum(0));
const Kept = z.strictObject({
  /** Size of the journal that this was counted from; another size makes it void. */
  journal_bytes: count,
  run_id: z.string(),
  /** Version 0.1 did not keep it. */
  kind: z._default(RunKind, "parallel"),
  status: z.enum(["interrupted", "waiting", "finished"]),
  counts: z.strictObject({
    total: count,
    completed: count,
    failed: count,
    canceled: count,
    waiting: count,
    unfinished: count,
  }),
  start_time: z.nullable(z.string()),
  last_event_time: z.nullable(z.string()),
  duration_seconds: z.number(),
  offline: z.boolean(),
  // Absent in what older versions kept.
  name: z.optional(z.string()),
  dry_run: z.optional(z.boolean()),
  directory: z.optional(z.string()),
  backends: z.optional(z.array(z.string())),
});

/** What an overview says of a run apart from how it goes. */
type About = Pick<RunOverview, "kind" | "name" | "offline" | "dry_run" | "directory" | "backends">;

/** Counts a run; remembers one word per task. */
export class Tally {
  readonly #runId: string;
  #total = 0;
  #statuses = new Map<string, Status>();
  #judge: string | undefined;
  #about: About = { kind: "parallel", offline: false };
  #first: string | null = null;
  #last: string | null = null;
  #end: Extract<RunEvent, { type: "run_finished" }> | undefined;

  constructor(runId: string) {
    this.#runId = runId;
  }

  /** The run has come to its end, and was not taken up again. */
  get ended(): boolean {
    return this.#end !== undefined;
  }

  add(event: RunEvent): void {
    this.#first ??= event.time;
    this.#last = event.time;
    if (event.type === "run_started") {
      this.#total = event.tasks.length;
      this.#judge = event.judge?.task_id;
      this.#about = aboutRun(event);
    } else if (event.type === "run_resumed") {
      for (const id of event.remaining) this.#statuses.delete(id);
      this.#end = undefined;
    } else if (event.type === "task_finished") {
      this.#statuses.set(event.task_id, event.result.status);
    } else if (event.type === "run_finished") {
      this.#end = event;
    }
  }

  overview(): RunOverview {
    const counts = this.#count();
    const judged = this.#judge === undefined ? undefined : this.#statuses.get(this.#judge);
    const cutShort =
      this.#end === undefined ||
      this.#end.interrupted_by !== undefined ||
      counts.unfinished > 0 ||
      (this.#judge !== undefined && judged === undefined);
    const span = (Date.parse(this.#last ?? "") - Date.parse(this.#first ?? "")) / 1000;
    return {
      run_id: this.#runId,
      ...this.#about,
      status: cutShort ? "interrupted" : counts.waiting > 0 || judged === "WAITING" ? "waiting" : "finished",
      counts,
      start_time: this.#first,
      last_event_time: this.#last,
      duration_seconds: this.#end?.total_duration_seconds ?? (Number.isNaN(span) ? 0 : Math.max(0, span)),
    };
  }

  #count(): Counts {
    const by = (...wanted: Status[]) => {
      let n = 0;
      for (const [id, status] of this.#statuses) if (id !== this.#judge && wanted.includes(status)) n += 1;
      return n;
    };
    return {
      total: this.#total,
      completed: by("OK"),
      failed: by("FAILED", "TIMEOUT"),
      canceled: by("CANCELED"),
      waiting: by("WAITING"),
      unfinished: this.#total - by("OK", "FAILED", "TIMEOUT", "CANCELED", "WAITING"),
    };
  }
}

/** What the first event says of a run, for a list. */
export function aboutRun(started: RunStartedBody): About {
  const { kind, name, offline, dry_run, directory, tasks, judge } = started;
  const planned = judge ? [...tasks, judge] : tasks;
  const backends = [...new Set(planned.map(({ backend }) => backend))];
  return { kind, offline, ...omitUndefined({ name, dry_run, directory }), backends };
}

/** Keeps it for a journal of exactly this size. It may fail: a list then counts for itself. */
export function keepOverview(dir: string, overview: RunOverview, journalBytes: number): void {
  try {
    const text = JSON.stringify({ journal_bytes: journalBytes, ...overview });
    writeFileSync(join(dir, OVERVIEW_FILE), text, { mode: 0o600 });
  } catch {
    // The journal itself has all of it.
  }
}

/** What was kept, if the journal is still the one that it was counted from. */
export function keptOverview(dir: string, runId: string, journalBytes: number): RunOverview | undefined {
  try {
    const kept = Kept.safeParse(JSON.parse(readFileSync(join(dir, OVERVIEW_FILE), "utf8")));
    if (!kept.success || kept.data.journal_bytes !== journalBytes || kept.data.run_id !== runId) return undefined;
    const { journal_bytes: _, name, dry_run, directory, backends, ...overview } = kept.data;
    return { ...overview, ...omitUndefined({ name, dry_run, directory, backends }) };
  } catch {
    return undefined;
  }
}
