// Lists all sessions of a `$CLINVK_HOME`, finds one by a part of its id, deletes one, and removes old ones. Each has a
// directory `sessions/<id>` (0700) with its record, its lock, and the home for CLIs that need one made.
import { statSync } from "node:fs";
import { join } from "node:path";
import { formatPath } from "../document/diagnostics.js";
import { validate } from "../document/validate.js";
import { Session } from "../schema/session.js";
import { readRegular } from "../util/regular-file.js";
import { err, ok, type Result } from "../util/result.js";
import {
  type Directories,
  directoryIds,
  findDirectory,
  type Pruned,
  pruneBeside,
  pruneDirectories,
  removeDirectory,
} from "./directories.js";
import { isLocked } from "./lock.js";

/** File in a session's directory that holds its record. */
export const SESSION_FILE = "session.json";

/** How long sessions are kept if the configuration does not say. */
export const SESSION_RETENTION_DAYS = 30;

/** The directory of one session. */
export function sessionDir(clinvkHome: string, id: string): string {
  return join(allSessions(clinvkHome).dir, id);
}

function allSessions(clinvkHome: string): Directories {
  return { dir: join(clinvkHome, "sessions"), noun: "session" };
}

export interface SessionFilter {
  backend?: string;
  status?: Session["status"];
  /** Absolute, with symbolic links resolved, as in the record. */
  workdir?: string;
  offline?: boolean;
  limit?: number;
  offset?: number;
}

export interface SessionList {
  /** The latest turn first. */
  sessions: Session[];
  /** How many sessions match, regardless of `limit` and `offset`. */
  total: number;
  /** One sentence for each record that can't be read. Such a record is not removed. */
  problems: string[];
}

/** The sessions that match. Throws only if the directory itself can't be read. */
export function listSessions(clinvkHome: string, filter: SessionFilter = {}): SessionList {
  const { limit = Number.POSITIVE_INFINITY, offset = 0, ...wanted } = filter;
  const problems: string[] = [];
  const found: Session[] = [];
  for (const id of directoryIds(allSessions(clinvkHome))) {
    const read = load(clinvkHome, id);
    if (!read.ok) problems.push(read.error);
    else if (read.value !== undefined && fits(read.value, wanted)) found.push(read.value);
  }
  found.sort((a, b) => (a.updated_at === b.updated_at ? 0 : a.updated_at < b.updated_at ? 1 : -1));
  return { sessions: found.slice(offset, offset + limit), total: found.length, problems };
}

function fits(session: Session, { backend, status, workdir, offline }: SessionFilter): boolean {
  return (
    (backend === undefined || session.backend === backend) &&
    (status === undefined || session.status === status) &&
    (workdir === undefined || session.workdir === workdir) &&
    (offline === undefined || session.offline === offline)
  );
}

/** Finds a session by its id, or by a beginning or end that only one id has. The error says what to do. */
export function findSession(clinvkHome: string, part: string): Result<string, string> {
  return findDirectory(allSessions(clinvkHome), part);
}

/** Reads one session by its full id. The error says that there is none, or what is wrong with its record. */
export function readSession(clinvkHome: string, id: string): Result<Session, string> {
  const read = load(clinvkHome, id);
  if (!read.ok) return read;
  if (read.value === undefined) return err(`the session ${id} has no record: its first prompt was not answered yet`);
  return ok(read.value);
}

/** Deletes what clinvk keeps of a session; the CLIs' own copies (claude, codex) stay. The error says why it could not be deleted. */
export function deleteSession(clinvkHome: string, id: string): Result<void, string> {
  return removeDirectory(allSessions(clinvkHome), id);
}

/** Removes the sessions whose last turn is more than `days` ago, and the remains of first turns that were killed. */
export function pruneSessions(clinvkHome: string, days: number, now = Date.now()): Pruned {
  return pruneDirectories(allSessions(clinvkHome), { days, now, changed });
}

/** Call at the start of a prompt: prunes once a day, beside it. 0 days = keep all for ever. */
export function pruneSessionsIfDue(clinvkHome: string, days: number, now = Date.now()): Promise<void> {
  return pruneBeside(allSessions(clinvkHome), { days, now, changed });
}

function changed(dir: string): number | undefined {
  if (isLocked(dir)) return undefined;
  const options = { throwIfNoEntry: false } as const;
  return (statSync(join(dir, SESSION_FILE), options) ?? statSync(dir, options))?.mtimeMs;
}

/** Reads the session from disk; `undefined` = it has no record. */
function load(clinvkHome: string, id: string): Result<Session | undefined, string> {
  const stored = storedSession(clinvkHome, id);
  if (!stored.ok || stored.value === undefined || !isLocked(sessionDir(clinvkHome, id))) return stored;
  return ok({ ...stored.value, status: "running" });
}

/** Reads the record even while another process works on the session; `undefined` = there is none. */
export function storedSession(clinvkHome: string, id: string): Result<Session | undefined, string> {
  const path = join(sessionDir(clinvkHome, id), SESSION_FILE);
  try {
    const checked = validate(Session, JSON.parse(readRegular(path).toString()));
    if (checked.value === undefined) {
      const [first] = checked.problems;
      return err(`${path} is damaged: ${formatPath(first?.path ?? [])} ${first?.message ?? ""}`.trimEnd());
    }
    if (checked.value.id !== id) return err(`${path} is damaged: it is the record of ${checked.value.id}`);
    return ok(checked.value);
  } catch (error) {
    if (error instanceof SyntaxError) return err(`${path} is damaged: it is no JSON`);
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === "ENOENT") return ok(undefined);
    if (code === undefined) throw error;
    return err(`${path} can't be read: ${message}`);
  }
}
