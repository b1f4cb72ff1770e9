// Reads a whole run from its directory: the plan, and the state from its journal.
import { statSync } from "node:fs";
import { join } from "node:path";
import { emptyRun, fold } from "../summary/summary.js";
import { err, ok, type Result } from "../util/result.js";
import { JournalReader } from "./journal-reader.js";
import { forgetOverview } from "./overview.js";
import { readPlan } from "./plan-file.js";
import { EVENTS_FILE, isRunId, runDir, type StoredPlan, type StoredRun } from "./store.js";

export interface ReadOptions {
  /** Keep the answers of up to 256 KiB in `state`; default: drop them. */
  keep_content?: boolean;
}

/**
 * Reads a run by its full id; the error says why there is nothing to read. A damaged journal is no error: what can be
 * trusted of it is returned, and `intact` is `false`.
 */
export function readRun<P extends StoredPlan = StoredPlan>(
  clinvkHome: string,
  runId: string,
  { keep_content = false }: ReadOptions = {},
): Result<StoredRun<P>, string> {
  const dir = runDir(clinvkHome, runId);
  if (!isRunId(runId) || !statSync(dir, { throwIfNoEntry: false })?.isDirectory()) {
    return err(`there is no run "${runId}"`);
  }
  const path = join(dir, EVENTS_FILE);
  const state = emptyRun({ keep_content });
  const reader = new JournalReader(dir, runId);
  try {
    for (const event of reader.read()) fold(state, event);
  } catch (error) {
    return err(`${path} can't be read: ${error instanceof Error ? error.message : String(error)}`);
  }
  const { whole_bytes, next_seq, damage, headless } = reader;
  const torn = (statSync(path, { throwIfNoEntry: false })?.size ?? 0) - whole_bytes;
  const dropped_bytes = reader.dropped_bytes + Math.max(0, torn);
  // It was made before the damage: a list must say what everybody says.
  if (damage !== undefined) forgetOverview(dir);
  return ok({
    run_id: runId,
    dir,
    plan: readPlan<P>(dir, runId),
    state,
    next_seq,
    intact: dropped_bytes === 0 && damage === undefined,
    whole_bytes,
    dropped_bytes,
    damage,
    headless,
    events: () => new JournalReader(dir, runId, whole_bytes).read(),
  });
}
