// Whose checks wait for whose: real runs of two callers, one of whom keeps its checking thread busy.
import { expect, it } from "vitest";
import { executeRun } from "../../../src/app/execute.js";
import { prepare } from "../../../src/app/prepare.js";
import { loadConfig } from "../../../src/config/load.js";
import { ask } from "../../../src/executors/checks/regex-worker-client.js";
import { failTest, makeHome } from "../../rig/journal.js";

/** Runs tasks whose CLI repeats its prompt. */
async function start(home: string, asker: string, file: object) {
  const env = { CLINVK_HOME: home, HOME: home, PATH: process.env.PATH ?? "" };
  const loaded = await loadConfig({ env, cwd: home });
  if (!loaded.ok) throw new Error("no configuration");
  const config = { ...loaded.value, config: { backends: { echo: { command: ["cat"] } } } };
  const source = { name: "tasks", text: JSON.stringify(file) };
  const prepared = await prepare({ source, flags: {}, config, env, cwd: home });
  if (!prepared.ok) throw new Error(JSON.stringify(prepared.error));
  const { plan } = prepared.value;
  const more = { journal: false, reporters: [], onProblem: failTest, onWarning: failTest };
  return executeRun({ plan, config, env, asker, ...more });
}

it.each([
  ["checks", { tasks: [{ backend: "echo", prompt: "hello", expect: { matches: "hello" } }] }],
  ["votes", { tasks: [{ backend: "echo", prompt: "hello" }], vote: { extract: "hello", of: "choice" } }],
])("the %s of one caller's runs wait for each other, and for nobody else's", async (_what, file) => {
  const home = makeHome();
  const controller = new AbortController();
  const hostile = { type: "search", pattern: "^(a+)+$", flags: "", text: `${"a".repeat(50)}!` } as const;
  const busy = ask(hostile, { limit_ms: 600_000, signal: controller.signal, asker: "key-1" });
  const ended: string[] = [];
  const ofBusy = start(home, "key-1", file).then(() => ended.push("busy caller"));
  await start(home, "key-2", file).then(() => ended.push("other caller"));
  await start(home, "key-2", file).then(() => ended.push("other caller"));
  controller.abort();
  expect(await busy).toMatchObject({ ok: false, error: { reason: "aborted" } });
  await ofBusy;
  expect(ended).toEqual(["other caller", "other caller", "busy caller"]);
});
