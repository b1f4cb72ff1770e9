// Keeps the overview of a run beside its complete journal, so that a list of a thousand runs need not read a thousand journals.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as z from "zod/mini";
import { RunKind } from "../schema/event.js";
import { RUN_OUTCOMES, RUN_STATUSES } from "../schema/run.js";
import type { RunOverview } from "../summary/overview.js";
import { omitUndefined } from "../util/omit-undefined.js";

const OVERVIEW_FILE = "overview.json";

const count = z.int().check(z.minimum(0));
const Kept = z.strictObject({
  /** Size of the journal when the overview was made; if the size differs, the overview is void. */
  journal_bytes: count,
  run_id: z.string(),
  /** Version 0.1 did not keep it. */
  kind: z._default(RunKind, "parallel"),
  status: z.enum(RUN_STATUSES),
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
  // Overviews of older versions lack the fields from here on.
  first_task: z.optional(z.string()),
  outcome: z.optional(z.nullable(z.enum(RUN_OUTCOMES))),
  cost_usd: z.optional(z.nullable(z.number())),
  name: z.optional(z.string()),
  dry_run: z.optional(z.boolean()),
  directory: z.optional(z.string()),
  backends: z.optional(z.array(z.string())),
});

/** Keeps the overview of a journal of exactly this size. A failure does no harm: a list then reads the journal. */
export function keepOverview(dir: string, overview: RunOverview, journalBytes: number): void {
  try {
    const text = JSON.stringify({ journal_bytes: journalBytes, ...overview });
    writeFileSync(join(dir, OVERVIEW_FILE), text, { mode: 0o600 });
  } catch {
    // A list can still read the journal itself.
  }
}

/** The kept overview, if the journal has not changed since. */
export function keptOverview(dir: string, runId: string, journalBytes: number): RunOverview | undefined {
  try {
    const kept = Kept.safeParse(JSON.parse(readFileSync(join(dir, OVERVIEW_FILE), "utf8")));
    if (!kept.success || kept.data.journal_bytes !== journalBytes || kept.data.run_id !== runId) return undefined;
    const {
      journal_bytes: _,
      name,
      first_task,
      dry_run,
      directory,
      backends,
      outcome,
      cost_usd,
      ...overview
    } = kept.data;
    return { ...overview, ...omitUndefined({ name, first_task, dry_run, directory, backends, outcome, cost_usd }) };
  } catch {
    return undefined;
  }
}
