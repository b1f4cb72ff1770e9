// Several processes on one session, and on many.
import { afterAll, beforeAll, expect, it } from "vitest";
import { continueSession } from "../../../src/store/session-turn.js";
import { listSessions, readSession, sessionDir } from "../../../src/store/sessions.js";
import { makeHome } from "../../rig/journal.js";
import { writeSession } from "../../rig/sessions.js";
import { storeProgram } from "../../rig/store-process.js";

let program: ReturnType<typeof storeProgram>;
beforeAll(() => {
  program = storeProgram();
});
afterAll(() => program.dispose());

it("no turn is lost, and who reads meanwhile sees whole records", async () => {
  const home = makeHome();
  const { id } = writeSession(home, { turns: 0 });
  const workers = Array.from({ length: 3 }, () => program.start(["turns", `${home}:${id}`, "150"]));
  let over = false;
  const done = Promise.all(workers.map((worker) => worker.ended)).finally(() => {
    over = true;
  });
  while (!over) {
    expect(listSessions(home)).toMatchObject({ total: 1, problems: [] });
    await new Promise((resolve) => setImmediate(resolve));
  }
  const counted = (await done).flat().map((line) => Number(/^turns (\d+)$/.exec(line)?.[1]));
  expect(counted).toHaveLength(3);
  const sum = counted.reduce((a, b) => a + b, 0);
  expect(sum).toBeGreaterThan(0);
  const read = readSession(home, id);
  expect(read.ok && [read.value.turns, read.value.status]).toEqual([sum, "active"]);
});

it("who was killed in the middle of a turn leaves the session as it was, for the next one", async () => {
  const home = makeHome();
  const session = writeSession(home);
  const child = program.start(["hold", sessionDir(home, session.id)]);
  await child.says("locked");
  const refused = continueSession(home, session.id);
  expect(!refused.ok && refused.error).toContain(`process ${child.pid} works on it since`);
  expect(listSessions(home, { status: "running" }).total).toBe(1);
  child.kill();
  await child.ended;
  expect(readSession(home, session.id)).toEqual({ ok: true, value: session });
  const turn = continueSession(home, session.id);
  expect(turn.ok && turn.value.before).toEqual(session);
  if (turn.ok) turn.value.close();
});
