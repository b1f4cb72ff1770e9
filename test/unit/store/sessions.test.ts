import { existsSync, mkdirSync, readdirSync, rmSync, statSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { beginSession, continueSession } from "../../../src/store/session-turn.js";
import {
  deleteSession,
  findSession,
  listSessions,
  pruneSessions,
  pruneSessionsIfDue,
  readSession,
  sessionDir,
} from "../../../src/store/sessions.js";
import { makeHome } from "../../rig/journal.js";
import { sessionOf, writeSession } from "../../rig/sessions.js";

const DAY = 24 * 60 * 60 * 1000;
const file = (home: string, id: string) => join(sessionDir(home, id), "session.json");

function value<T>(result: { ok: true; value: T } | { ok: false; error: unknown }): T {
  if (!result.ok) throw new Error(String(result.error));
  return result.value;
}

describe("records", () => {
  it("come back as they were written, for the user's eyes only, and leave nothing beside them", () => {
    const home = makeHome();
    const session = writeSession(home, { tags: ["a"], usage: sessionOf().usage, requested_model: "haiku" });
    expect(value(readSession(home, session.id))).toEqual(session);
    expect(statSync(file(home, session.id)).mode & 0o777).toBe(0o600);
    expect(statSync(sessionDir(home, session.id)).mode & 0o777).toBe(0o700);
    expect(readdirSync(sessionDir(home, session.id)).filter((name) => !name.startsWith("lock."))).toEqual([
      "session.json",
    ]);
  });

  it("of a session whose first prompt was not answered there is none, and nothing of it is left", () => {
    const home = makeHome();
    const turn = value(beginSession(home));
    mkdirSync(turn.home);
    expect(readSession(home, turn.id)).toMatchObject({ ok: false, error: expect.stringContaining("has no record") });
    expect(listSessions(home)).toEqual({ sessions: [], total: 0, problems: [] });
    turn.close();
    expect(existsSync(sessionDir(home, turn.id))).toBe(false);
  });

  it.each([
    ["no JSON", "{", "it is no JSON"],
    ["a wrong type", JSON.stringify(sessionOf({ turns: "2" as never })), "turns expected a whole number"],
    [
      "an id of the CLI that would be a flag",
      JSON.stringify(sessionOf({ backend_session_id: "--yolo" })),
      "backend_session_id",
    ],
    ["another session's", JSON.stringify(sessionOf({ id: "20250101-000000-eeeeee" })), "20250101-000000-eeeeee"],
  ])("%s is named and skipped, never deleted", (_, text, reason) => {
    const home = makeHome();
    const good = writeSession(home);
    const { id } = sessionOf();
    mkdirSync(sessionDir(home, id));
    writeFileSync(file(home, id), text);
    const { sessions, total, problems } = listSessions(home);
    expect({ sessions, total }).toEqual({ sessions: [good], total: 1 });
    expect(problems).toEqual([expect.stringContaining(`${file(home, id)} is damaged`)]);
    expect(problems[0]).toContain(reason);
    expect(continueSession(home, id)).toEqual({ ok: false, error: problems[0] });
    expect(existsSync(file(home, id))).toBe(true);
  });

  it("of a later version may know more", () => {
    const home = makeHome();
    const session = writeSession(home);
    writeFileSync(file(home, session.id), JSON.stringify({ ...session, mood: "good" }));
    expect(value(readSession(home, session.id))).toEqual(session);
  });

  it("that can't be written are an error in words", () => {
    const home = makeHome();
    const turn = value(beginSession(home));
    rmSync(sessionDir(home, turn.id), { recursive: true });
    expect(turn.save(sessionOf())).toMatchObject({ ok: false, error: expect.stringContaining("can't be recorded") });
    writeFileSync(join(makeHome(), "x"), "");
    const blocked = makeHome();
    writeFileSync(join(blocked, "sessions"), "");
    expect(beginSession(blocked)).toMatchObject({ ok: false, error: expect.stringContaining("can't be kept") });
  });
});

describe("the list", () => {
  const times = ["2026-01-03", "2026-01-01", "2026-01-02"].map((day) => `${day}T00:00:00.000Z`);

  it("has the latest turn first, in pages", () => {
    const home = makeHome();
    for (const updated_at of times) writeSession(home, { updated_at });
    const shown = (limit: number, offset: number) => {
      const { sessions, total } = listSessions(home, { limit, offset });
      return [total, ...sessions.map((session) => session.updated_at.slice(8, 10))];
    };
    expect(shown(10, 0)).toEqual([3, "03", "02", "01"]);
    expect(shown(2, 1)).toEqual([3, "02", "01"]);
    expect(shown(1, 5)).toEqual([3]);
  });

  it("is filtered by everything that is asked for at once", () => {
    const home = makeHome();
    const a = writeSession(home, { backend: "codex", workdir: "/a" });
    const b = writeSession(home, { backend: "codex", workdir: "/b", status: "failed" });
    const c = writeSession(home, { workdir: "/a", offline: true });
    const ids = (filter: Parameters<typeof listSessions>[1]) =>
      listSessions(home, filter)
        .sessions.map((session) => session.id)
        .sort();
    expect(ids({ backend: "codex" })).toEqual([a.id, b.id].sort());
    expect(ids({ workdir: "/a" })).toEqual([a.id, c.id].sort());
    expect(ids({ backend: "codex", status: "failed" })).toEqual([b.id]);
    expect(ids({ offline: false, workdir: "/a" })).toEqual([a.id]);
    expect(ids({ status: "running" })).toEqual([]);
  });

  it("is empty where there is no directory yet, and skips what is no session", () => {
    const home = makeHome();
    expect(listSessions(home)).toEqual({ sessions: [], total: 0, problems: [] });
    writeSession(home);
    writeFileSync(join(home, "sessions", ".pruned"), "");
    mkdirSync(join(home, "sessions", ".removed-x"));
    expect(listSessions(home).total).toBe(1);
  });
});

describe("a turn", () => {
  it("has the session for itself, and the others see that it runs", () => {
    const home = makeHome();
    const { id } = writeSession(home);
    const turn = value(continueSession(home, id));
    expect(turn.before).toMatchObject({ id, status: "active" });
    expect(value(readSession(home, id)).status).toBe("running");
    const second = continueSession(home, id);
    expect(second).toMatchObject({ ok: false });
    expect(!second.ok && second.error).toContain(`process ${process.pid} works on it since`);
    expect(deleteSession(home, id)).toMatchObject({ ok: false, error: expect.stringContaining("is not removed") });
    turn.close();
    expect(value(readSession(home, id)).status).toBe("active");
    value(continueSession(home, id)).close();
  });

  it("of a session that is gone is refused", () => {
    expect(continueSession(makeHome(), "20260101-000000-aaaaaa")).toEqual({
      ok: false,
      error: "there is no session 20260101-000000-aaaaaa",
    });
  });
});

describe("finding", () => {
  it("takes any beginning or end that only one has, and guesses what was meant", () => {
    const home = makeHome();
    const { id } = writeSession(home);
    mkdirSync(sessionDir(home, "20250101-000000-aaaaab"));
    expect(findSession(home, id)).toEqual({ ok: true, value: id });
    expect(findSession(home, "aaaaab")).toEqual({ ok: true, value: "20250101-000000-aaaaab" });
    expect(findSession(home, "20")).toMatchObject({ ok: false, error: expect.stringContaining("fits 2 sessions") });
    const wrong = findSession(home, "20250101-000000-aaaabb");
    expect(!wrong.ok && wrong.error).toBe(
      'there is no session "20250101-000000-aaaabb"; did you mean "20250101-000000-aaaaab"? `clinvk sessions list` shows all',
    );
    expect(findSession(home, "")).toMatchObject({ ok: false });
  });
});

describe("removing", () => {
  it("takes the home of a CLI along, but follows no link out of it", () => {
    const home = makeHome();
    const own = join(home, "credentials");
    writeFileSync(own, "secret");
    const { id } = writeSession(home);
    mkdirSync(join(sessionDir(home, id), "home"));
    symlinkSync(own, join(sessionDir(home, id), "home", "oauth_creds.json"));
    expect(deleteSession(home, id)).toEqual({ ok: true, value: undefined });
    expect(readdirSync(join(home, "sessions"))).toEqual([]);
    expect(existsSync(own)).toBe(true);
  });

  it("prunes by the last turn; what is running stays, what a killed first turn left goes", () => {
    const home = makeHome();
    const [old, recent, running] = [writeSession(home), writeSession(home), writeSession(home)];
    const now = Date.now();
    const age = (path: string, days: number) => utimesSync(path, (now - days * DAY) / 1000, (now - days * DAY) / 1000);
    age(file(home, old.id), 31);
    age(file(home, recent.id), 29);
    age(file(home, running.id), 100);
    const orphan = "20250101-000000-eeeeee";
    mkdirSync(sessionDir(home, orphan));
    age(sessionDir(home, orphan), 31);
    const turn = value(continueSession(home, running.id));
    expect(pruneSessions(home, 30, now)).toEqual({ removed: [old.id, orphan].sort().reverse(), problems: [] });
    expect(listSessions(home).total).toBe(2);
    turn.close();
  });

  it("prunes by itself once a day, and never if told to keep all", async () => {
    const home = makeHome();
    const now = Date.now();
    const old = () => {
      const { id } = writeSession(home);
      utimesSync(file(home, id), (now - 31 * DAY) / 1000, (now - 31 * DAY) / 1000);
    };
    old();
    await pruneSessionsIfDue(home, 0, now);
    expect(listSessions(home).total).toBe(1);
    await pruneSessionsIfDue(home, 30, now);
    expect(listSessions(home).total).toBe(0);
    old();
    await pruneSessionsIfDue(home, 30, now + DAY / 2);
    expect(listSessions(home).total).toBe(1);
    await pruneSessionsIfDue(home, 30, now + 2 * DAY);
    expect(listSessions(home).total).toBe(0);
  });
});
