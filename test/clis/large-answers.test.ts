// claude drops the end of its output when it exits before a pipe has taken it all: no answer may lose its end that way.
import { readFileSync } from "node:fs";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type OfflineServer, startOfflineServer } from "../../src/offline/server.js";
import type { RunResult } from "../../src/schema/result.js";
import { until } from "../rig/alive.js";
import type { Workspace } from "../rig/clinvk.js";
import { processesWith, realClis } from "../rig/real-clis.js";

const BYTES = 3_000_000;

let server: OfflineServer;
let space: Workspace;
beforeAll(async () => {
  server = await startOfflineServer({ script: { rules: [{ reply: { bytes: BYTES } }] } });
  space = realClis();
});
afterAll(async () => {
  await server?.close();
  space?.close();
});

/** The processes of claude that have ended and that nobody has collected. */
function zombies(parent: number): number {
  const children = readFileSync(`/proc/${parent}/task/${parent}/children`, "utf8").trim().split(" ");
  return children.filter((pid) => {
    const stat = pid === "" ? "" : readFileSync(`/proc/${pid}/stat`, "utf8");
    return stat.includes("(claude") && stat.slice(stat.lastIndexOf(")") + 2).startsWith("Z");
  }).length;
}

function start(count: number) {
  const tasks = Array.from({ length: count }, (_, i) => ({ backend: "claude", prompt: `large ${i}` }));
  const file = space.file("tasks.json", { tasks, max_parallel: count, defaults: { retries: 0 } });
  const env = { ANTHROPIC_BASE_URL: server.url, ANTHROPIC_API_KEY: "a-key" };
  return space.start(["parallel", "-f", file, "--json", "--no-journal"], { env });
}

function lengths(stdout: string): unknown[] {
  return (JSON.parse(stdout) as RunResult).results.map(({ status, content }) => [status, content.length]);
}

it("several answers of 3 MB at once are whole", async () => {
  const { stdout, stderr } = await start(3).done;
  expect(lengths(stdout), stderr).toEqual(Array(3).fill(["OK", BYTES]));
  expect(processesWith(space.dir)).toEqual([]);
});

it("is whole though nobody reads until claude has exited", async () => {
  const run = start(1);
  const pid = Number(run.child.pid);
  const before = server.request_count;
  // It asks when it runs; from then on clinvk stands still.
  await until(() => server.request_count > before, 60_000);
  run.child.kill("SIGSTOP");
  await until(() => zombies(pid) === 1, 60_000);
  run.child.kill("SIGCONT");
  expect(lengths((await run.done).stdout)).toEqual([["OK", BYTES]]);
});
