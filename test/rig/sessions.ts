// Sessions for tests, with only what a test cares about spelled out.
import type { Session } from "../../src/schema/session.js";
import { beginSession } from "../../src/store/session-turn.js";

/** A record. */
export function sessionOf(overrides: Partial<Session> = {}): Session {
  return {
    id: "20260101-000000-aaaaaa",
    backend: "claude",
    backend_session_id: "11111111-1111-4111-8111-111111111111",
    status: "active",
    title: "Say hello",
    workdir: "/project",
    model: "m",
    requested_model: null,
    turns: 1,
    usage: null,
    tags: [],
    offline: false,
    created_at: "2026-01-01T00:00:00.000Z",
    updated_at: "2026-01-01T00:00:01.000Z",
    ...overrides,
  };
}

/** Records a session; returns it with its own id. */
export function writeSession(clinvkHome: string, overrides: Partial<Session> = {}): Session {
  const begun = beginSession(clinvkHome);
  if (!begun.ok) throw new Error(begun.error);
  const session = sessionOf({ ...overrides, id: begun.value.id });
  const saved = begun.value.save(session);
  if (!saved.ok) throw new Error(saved.error);
  begun.value.close();
  return session;
}
