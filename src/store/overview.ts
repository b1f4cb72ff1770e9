// Keeps the overview of a run beside its complete journal, so that a list of a thousand runs need not read a thousand journals.
import { rmSync, type Stats, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as z from "zod/mini";
import { RunKind } from "../schema/event.js";
import { RUN_OUTCOMES, RUN_STATUSES } from "../schema/run.js";
import type { RunOverview } from "../summary/overview.js";
import { omitUndefined } from "../util/omit-undefined.js";
import { readRegular } from "../util/regular-file.js";

const OVERVIEW_FILE = "overview.json";

const count = z.int().check(z.minimum(0));
const Kept = z.strictObject({
  /** Size and time of the journal when the overview was made; if one of them differs, the overview is void. */
  journal_bytes: count,
  journal_mtime_ms: z.number(),
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

/** Keeps the overview of a complete journal. A failure does no harm: a list then reads the journal. */
export function keepOverview(dir: string, overview: RunOverview, journal: Stats): void {
  try {
    const text = JSON.stringify({ journal_bytes: journal.size, journal_mtime_ms: journal.mtimeMs, ...overview });
    writeFileSync(join(dir, OVERVIEW_FILE), text, { mode: 0o600 });
  } catch {
    // A list can still read the journal itself.
  }
}

/** The kept overview, if the journal has not changed since. */
export function keptOverview(dir: string, runId: string, journal: Stats): RunOverview | undefined {
  try {
    const kept = Kept.safeParse(JSON.parse(readRegular(join(dir, OVERVIEW_FILE)).toString()));
    if (!kept.success || kept.data.run_id !== runId) return undefined;
    const { journal_bytes, journal_mtime_ms } = kept.data;
    if (journal_bytes !== journal.size || journal_mtime_ms !== journal.mtimeMs) return undefined;
    const {
      journal_bytes: _,
      journal_mtime_ms: __,
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

/** Removes the kept overview: the journal does not say any more what it said. */
export function forgetOverview(dir: string): void {
  try {
    rmSync(join(dir, OVERVIEW_FILE), { force: true });
  } catch {
    // A list of this run is then as old as its overview.
  }
}
