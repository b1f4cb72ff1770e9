// Sessions as the API finds them: by their whole id, which is never a path.
import { existsSync } from "node:fs";
import type { ErrorCode } from "../schema/api.js";
import type { Session } from "../schema/session.js";
import { readSession, sessionDir } from "../store/sessions.js";
import { isRunId } from "../store/store.js";
import { err, type Result } from "../util/result.js";

/** Why a session can't be had. */
export interface NoSession {
  code: Extract<ErrorCode, "not_found" | "conflict">;
  message: string;
}

/** Whether there is such a session, whatever its record says. */
export function sessionExists(clinvk_home: string, id: string): boolean {
  return isRunId(id) && existsSync(sessionDir(clinvk_home, id));
}

/** `conflict`: its first prompt is under way, or its record is damaged. */
export function sessionById(clinvk_home: string, id: string): Result<Session, NoSession> {
  if (!sessionExists(clinvk_home, id)) return err({ code: "not_found", message: "there is no such session" });
  const read = readSession(clinvk_home, id);
  return read.ok ? read : err({ code: "conflict", message: read.error });
}
