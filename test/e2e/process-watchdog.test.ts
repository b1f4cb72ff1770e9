// kill -9 of the one who runs the tasks: the watchdog sees to it that nothing of the run stays alive.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "esbuild";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { newRunMarker } from "../../src/process/env.js";
import { ProcTable } from "../../src/process/table/proc.js";
import { alive, eventually, newToken, treeArgs } from "../rig/tree/stub-tree.js";

describe.runIf(existsSync("/proc/self/stat"))("the watchdog", () => {
  let dir: string;
  let reaper: string;
  let host: string;
  const children: ChildProcess[] = [];

  beforeAll(async () => {
    dir = mkdtempSync(join(tmpdir(), "clinvk-watchdog-"));
    // CommonJS, as in the package.
    const common = {
      bundle: true,
      platform: "node",
      format: "cjs",
      outdir: dir,
      outExtension: { ".js": ".cjs" },
    } as const;
    await build({
      ...common,
      entryPoints: ["src/process/reaper-main.ts", "test/rig/tree/host.ts"],
      entryNames: "[name]",
    });
    reaper = join(dir, "reaper-main.cjs");
    host = join(dir, "host.cjs");
  });
  afterAll(() => rmSync(dir, { recursive: true }));
  afterEach(() => {
    for (const child of children.splice(0)) child.kill("SIGKILL");
  });

  /** A host in a group of its own, whose trees are all up. */
  async function startHost(run: string, scripts: string[], node_file = process.execPath): Promise<ChildProcess> {
    const child = spawn(process.execPath, [host, run, reaper, node_file, ...scripts], {
      detached: true,
      stdio: "pipe",
    });
    children.push(child);
    const [said] = await once(child.stdout, "data");
    expect(String(said)).toBe("ready\n");
    return child;
  }

  function tree(token: string, ...shapes: Parameters<typeof treeArgs>[1][]): string {
    return `exec /bin/sh ${treeArgs(token, ...shapes).join(" ")}`;
  }

  const gone = (token: string) =>
    eventually(
      () => alive(token).length === 0,
      () => alive(token),
    );

  /** The host too carries the name of the run in its command line: tell them apart. */
  function watchdogs(run: string): number[] {
    return alive(run)
      .filter((process) => /^\d+ \/bin\/sh -c trap /.test(process))
      .map((process) => Number.parseInt(process, 10));
  }

  it.each(["SIGKILL", "SIGTERM"] as const)("ends every tree after %s of its parent", async (signal) => {
    for (let round = 0; round < 3; round++) {
      const run = newRunMarker();
      const tokens = [newToken(), newToken()];
      const parent = await startHost(
        run,
        tokens.map((token) => tree(token, "own-session", "daemon", "empty-env", "stubborn", "chain", "fan")),
      );
      parent.kill(signal);
      for (const token of tokens) await gone(token);
      await gone(run);
    }
  });

  it("survives the signals that its parent's whole group gets", async () => {
    for (const signal of ["SIGKILL", "SIGINT", "SIGHUP"] as const) {
      const run = newRunMarker();
      const token = newToken();
      const parent = await startHost(run, [tree(token, "own-session", "stubborn")]);
      process.kill(-Number(parent.pid), signal);
      await gone(token);
    }
  });

  it("is replaced when it is killed itself, and the new one knows the run", async () => {
    const run = newRunMarker();
    const token = newToken();
    const parent = await startHost(run, [tree(token, "own-session", "empty-env")]);
    const [first] = watchdogs(run);
    process.kill(Number(first), "SIGKILL");
    await eventually(
      () => watchdogs(run).some((pid) => pid !== first),
      () => alive(run),
    );
    parent.kill("SIGKILL");
    await gone(token);
  });

  it("says so when it can't be kept alive", async () => {
    const run = newRunMarker();
    const token = newToken();
    const parent = await startHost(run, [tree(token)]);
    let said = "";
    parent.stderr?.on("data", (text) => {
      said += text;
    });
    await eventually(
      () => {
        for (const pid of watchdogs(run)) process.kill(pid, "SIGKILL");
        return said !== "";
      },
      () => alive(run),
    );
    expect(said).toMatch(
      /^No watchdog: if this process is killed with SIGKILL, its children may keep running \(it ended 4 times/,
    );
    parent.stdin?.end();
    await gone(token);
  });

  it("ends an orphan of a leader that has died before, known by its marker or by an earlier look", async () => {
    const run = newRunMarker();
    const [marked, seen] = [newToken(), newToken()];
    const parent = await startHost(run, [
      `(setsid sleep 3600.${marked} &); echo ready; exec sleep 3600.${marked}`,
      // Without a marker, and its parent dies: known only because somebody looked when the parent said so.
      `sh -c 'setsid env -i sleep 3600.${seen} & echo look; sleep 0.5' & wait; echo ready; exec sleep 3600.${seen}`,
    ]);
    parent.kill("SIGKILL");
    await gone(marked);
    await gone(seen);
  });

  it("goes away after a clean end, and nobody is signalled", async () => {
    const run = newRunMarker();
    const parent = await startHost(run, ["echo ready"]);
    expect(watchdogs(run)).toHaveLength(1);
    parent.stdin?.end();
    const [code] = await once(parent, "exit");
    expect(code).toBe(0);
    expect(alive(run)).toEqual([]);
  });

  it("kills at least what carries the marker if there is no node any more", async () => {
    const run = newRunMarker();
    const token = newToken();
    const parent = await startHost(run, [tree(token, "own-session", "daemon", "stubborn", "fan")], "/no/such/node");
    parent.kill("SIGKILL");
    await gone(token);
  });

  it("never ends a process that has the pid of a dead one, nor one of another run", async () => {
    const token = newToken();
    const other = newToken();
    const env = (marker: string) => ({ PATH: process.env.PATH, CLINVK_RUN_CHAIN: marker });
    const [known, reused, foreign] = [
      spawn("sleep", [`3600.${token}`], { stdio: "ignore", env: {} }),
      spawn("sleep", [`3600.${other}`], { stdio: "ignore" }),
      spawn("sleep", [`3600.${other}`], { stdio: "ignore", env: env(":another.t:") }),
    ];
    children.push(known, reused, foreign);
    await Promise.all([known, reused, foreign].map((child) => child.pid ?? once(child, "spawn")));
    const listing = new ProcTable();
    const startOf = (child: ChildProcess) => Number(listing.read(Number(child.pid))?.start);
    const program = spawn(process.execPath, [
      reaper,
      newRunMarker(),
      String(startOf(known)),
      `${known.pid}:${startOf(known)}`,
      `${reused.pid}:${startOf(reused) - 1}`,
    ]);
    expect(await once(program, "exit")).toEqual([0, null]);
    expect(alive(token)).toEqual([]);
    expect(alive(other)).toHaveLength(2);
  });

  it("costs little while it waits", async () => {
    const run = newRunMarker();
    const parent = await startHost(run, ["echo ready; exec sleep 3600"]);
    const [pid] = watchdogs(run);
    const rss = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
    // A shell, in kB; a process of Node's has more than 30,000.
    expect(Number(rss)).toBeLessThan(20_000);
    parent.stdin?.end();
    await once(parent, "exit");
  });
});
