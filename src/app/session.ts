// Which session a prompt begins or goes on with, and what is remembered of it: the command line and the server ask here.
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

/** What a prompt is run with: nothing, if no backend keeps it; no `turn` in a dry run. */
export interface ChosenSession {
  session?: TaskSession;
  turn?: SessionTurn;
}

/** A directory as sessions remember it: absolute, symbolic links resolved where it exists. */
export function realDirectory(cwd: string, path: string | undefined): string {
  const dir = resolve(cwd, path ?? ".");
  try {
    return realpathSync(dir);
  } catch {
    return dir;
  }
}

/** Whether a backend can go on with a conversation. One that nobody knows is refused later, with better words. */
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

/** A new session. A dry run shows what it would be begun with, and begins none. */
export function newSession({ clinvk_home, config }: LoadedConfig, dryRun: boolean): Result<ChosenSession, string> {
  if (dryRun) {
    const id = newRunId();
    return ok({ session: { id, home: join(sessionDir(clinvk_home, id), "home") } });
  }
  pruneSessionsIfDue(clinvk_home, config.session?.retention_days ?? SESSION_RETENTION_DAYS);
  const turn = beginSession(clinvk_home);
  if (!turn.ok) return turn;
  const { id, home } = turn.value;
  return ok({ session: { id, home }, turn: turn.value });
}

/** Goes on with a session, which this process then has for itself. */
export function sessionGoesOn(config: LoadedConfig, session: Session, dryRun: boolean): Result<ChosenSession, string> {
  if (keepsSessions(config, session.backend) === "never")
    return err(`the backend ${session.backend} keeps no conversations, so ${session.id} can't go on`);
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
  /** The model that the task named, or its backend's configuration. */
  requested_model: string | undefined;
  offline: boolean;
}

/** The session as it is after a turn; `undefined` if there is nothing to go on with. */
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
