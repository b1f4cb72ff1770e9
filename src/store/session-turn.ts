// Runs one turn of a session: locks the session for one process, and records the turn when its prompt was answered or failed.
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { FailureKind } from "../schema/failure.js";
import type { TaskRecord } from "../schema/result.js";
import type { Session } from "../schema/session.js";
import { sumUsage } from "../summary/summary.js";
import { makeDir } from "../util/new-files.js";
import { newRunId } from "../util/random.js";
import { err, ok, type Result } from "../util/result.js";
import { describeProblem, type Lock, lockRun } from "./lock.js";
import { SESSION_FILE, sessionDir, storedSession } from "./sessions.js";

/** A session that this process has locked. */
export interface SessionTurn {
  id: string;
  /** The session before this turn; `undefined` = it begins with this turn. */
  before: Session | undefined;
  /** Absolute path of the directory (0700) that serves as home for CLIs that need one made. */
  home: string;
  /** Aborted when another process has taken the session over: a sentence says who. */
  readonly lost: AbortSignal;
  /** Writes the record in one step. The error says why it could not be written. */
  save(session: Session): Result<void, string>;
  /** Releases the session. Removes a session that was never saved. */
  close(): void;
}

/** Begins a session. The error is a sentence for a person. */
export function beginSession(clinvkHome: string): Result<SessionTurn, string> {
  const id = newRunId();
  const dir = sessionDir(clinvkHome, id);
  try {
    makeDir(join(dir, ".."));
    mkdirSync(dir, { mode: 0o700 });
  } catch (error) {
    return err(`the session can't be kept: ${reason(error)}`);
  }
  return take(id, dir, () => ok(undefined));
}

/** Continues a session. The error says that another process works on it, or what is wrong with it. */
export function continueSession(clinvkHome: string, id: string): Result<SessionTurn, string> {
  const dir = sessionDir(clinvkHome, id);
  if (!existsSync(dir)) return err(`there is no session ${id}`);
  // Read under the lock: another process may have just changed it.
  return take(id, dir, () => {
    const stored = storedSession(clinvkHome, id);
    return stored.ok && stored.value === undefined ? err(`there is no session ${id}`) : stored;
  });
}

function take(id: string, dir: string, read: () => Result<Session | undefined, string>): Result<SessionTurn, string> {
  const locked = lockRun(dir);
  if (!locked.ok) return err(`the session ${id} can't be used: ${describeProblem(locked.error)}`);
  const before = read();
  if (!before.ok) {
    locked.value.release();
    return before;
  }
  return ok({
    id,
    before: before.value,
    home: join(dir, "home"),
    lost: locked.value.lost,
    save: (session) => save(dir, session, locked.value),
    close: () => close(dir, locked.value),
  });
}

function save(dir: string, session: Session, lock: Lock): Result<void, string> {
  const path = join(dir, SESSION_FILE);
  lock.isHeld();
  if (lock.lost.aborted) return err(`the session can't be recorded: ${lock.lost.reason}`);
  try {
    writeFileSync(`${path}.new`, `${JSON.stringify(session, null, 2)}\n`, { mode: 0o600, flush: true });
    renameSync(`${path}.new`, path);
    return ok(undefined);
  } catch (error) {
    return err(`the session can't be recorded: ${reason(error)}`);
  }
}

function close(dir: string, lock: Lock): void {
  // Other processes can't see a session without a record, so it can be removed.
  if (existsSync(join(dir, SESSION_FILE))) lock.release();
  else rmSync(dir, { recursive: true, force: true });
}

function reason(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** What a turn adds to the record of its session. */
export interface TurnEnd {
  id: string;
  before: Session | undefined;
  record: TaskRecord;
  requested_model: string | undefined;
  tags: readonly string[];
  offline: boolean;
  /** `false`: token counts are not kept. */
  keep_usage: boolean;
  /** The CLI can continue a conversation in which nothing was answered yet. */
  can_go_on_unanswered: boolean;
}

/** After these failures the first prompt never reached a model: there is nothing to continue, even if the CLI gave an id. */
const NEVER_BEGUN: ReadonlySet<FailureKind | undefined> = new Set<FailureKind>([
  "not_authenticated",
  "model_not_found",
  "bad_request",
  "billing",
  "update_required",
]);

/** The session after a turn; `undefined` if there is nothing to continue. */
export function afterTurn(turn: TurnEnd): Session | undefined {
  const { before, record } = turn;
  if (record.session_id === null) return before;
  const ended = record.end_time ?? record.start_time ?? "";
  const answered = record.status === "OK";
  const begun = turn.can_go_on_unanswered && !NEVER_BEGUN.has(record.failure?.kind);
  if (before === undefined && !answered && !begun) return undefined;
  return {
    id: turn.id,
    backend: record.backend,
    backend_session_id: record.session_id,
    status: answered ? "active" : "failed",
    title: before?.title ?? record.name,
    workdir: before?.workdir ?? record.workdir,
    model: record.model ?? before?.model ?? null,
    requested_model: turn.requested_model ?? null,
    turns: (before?.turns ?? 0) + (answered ? 1 : 0),
    usage: turn.keep_usage ? sumUsage([before?.usage ?? null, record.usage]) : null,
    tags: before?.tags ?? [...turn.tags],
    offline: turn.offline,
    created_at: before?.created_at ?? record.start_time ?? ended,
    updated_at: ended,
  };
}
