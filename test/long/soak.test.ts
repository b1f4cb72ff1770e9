// Some thousand tasks on one process of clinvk: what it holds must not grow with what it has done, and nothing may be left
// behind. Linux only: the numbers come from /proc.
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Workspace } from "../rig/clinvk.js";
import { processesWith } from "../rig/real-clis.js";
import { serve } from "../rig/serve.js";

/** The least that is a complete answer of claude's. */
const CLAUDE = `#!/bin/sh
cat >/dev/null
echo '{"type":"system","subtype":"init","session_id":"s","model":"m"}'
echo '{"type":"result","subtype":"success","is_error":false,"result":"done","session_id":"s"}'
`;

let space: Workspace;
beforeEach(() => {
  space = new Workspace();
  const claude = join(space.dir, "bin", "claude");
  mkdirSync(join(space.dir, "bin"), { recursive: true });
  writeFileSync(claude, CLAUDE);
  chmodSync(claude, 0o755);
});
afterEach(() => space.close());

/** What a process holds: open descriptors, and resident memory in megabytes. */
function held(pid: number): { descriptors: number; megabytes: number } {
  const kilobytes = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
  return { descriptors: readdirSync(`/proc/${pid}/fd`).length, megabytes: Number(kilobytes) / 1000 };
}

/** Files of clinvk's that are not the journal of a run. */
const leftBehind = () =>
  readdirSync(join(space.home, ".clinvk"), { recursive: true, encoding: "utf8" }).filter(
    (path) => !/^(runs|server\.key|sessions)(\/|$)/.test(path) && path !== "tmp",
  );

describe.runIf(existsSync("/proc/self/fd"))("a soak", () => {
  it("of one run with 5,000 tasks", async () => {
    const tasks = Array.from({ length: 5000 }, (_, n) => ({ backend: "claude", prompt: `task ${n}` }));
    const file = space.file("many.json", { tasks, max_parallel: 8 });
    const run = space.start(["parallel", "-f", file, "--json", "--progress", "none"]);
    const seen: ReturnType<typeof held>[] = [];
    const looks = setInterval(() => {
      if (run.child.pid !== undefined && run.child.exitCode === null) seen.push(held(run.child.pid));
    }, 100);
    const { code, stdout } = await run.done.finally(() => clearInterval(looks));
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ total_tasks: 5000, completed_tasks: 5000, failed_tasks: 0 });
    // Eight tasks hold a few descriptors each; the 5,000 that ended hold none.
    expect(Math.max(...seen.map(({ descriptors }) => descriptors))).toBeLessThan(120);
    expect(Math.max(...seen.map(({ megabytes }) => megabytes))).toBeLessThan(400);
    expect(processesWith(space.dir)).toEqual([]);
    expect(leftBehind()).toEqual([]);
  });

  it("of one server with 2,000 runs", async () => {
    const server = await serve(space, ["--no-auth"]);
    const pid = server.started.child.pid ?? 0;
    const calls = async (count: number) => {
      for (let done = 0; done < count; done += 20)
        await Promise.all(
          Array.from({ length: 20 }, async () => {
            const body = JSON.stringify({ tasks: [{ backend: "claude", prompt: "one" }] });
            const response = await server.ask("/api/v1/parallel", { method: "POST", body });
            expect(await response.json()).toMatchObject({ completed_tasks: 1 });
          }),
        );
    };
    await calls(200);
    const before = held(pid);
    await calls(1800);
    const after = held(pid);
    // Connections that the caller keeps open come and go; a descriptor per run would be 1,800 more.
    expect(after.descriptors - before.descriptors).toBeLessThan(30);
    expect(after.megabytes - before.megabytes).toBeLessThan(150);
    server.started.child.kill("SIGTERM");
    await server.started.done;
    expect(processesWith(space.dir)).toEqual([]);
    expect(leftBehind()).toEqual([]);
  });
});
