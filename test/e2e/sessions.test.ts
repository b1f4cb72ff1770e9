// `clinvk sessions`, as the command line calls it.
import { existsSync, mkdirSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { run } from "../../src/cli/commands/sessions.js";
import type { Session } from "../../src/schema/session.js";
import { continueSession } from "../../src/store/session-turn.js";
import { sessionDir } from "../../src/store/sessions.js";
import { makeHome } from "../rig/journal.js";
import { sessionOf, writeSession } from "../rig/sessions.js";

async function clinvkSessions(home: string, argv: string[], cwd = "/") {
  const printed = { stdout: "", stderr: "" };
  const take = (stream: "stdout" | "stderr") => (text: string) => {
    printed[stream] += text;
  };
  const code = await run(argv, { stdout: take("stdout"), stderr: take("stderr"), env: { CLINVK_HOME: home }, cwd });
  return { code, ...printed };
}

const recordFile = (home: string, { id }: Session) => join(sessionDir(home, id), "session.json");

it("list shows the latest turn first, in columns, and how many more there are", async () => {
  const home = makeHome();
  const a = writeSession(home, { title: "Explain\u001b[2J this", updated_at: "2026-01-02T03:04:05.678Z", turns: 12 });
  const b = writeSession(home, { backend: "codex", status: "failed", title: "修复 the bug" });
  expect(await clinvkSessions(home, ["list"])).toEqual({
    code: 0,
    stderr: "",
    stdout: [
      "SESSION                 BACKEND  STATUS  TURNS  LAST TURN   TITLE\n",
      `${a.id}  claude   active  12     2026-01-02  Explain [2J this\n`,
      `${b.id}  codex    failed  1      2026-01-01  修复 the bug\n`,
    ].join(""),
  });
  expect((await clinvkSessions(home, ["list", "-n", "1"])).stdout).toContain("… and 1 more");
});

it("list filters by backend, status and directory; --json has whole records", async () => {
  const home = makeHome();
  const here = makeHome();
  const a = writeSession(home, { backend: "codex", workdir: here });
  const b = writeSession(home, { status: "failed" });
  const ids = async (...argv: string[]) => {
    const { stdout } = await clinvkSessions(home, ["list", "--json", ...argv], here);
    const { sessions, total } = JSON.parse(stdout);
    return [total, ...sessions.map((session: Session) => session.id)];
  };
  expect(await ids("-b", "codex")).toEqual([1, a.id]);
  expect(await ids("--status", "failed")).toEqual([1, b.id]);
  expect(await ids("--here")).toEqual([1, a.id]);
  expect(await ids("--here", "--status", "running")).toEqual([0]);
  expect(await ids("-n", "1")).toEqual([2, expect.any(String)]);
  expect(JSON.parse((await clinvkSessions(home, ["list", "--json", "--here"], here)).stdout).sessions).toEqual([a]);
});

it("a damaged record is named, and the others are listed all the same", async () => {
  const home = makeHome();
  const good = writeSession(home);
  const bad = sessionOf();
  mkdirSync(sessionDir(home, bad.id));
  writeFileSync(recordFile(home, bad), "{");
  const { code, stdout, stderr } = await clinvkSessions(home, ["list"]);
  expect(code).toBe(1);
  expect(stdout).toContain(good.id);
  expect(stderr).toBe(`clinvk sessions list: ${recordFile(home, bad)} is damaged: it is no JSON\n`);
  expect(await clinvkSessions(home, ["show", bad.id])).toMatchObject({ code: 1, stdout: "" });
  expect(existsSync(recordFile(home, bad))).toBe(true);
});

it("show tells everything, and how to go on here and in the CLI itself", async () => {
  const home = makeHome();
  const usage = { input_tokens: 1234, output_tokens: null, cached_tokens: 0, reasoning_tokens: 0 };
  const session = writeSession(home, { usage, tags: ["a", "b"], workdir: "/my project", model: null });
  const end = session.id.slice(-6);
  const { code, stdout } = await clinvkSessions(home, ["show", end]);
  expect(code).toBe(0);
  expect(stdout).toContain("Used       1,234 tokens in, ? out\n");
  expect(stdout).toContain("Tags       a, b\n");
  expect(stdout).toContain("Model      the CLI's own choice\n");
  expect(stdout).toContain(`clinvk resume ${session.id}\n`);
  expect(stdout).toContain(`cd '/my project' && claude --resume ${session.backend_session_id}\n`);
  expect(JSON.parse((await clinvkSessions(home, ["show", end, "--json"])).stdout)).toEqual(session);
  const gemini = writeSession(home, { backend: "gemini" });
  const inGemini = (await clinvkSessions(home, ["show", gemini.id])).stdout;
  expect(inGemini).toContain(`GEMINI_CLI_HOME=${sessionDir(home, gemini.id)}/home gemini --resume`);
  const offline = writeSession(home, { backend: "codex", offline: true });
  expect((await clinvkSessions(home, ["show", offline.id])).stdout).not.toContain("In the CLI");
});

it("delete forgets them, says what stays, and touches nothing if one id is wrong", async () => {
  const home = makeHome();
  const [a, b] = [writeSession(home), writeSession(home, { backend: "gemini" })];
  const wrong = await clinvkSessions(home, ["delete", a.id, "nonsense"]);
  expect(wrong).toMatchObject({ code: 2, stdout: "" });
  expect(wrong.stderr).toContain('there is no session "nonsense"');
  expect(await clinvkSessions(home, ["delete", a.id])).toEqual({
    code: 0,
    stdout: `deleted ${a.id}\n`,
    stderr: "the copy that claude keeps is still there\n",
  });
  expect(await clinvkSessions(home, ["delete", b.id, "--json"])).toEqual({
    code: 0,
    stdout: `${JSON.stringify({ deleted: [b.id] }, null, 2)}\n`,
    stderr: "",
  });
  expect((await clinvkSessions(home, ["list"])).stderr).toContain("there are no sessions");
});

it("delete refuses one that a process works on", async () => {
  const home = makeHome();
  const session = writeSession(home);
  const turn = continueSession(home, session.id);
  const { code, stderr } = await clinvkSessions(home, ["delete", session.id]);
  expect(code).toBe(1);
  expect(stderr).toContain(`process ${process.pid} works on it since`);
  if (turn.ok) turn.value.close();
});

it("clean forgets the old ones, by the flag or by the configuration", async () => {
  const home = makeHome();
  const aged = (days: number) => {
    const session = writeSession(home);
    const then = Date.now() / 1000 - days * 24 * 60 * 60;
    utimesSync(recordFile(home, session), then, then);
    return session.id;
  };
  const [young, middle, old] = [aged(0), aged(10), aged(40)];
  expect(await clinvkSessions(home, ["clean"])).toEqual({ code: 0, stdout: `deleted ${old}\n`, stderr: "" });
  expect((await clinvkSessions(home, ["clean"])).stderr).toBe("there is no session older than 30d\n");
  writeFileSync(join(home, "config.yaml"), "session: {retention_days: 0}");
  expect((await clinvkSessions(home, ["clean"])).stderr).toContain("kept for ever");
  const { stdout } = await clinvkSessions(home, ["clean", "--older-than", "48h", "--json"]);
  expect(JSON.parse(stdout)).toEqual({ deleted: [middle] });
  expect((await clinvkSessions(home, ["list"])).stdout).toContain(young);
  expect(await clinvkSessions(home, ["clean", "--older-than", "soon"])).toMatchObject({ code: 2 });
});

it.each([["list", "-n", "0"], ["list", "--status", "asleep"], ["nonsense"], ["show"]])(
  "%j %j %j is refused",
  async (...argv) => {
    expect(
      await clinvkSessions(
        makeHome(),
        argv.filter((word) => word !== undefined),
      ),
    ).toMatchObject({ code: 2, stdout: "" });
  },
);
