// Reads a whole run from its directory: the plan, and the state from its journal.
import { statSync } from "node:fs";
import { join } from "node:path";
import { emptyRun, fold } from "../summary/summary.js";
import { err, ok, type Result } from "../util/result.js";
import { JournalReader } from "./journal-reader.js";
import { readPlan } from "./plan-file.js";
import { EVENTS_FILE, isRunId, runDir, type StoredPlan, type StoredRun } from "./store.js";

export interface ReadOptions {
  /** Keep the answers of up to 256 KiB in `state`; default: drop them. */
  keep_content?: boolean;
}

/**
 * Reads a run by its full id; the error says why there is nothing to read. A damaged journal is no error: the part before
 * the damage is returned, and `intact` is `false`.
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
  const { trusted_bytes, next_seq, damage } = reader;
  const dropped = (statSync(path, { throwIfNoEntry: false })?.size ?? 0) - trusted_bytes;
  return ok({
    run_id: runId,
    dir,
    plan: readPlan<P>(dir, runId),
    state,
    next_seq,
    intact: dropped <= 0 && damage === undefined,
    trusted_bytes,
    dropped_bytes: Math.max(0, dropped),
    damage,
    events: () => new JournalReader(dir, runId, trusted_bytes).read(),
  });
}
