// Sessions for HTTP: found by their whole id, which is never a path; and kept up to date before the last event of their run is
// sent, so that a client may resume at once.

import { existsSync } from "node:fs";
import type { EndedTurn } from "../app/session.js";
import { sessionAfter } from "../app/session.js";
import type { Reporter } from "../reporters/reporter.js";
import type { ErrorCode } from "../schema/api.js";
import type { Session } from "../schema/session.js";
import { readSession, sessionDir } from "../store/sessions.js";
import { isRunId } from "../store/store.js";
import { err, type Result } from "../util/result.js";

export interface SessionReporterOptions extends Omit<EndedTurn, "record"> {
  /** The session can't be recorded, in a sentence for a person. */
  onProblem(message: string): void;
}

/** Releases the session when the run ends, or when it is closed without a run. */
export function sessionReporter({ onProblem, ...ended }: SessionReporterOptions): Reporter {
  const { turn } = ended;
  let isOpen = true;
  const close = () => {
    if (isOpen) turn.close();
    isOpen = false;
  };
  return {
    onEvent(event) {
      if (event.type === "run_finished") close();
      if (event.type !== "task_finished") return;
      const after = sessionAfter({ ...ended, record: event.result });
      const saved = after && turn.save(after);
      if (saved?.ok === false) onProblem(saved.error);
    },
    close,
  };
}

/** Why a session can't be had. */
export interface NoSession {
  code: Extract<ErrorCode, "not_found" | "conflict">;
  message: string;
}

/** Whether the session exists, even if its record is damaged. */
export function sessionExists(clinvk_home: string, id: string): boolean {
  return isRunId(id) && existsSync(sessionDir(clinvk_home, id));
}

/** `conflict`: its first prompt is under way, or its record is damaged. */
export function sessionById(clinvk_home: string, id: string): Result<Session, NoSession> {
  if (!sessionExists(clinvk_home, id)) return err({ code: "not_found", message: "there is no such session" });
  const read = readSession(clinvk_home, id);
  return read.ok ? read : err({ code: "conflict", message: read.error });
}
