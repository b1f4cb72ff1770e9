// Chooses the session that a prompt begins or continues, and makes the session's new record after a turn. The command line
// and the server share this.
import { realpathSync } from "node:fs";
import { join, resolve } from "node:path";
import { backendsOf } from "../backends/index.js";
import type { LoadedConfig } from "../config/load.js";
import type { TaskRecord } from "../schema/result.js";
import type { Session } from "../schema/session.js";
import type { TaskSession } from "../schema/task.js";
import { afterTurn, beginSession, continueSession, type SessionTurn } from "../store/session-turn.js";
import { listSessions, pruneSessionsIfDue, SESSION_RETENTION_DAYS, sessionDir } from "../store/sessions.js";
import { newRunId } from "../util/random.js";
import { err, ok, type Result } from "../util/result.js";

/** The session of a prompt: empty if the backend keeps no conversations; no `turn` in a dry run. */
export interface ChosenSession {
  session?: TaskSession;
  turn?: SessionTurn;
}

/** A directory as sessions record it: absolute, with symbolic links resolved if it exists. */
export function realDirectory(cwd: string, path: string | undefined): string {
  const dir = resolve(cwd, path ?? ".");
  try {
    return realpathSync(dir);
  } catch {
    return dir;
  }
}

/** Whether a backend can continue a conversation. An unknown backend passes here: a later check refuses it with a better message. */
export function keepsSessions({ config }: LoadedConfig, name: string): "always" | "answered" | "never" | "unknown" {
  const backend = backendsOf(config).get(name);
  return backend === undefined ? "unknown" : (backend.keeps_sessions ?? "never");
}

/** The session with the latest turn among those that fit; `undefined` = there is none. */
export function latestSession(
  { clinvk_home }: LoadedConfig,
  wanted: { backend?: string; workdir?: string; offline?: boolean },
): Session | undefined {
  return listSessions(clinvk_home, { ...wanted, limit: 1 }).sessions[0];
}

/** Begins a new session. A dry run only shows the session's parameters and begins none. */
export function newSession({ clinvk_home, config }: LoadedConfig, dryRun: boolean): Result<ChosenSession, string> {
  if (dryRun) {
    const id = newRunId();
    return ok({ session: { id, home: join(sessionDir(clinvk_home, id), "home") } });
  }
  void pruneSessionsIfDue(clinvk_home, config.session?.retention_days ?? SESSION_RETENTION_DAYS);
  const turn = beginSession(clinvk_home);
  if (!turn.ok) return turn;
  const { id, home } = turn.value;
  return ok({ session: { id, home }, turn: turn.value });
}

/** Continues a session; this process then holds its lock. */
export function sessionGoesOn(config: LoadedConfig, session: Session, dryRun: boolean): Result<ChosenSession, string> {
  if (keepsSessions(config, session.backend) === "never")
    return err(`the backend ${session.backend} keeps no conversations, so ${session.id} can't be continued`);
  const task = ({ id, backend_session_id, usage }: Session): TaskSession => ({
    id,
    home: join(sessionDir(config.clinvk_home, id), "home"),
    resume: { id: backend_session_id, usage },
  });
  if (dryRun) return ok({ session: task(session) });
  const turn = continueSession(config.clinvk_home, session.id);
  if (!turn.ok) return turn;
  return ok({ session: task(turn.value.before ?? session), turn: turn.value });
}

/** How the turn of a session ended. */
export interface EndedTurn {
  config: LoadedConfig;
  turn: SessionTurn;
  record: TaskRecord;
  /** The model that the task, or the configuration of its backend, names. */
  requested_model: string | undefined;
  offline: boolean;
}

/** The session after a turn; `undefined` if there is nothing to continue. */
export function sessionAfter({ config, turn, record, requested_model, offline }: EndedTurn): Session | undefined {
  const { session: settings = {} } = config.config;
  return afterTurn({
    id: turn.id,
    requested_model,
    before: turn.before,
    record,
    tags: settings.default_tags ?? [],
    offline,
    can_go_on_unanswered: keepsSessions(config, record.backend) === "always",
    keep_usage: settings.store_token_usage !== false,
  });
}
