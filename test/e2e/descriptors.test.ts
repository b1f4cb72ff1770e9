// Descriptors are few: no run may keep one, and a program that has none left must fail its runs and live.
import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "esbuild";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { ProcessRun } from "../../src/process/process-run.js";
import type { RunResult } from "../../src/schema/result.js";
import { Workspace } from "../rig/clinvk.js";
import { FakeClis } from "../rig/fake-clis.js";
import { selfWilledClis } from "../rig/self-willed-clis.js";
import { serve } from "../rig/serve.js";
import { sh } from "../rig/tree/run-child.js";
import { alive, newToken } from "../rig/tree/stub-tree.js";

describe.runIf(existsSync("/proc/self/fd"))("descriptors", () => {
  let dir: string;
  beforeAll(async () => {
    dir = mkdtempSync(join(tmpdir(), "clinvk-descriptors-"));
    const entryPoints = ["src/process/reaper-main.ts", "test/rig/tree/full-table.ts"];
    const common = { bundle: true, platform: "node", format: "cjs" } as const;
    await build({ ...common, entryPoints, entryNames: "[name]", outdir: dir, outExtension: { ".js": ".cjs" } });
  });
  afterAll(() => rmSync(dir, { recursive: true }));

  it("are as many after many runs as after one", async () => {
    const oneRun = async () => {
      const run = new ProcessRun({ watchdog: { reaper_file: join(dir, "reaper-main.cjs") } });
      expect(await sh(run, "exit 0").done).toMatchObject({ exit_code: 0 });
      expect(await run.close()).toEqual({ survivors: [] });
    };
    const open = () => readdirSync("/proc/self/fd").length;
    await oneRun();
    const before = open();
    for (let i = 0; i < 20; i++) await oneRun();
    expect(open()).toBe(before);
  });

  it("that are used up fail what is started, and stop what runs all the same", () => {
    const token = newToken();
    const program = `ulimit -n 64; exec "$0" "$@"`;
    const args = [process.execPath, join(dir, "full-table.cjs"), join(dir, "reaper-main.cjs"), token];
    const said = JSON.parse(execFileSync("/bin/sh", ["-c", program, ...args], { encoding: "utf8" })) as object;
    expect(said).toMatchObject({
      lost: [expect.stringContaining("too many files are open") as string],
      refused: { exit_code: null, spawn_error: { code: "EMFILE" } },
      stopped: { stopped: true, signal: "SIGKILL", leftovers: 1, survivors: [] },
      again: { exit_code: 3 },
      survivors: [],
    });
    expect(alive(token)).toEqual([]);
  });

  it("that are too few for all tasks at once make the others wait", async () => {
    const clis = await FakeClis.start();
    const workspace = new Workspace({ bin: [clis.bin] });
    try {
      const ids = Array.from({ length: 30 }, (_, index) => `task-${index + 1}`);
      const tasks = ids.map((id) => ({ id, backend: "claude", prompt: `say ${id}.` }));
      workspace.file("t.json", { max_parallel: 30, tasks });
      const run = workspace.shell("ulimit -n 64; exec clinvk parallel -f t.json --json");
      const answers = ids.map(async (id) => (await clis.next({ prompt: `say ${id}.` })).answer(id));
      const { code, stdout, stderr } = await run.done;
      expect(stderr).toContain("warning: 64 files may be open at once (`ulimit -n`), too few for 30 tasks at once");
      const { results } = JSON.parse(stdout) as RunResult;
      expect(results.map(({ status, attempts }) => `${status} ${attempts}`)).toEqual(ids.map(() => "OK 1"));
      expect(code).toBe(0);
      await Promise.all(answers);
    } finally {
      await clis.close();
      workspace.close();
    }
  });

  describe("of a server", () => {
    let workspace: Workspace;
    beforeAll(() => {
      workspace = new Workspace({ bin: [selfWilledClis(dir).bin] });
    });
    afterAll(() => workspace.close());
    const body = JSON.stringify({ tasks: [{ backend: "claude", prompt: "word" }] });

    it("stay as many, run after run", async () => {
      const server = await serve(workspace);
      const { pid } = server.started.child;
      const open = () => readdirSync(`/proc/${pid}/fd`).length;
      const prompt = async () => {
        const response = await server.ask("/api/v1/parallel", { method: "POST", body });
        expect(await response.json()).toMatchObject({ completed: 1, failed: 0 });
      };
      try {
        for (let i = 0; i < 3; i++) await prompt();
        const before = open();
        for (let i = 0; i < 12; i++) await prompt();
        expect(open()).toBeLessThanOrEqual(before);
      } finally {
        server.started.child.kill("SIGKILL");
        await server.started.done;
      }
    });

    it("are not all given to connections: callers are served beside as many idle ones as there may be", async () => {
      const server = await serve(workspace, [], {}, 128);
      const idle = Array.from({ length: 200 }, () => connect(Number(new URL(server.url).port), "127.0.0.1"));
      try {
        const cut = idle.map((socket) => once(socket.on("error", () => {}).resume(), "close"));
        await Promise.race(cut);
        // Room for one that is no idler.
        for (const socket of idle.filter((one) => !one.closed).slice(0, 4)) await once(socket.destroy(), "close");
        await vi.waitFor(() => server.ask("/health"), { timeout: 30_000 });
        for (let i = 0; i < 3; i++) {
          const response = await server.ask("/api/v1/parallel", { method: "POST", body });
          expect(await response.json()).toMatchObject({ completed: 1, failed: 0 });
        }
      } finally {
        for (const socket of idle) socket.destroy();
        server.started.child.kill("SIGKILL");
        await server.started.done;
      }
    });
  });
});
