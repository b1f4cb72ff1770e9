// Any records, in any number: what is written comes back, and pages put together are the list.
import { rmSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { expect, it } from "vitest";
import { SESSION_STATUSES } from "../../../src/schema/session.js";
import { listSessions, readSession } from "../../../src/store/sessions.js";
import { makeHome } from "../../rig/journal.js";
import { writeSession } from "../../rig/sessions.js";

const record = fc.record({
  backend: fc.constantFrom("claude", "codex", "mine"),
  status: fc.constantFrom("active" as const, "failed" as const),
  title: fc.string({ unit: "binary" }),
  workdir: fc.constantFrom("/a", "/b", "/ü \n"),
  turns: fc.nat(),
  tags: fc.array(fc.string()),
  offline: fc.boolean(),
  updated_at: fc
    .date({ noInvalidDate: true, min: new Date(0), max: new Date("2100-01-01") })
    .map((date) => date.toISOString()),
});

it("filters and pages agree with the whole list", () => {
  const home = makeHome();
  fc.assert(
    fc.property(
      fc.array(record, { maxLength: 8 }),
      fc.record(
        {
          backend: fc.constantFrom("claude", "codex"),
          status: fc.constantFrom(...SESSION_STATUSES),
          workdir: fc.constantFrom("/a", "/b"),
          offline: fc.boolean(),
        },
        { requiredKeys: [] },
      ),
      fc.integer({ min: 1, max: 4 }),
      (records, filter, page) => {
        rmSync(join(home, "sessions"), { recursive: true, force: true });
        const written = records.map((one) => writeSession(home, one));
        for (const session of written) expect(readSession(home, session.id)).toEqual({ ok: true, value: session });
        const { sessions, total, problems } = listSessions(home, filter);
        expect(problems).toEqual([]);
        const fits = written.filter((session) =>
          Object.entries(filter).every(([key, value]) => session[key as keyof typeof filter] === value),
        );
        expect(total).toBe(fits.length);
        expect([...sessions].sort((a, b) => (a.id < b.id ? -1 : 1))).toEqual(
          [...fits].sort((a, b) => (a.id < b.id ? -1 : 1)),
        );
        const times = sessions.map((session) => session.updated_at);
        expect(times).toEqual([...times].sort().reverse());
        const pages = [];
        for (let offset = 0; offset < total; offset += page)
          pages.push(...listSessions(home, { ...filter, limit: page, offset }).sessions);
        expect(pages).toEqual(sessions);
      },
    ),
    { numRuns: 40 },
  );
});
