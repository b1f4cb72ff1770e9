// Runs for the tests of the store: a temporary home, and the events of a run one after another.
import { mkdtempSync, readFileSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach } from "vitest";
import type { RunEvent } from "../../src/schema/event.js";
import { openJournal } from "../../src/store/journal.js";
import { type Journal, runDir, type StoredPlan } from "../../src/store/store.js";
import { Events, finishAll, RUN_ID } from "./events.js";
import { planOf } from "./plan.js";

/** A new `$CLINVK_HOME` that is removed after the test. */
export function makeHome(): string {
  const home = realpathSync(mkdtempSync(join(tmpdir(), "clinvk-store-")));
  homes.push(home);
  return home;
}

const homes: string[] = [];
afterEach(() => {
  for (const home of homes.splice(0)) rmSync(home, { recursive: true, force: true });
});

/** Opens the journal of a new run, which must work. */
export function newJournal(
  clinvk_home: string,
  plan: StoredPlan,
  onError: (message: string) => void = failTest,
): Journal {
  const opened = openJournal({ clinvk_home, plan, onError });
  return opened.ok ? opened.value : failTest(opened.error);
}

/** Writes a journal of `count` tasks with these events, and closes it. */
export function writeRun(
  home: string,
  tell: (events: Events) => RunEvent[],
  { count = 3, runId = RUN_ID }: { count?: number; runId?: string } = {},
): RunEvent[] {
  const plan = planOf(count, { run_id: runId });
  const maker = new Events(runId);
  const events = [maker.started(plan), ...tell(maker)];
  const journal = newJournal(home, plan);
  for (const event of events) journal.onEvent(event);
  journal.close();
  return events;
}

/** A whole run of `count` tasks that all succeeded. */
export function writeFinishedRun(home: string, runId = RUN_ID, count = 3): RunEvent[] {
  return writeRun(home, (e) => [...finishAll(e, count), e.finished()], { count, runId });
}

export function journalPath(home: string, runId = RUN_ID): string {
  return join(runDir(home, runId), "events.ndjson");
}

export function journalBytes(home: string, runId = RUN_ID): Buffer {
  return readFileSync(journalPath(home, runId));
}

export function failTest(message: string): never {
  throw new Error(message);
}
