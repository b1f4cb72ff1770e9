// Nothing that a task started outlives it, and nothing else is touched. Needs /proc and setsid, hence Linux.
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { ProcessRun } from "../../src/process/process-run.js";
import { node, sh, start } from "../rig/tree/run-child.js";
import { alive, chainArgs, eventually, newToken, type Shape, treeArgs } from "../rig/tree/stub-tree.js";

const ALL: Shape[] = ["own-session", "daemon", "empty-env", "stubborn", "chain", "fan"];

/** The processes alone: one that has just been forked still has the command line of its parent. */
const pids = (token: string) => alive(token).map((process) => Number.parseInt(process, 10));

describe.runIf(existsSync("/proc/self/stat"))("process trees", () => {
  let run: ProcessRun;
  const bystanders: ChildProcess[] = [];

  beforeEach(() => {
    run = new ProcessRun({ grace_ms: 200 });
  });
  afterEach(async () => {
    expect(await run.close()).toEqual({ survivors: [] });
    for (const child of bystanders.splice(0)) child.kill("SIGKILL");
  });

  /** Something that is not of the run, e.g. of another user of the machine. */
  function bystander(file: string, args: string[]): void {
    bystanders.push(spawn(file, args, { stdio: "ignore" }));
  }

  it("leaves nothing of a tree that is cancelled or killed, not even what flees", async () => {
    const tokens: string[] = [];
    for (const grace of [200, 0, 200, 0, 200, 0, 200, 0, 200, 0]) {
      const token = newToken();
      tokens.push(token);
      const child = start(run, "/bin/sh", treeArgs(token, ...ALL));
      await child.said("ready");
      child.stop(grace);
      expect(await child.done).toMatchObject({ stopped: true, survivors: [] });
      expect(alive(token)).toEqual([]);
    }
    // A link of a chain that was overlooked would hop on unseen, and stay at its end: wait until such a chain has ended.
    const reference = newToken();
    bystander("/bin/sh", chainArgs(reference));
    const ended = () => alive(reference).find((process) => process.includes("sleep 3600"));
    await eventually(
      () => ended() !== undefined,
      () => alive(reference),
    );
    for (const token of tokens) expect(alive(token)).toEqual([]);
    process.kill(Number.parseInt(ended() ?? "", 10), "SIGKILL");
  });

  it("ends what a tool left behind though the leader leaves on SIGTERM at once", async () => {
    const token = newToken();
    const child = sh(
      run,
      `trap 'exit 0' TERM
       setsid env -i sleep 3600.${token} & setsid sleep 3600.${token} & echo ready; while :; do sleep 0.01; done`,
    );
    await child.said("ready");
    await eventually(
      () => alive(token).length >= 3,
      () => alive(token),
    );
    child.stop();
    const end = await child.done;
    expect(end).toMatchObject({ stopped: true, exit_code: 0, survivors: [] });
    expect(end.leftovers).toBeGreaterThanOrEqual(2);
    expect(alive(token)).toEqual([]);
  });

  it("ends what a success left behind, and counts it", async () => {
    const token = newToken();
    const child = sh(
      run,
      `setsid sleep 3600.${token} >/dev/null 2>&1 & setsid sleep 3600.${token} >/dev/null 2>&1 & echo ok`,
    );
    expect(await child.done).toMatchObject({ exit_code: 0, stopped: false, leftovers: 2, survivors: [] });
    expect(child.lines).toEqual(["ok"]);
    expect(alive(token)).toEqual([]);
  });

  it("ends an orphan without a marker that was noticed while its parent lived", async () => {
    const token = newToken();
    const child = node(
      run,
      `require("node:child_process").spawn("sleep", ["3600.${token}"], { detached: true, stdio: "ignore", env: {} }).unref();
       console.log("tool"); process.stdin.on("data", () => process.exit(0)); setTimeout(() => process.exit(0), 500);`,
    );
    await child.said("tool");
    run.noteActivity();
    expect(await child.done).toMatchObject({ exit_code: 0, leftovers: 1, survivors: [] });
    expect(alive(token)).toEqual([]);
  });

  it("spares others that run the same program, and those of another run", async () => {
    const token = newToken();
    const other = newToken();
    const otherRun = new ProcessRun();
    bystander("/bin/sh", treeArgs(other, "own-session", "stubborn", "fan"));
    const foreign = start(otherRun, "/bin/sh", treeArgs(other, "own-session", "empty-env"));
    await foreign.said("ready");
    // Per tree: the shell, its own `sleep`, and what the shapes add.
    await eventually(
      () => alive(other).filter((process) => process.includes("sleep")).length === 15,
      () => alive(other),
    );
    const before = pids(other);

    const child = start(run, "/bin/sh", treeArgs(token, ...ALL));
    await child.said("ready");
    child.stop(0);
    await child.done;
    expect(await run.close()).toEqual({ survivors: [] });
    expect(alive(token)).toEqual([]);
    expect(pids(other)).toEqual(before);

    await otherRun.close();
    // Without its sleeps the bystander's shell goes on; it and its session are ours to clean up.
    for (const process_ of alive(other)) process.kill(Number.parseInt(process_, 10), "SIGKILL");
  });

  it("stops one task and leaves the others of its run alone", async () => {
    const [one, two] = [newToken(), newToken()];
    const first = start(run, "/bin/sh", treeArgs(one, "own-session", "daemon", "fan"));
    const second = start(run, "/bin/sh", treeArgs(two, "own-session", "daemon", "fan"));
    await Promise.all([first.said("ready"), second.said("ready")]);
    await eventually(
      () => alive(two).filter((process) => process.includes("sleep")).length === 14,
      () => alive(two),
    );
    const before = pids(two);
    first.stop();
    await first.done;
    expect(alive(one)).toEqual([]);
    expect(pids(two)).toEqual(before);
    second.stop(0);
    expect(await second.done).toMatchObject({ stopped: true, survivors: [] });
    expect(alive(two)).toEqual([]);
  });

  it("stops many trees at once", async () => {
    const trees = Array.from({ length: 8 }, () => newToken()).map((token) => ({
      token,
      child: start(run, "/bin/sh", treeArgs(token, "own-session", "daemon", "stubborn")),
    }));
    await Promise.all(trees.map(({ child }) => child.said("ready")));
    for (const { child } of trees) child.stop(0);
    for (const { token, child } of trees) {
      expect(await child.done).toMatchObject({ stopped: true, survivors: [] });
      expect(alive(token)).toEqual([]);
    }
  });

  it("ends the children of a run within a run, whose marker is a link of the chain", async () => {
    const token = newToken();
    const child = sh(
      run,
      `CLINVK_RUN_CHAIN="\${CLINVK_RUN_CHAIN}inner.t1:" setsid sh -c '(setsid sleep 3600.${token} &)'; echo ready; sleep 3600`,
    );
    await child.said("ready");
    child.stop();
    expect(await child.done).toMatchObject({ stopped: true, survivors: [] });
    expect(alive(token)).toEqual([]);
  });
});
