import { chmodSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { ProcessRun } from "../../../src/process/process-run.js";
import { node, sh, start } from "../../rig/tree/run-child.js";
import { alive, newToken } from "../../rig/tree/stub-tree.js";

let run: ProcessRun;
let dir: string;

beforeEach(() => {
  run = new ProcessRun({ run_marker: "test-run" });
  dir = mkdtempSync(join(tmpdir(), "clinvk-process-"));
});
afterEach(async () => {
  expect(await run.close()).toEqual({ survivors: [] });
  rmSync(dir, { recursive: true });
});

it("tells exit code, lines and stderr", async () => {
  const child = sh(run, "echo one; echo two >&2; printf three; exit 3");
  expect(await child.done).toEqual({
    exit_code: 3,
    signal: null,
    stopped: false,
    stderr: "two\n",
    stdout_bytes: 9,
    leftovers: 0,
    survivors: [],
  });
  expect(child.lines).toEqual(["one", "three"]);
  expect(child.stderr()).toBe("two\n");
});

it("tells the signal that ended a child", async () => {
  expect(await sh(run, "kill -KILL $$").done).toMatchObject({ exit_code: null, signal: "SIGKILL", stopped: false });
});

it("passes arguments, environment and directory as they are, and adds the marker", async () => {
  const child = start(
    run,
    "/bin/sh",
    ["-c", 'printf "%s|" "$@" "$FOO" "$CLINVK_RUN_CHAIN" "$HOME" "$PWD"', "sh", "a b", '$x"'],
    {
      env: { FOO: "bär" },
      cwd: dir,
      task_marker: "t-1",
    },
  );
  await child.done;
  expect(child.lines).toEqual([`a b|$x"|bär|${run.markerFor("t-1")}||${dir}|`]);
  expect(run.markerFor("t-1")).toMatch(/:test-run\.t-1:$/);
});

it("closes stdin after the text, also if there is none", async () => {
  const echo = start(run, "cat", [], { stdin: "grüß\n🎉" });
  await echo.done;
  expect(echo.lines).toEqual(["grüß", "🎉"]);
  expect(await start(run, "cat", []).done).toMatchObject({ exit_code: 0, stdout_bytes: 0 });
});

it("writes 20 MB to a slow reader, whole", async () => {
  const stdin = `${"0123456789 é🎉 ".repeat(1_000_000)}\n`;
  const reader = node(
    run,
    `const h = require("node:crypto").createHash("sha256"); let n = 0;
     process.stdin.on("data", (d) => { h.update(d); n += d.length; process.stdin.pause(); setImmediate(() => process.stdin.resume()); });
     process.stdin.on("end", () => console.log(n + " " + h.digest("hex")));`,
    { stdin },
  );
  await reader.done;
  const { createHash } = await import("node:crypto");
  expect(reader.lines).toEqual([`${Buffer.byteLength(stdin)} ${createHash("sha256").update(stdin).digest("hex")}`]);
});

it("does not mind a child that never reads its stdin", async () => {
  expect(await sh(run, "exec 0<&-; echo no", { stdin: "x".repeat(5_000_000) }).done).toMatchObject({
    exit_code: 0,
    stderr: "",
  });
});

it("says why a program can't be started, and for a person", async () => {
  const script = join(dir, "script");
  writeFileSync(script, "#!/no/such/interpreter\n");
  const plain = join(dir, "plain");
  writeFileSync(plain, "echo hello\n");
  chmodSync(script, 0o755);
  const cases: [Promise<unknown>, string, string][] = [
    [start(run, "no-such-program", []).done, "ENOENT", "there is no such program"],
    [start(run, "true", [], { cwd: join(dir, "gone") }).done, "ENOENT", "its working directory"],
    [start(run, script, []).done, "ENOENT", "interpreter"],
    [start(run, plain, []).done, "EACCES", "permission denied"],
    [start(run, "true", ["x".repeat(3_000_000)]).done, "E2BIG", "longer than the system allows"],
    [start(run, "true", ["a\0b"]).done, "ERR_INVALID_ARG_VALUE", "null bytes"],
  ];
  for (const [done, code, words] of cases) {
    const message = expect.stringContaining(words) as string;
    expect(await done).toMatchObject({ exit_code: null, signal: null, stopped: false, spawn_error: { code, message } });
  }
});

it("takes a stop of a child that could not be started", async () => {
  const child = start(run, "no-such-program", []);
  child.stop(0);
  expect(child.pid).toBeUndefined();
  expect(await child.done).toMatchObject({ spawn_error: { code: "ENOENT" } });
});

it("refuses two children with one marker at a time, and takes it again afterwards", async () => {
  const first = sh(run, "read x", { task_marker: "same", stdin: "\n" });
  expect(() => sh(run, "true", { task_marker: "same" })).toThrow("running already");
  await first.done;
  expect(await sh(run, "true", { task_marker: "same" }).done).toMatchObject({ exit_code: 0 });
});

it("does not wait for a grandchild that holds the pipes, and ends it", async () => {
  const token = newToken();
  const child = sh(run, `setsid sleep 3600.${token} & echo done`);
  expect(await child.done).toMatchObject({ exit_code: 0, leftovers: 1, survivors: [] });
  expect(child.lines).toEqual(["done"]);
  expect(alive(token)).toEqual([]);
});

it("hands over all that a child had written before it exited, though a grandchild goes on writing", async () => {
  const child = node(
    run,
    `require("node:child_process").spawn("sh", ["-c", "while :; do echo noise; sleep 0.01; done"], { detached: true, stdio: ["ignore", 1, 2] }).unref();
     const fs = require("node:fs");
     for (let i = 0; i < 2000; i++) fs.writeSync(1, "line " + i + "\\n");`,
  );
  expect(await child.done).toMatchObject({ exit_code: 0, survivors: [] });
  expect(child.lines.filter((line) => line !== "noise")).toEqual(Array.from({ length: 2000 }, (_, i) => `line ${i}`));
});

it("keeps the output of a child that exits while we are busy", async () => {
  const quick = new ProcessRun({ drain_ms: 1 });
  const token = newToken();
  const child = sh(quick, `setsid sleep 3600.${token} & for i in 1 2 3; do echo $i; done; echo end >&2`);
  const busy_until = performance.now() + 300;
  while (performance.now() < busy_until);
  expect(await child.done).toMatchObject({ stderr: "end\n", leftovers: 1 });
  expect(child.lines).toEqual(["1", "2", "3"]);
  await quick.close();
});

it("gathers a line of 5 MB in a file and leaves none", async () => {
  const child = node(run, `process.stdout.write('{"a":"' + "x".repeat(5e6) + '"}\\nshort')`, { spool_dir: dir });
  expect(await child.done).toMatchObject({ exit_code: 0, stdout_bytes: 5_000_014 });
  expect(child.lines.map((line) => line.length)).toEqual([5_000_008, 5]);
  expect(readdirSync(dir)).toEqual([]);
});

it("keeps both ends of a long stderr", async () => {
  const end = await node(run, `process.stderr.write("first\\n" + "x".repeat(3e6) + "\\nlast\\n")`).done;
  expect(end.stderr.startsWith("first\n")).toBe(true);
  expect(end.stderr.endsWith("\nlast\n")).toBe(true);
  expect(end.stderr).toContain(`[… ${(3_000_012 - 2 * 65_536).toLocaleString("en-US")} bytes dropped …]`);
  expect(end.stderr.length).toBeLessThan(132_000);
});

it("stops a child with SIGTERM and lets it finish its words", async () => {
  const child = sh(run, "trap 'echo bye; exit 0' TERM; echo ready; while :; do sleep 0.05; done");
  await child.said("ready");
  child.stop();
  expect(await child.done).toMatchObject({ stopped: true, exit_code: 0, signal: null, survivors: [] });
  expect(child.lines).toEqual(["ready", "bye"]);
});

it("kills a child that ignores SIGTERM once the grace is over", async () => {
  const child = sh(run, "trap '' TERM; echo ready; while :; do sleep 0.05; done");
  await child.said("ready");
  child.stop(100);
  expect(await child.done).toMatchObject({ stopped: true, signal: "SIGKILL", survivors: [] });
});

it("shortens a running grace, and never lengthens it", async () => {
  const child = sh(run, "trap '' TERM; echo ready; while :; do sleep 0.05; done");
  await child.said("ready");
  child.stop(3_600_000);
  child.stop(0);
  child.stop(3_600_000);
  expect(await child.done).toMatchObject({ stopped: true, signal: "SIGKILL" });
});

it("kills at once without a grace", async () => {
  const child = sh(run, "trap 'echo TERM' TERM; echo ready; while :; do sleep 0.05; done");
  await child.said("ready");
  child.stop(0);
  expect(await child.done).toMatchObject({ stopped: true, signal: "SIGKILL" });
  expect(child.lines).toEqual(["ready"]);
});

it("has nothing to stop after the end", async () => {
  const child = sh(run, "exit 4");
  const end = await child.done;
  child.stop(0);
  expect(await child.done).toBe(end);
  expect(end).toMatchObject({ stopped: false, exit_code: 4 });
});

it("kills what still runs when it is closed", async () => {
  const token = newToken();
  const child = sh(run, `trap '' TERM; echo ready; while :; do sleep 3600.${token}; done`);
  await child.said("ready");
  expect(await run.close()).toEqual({ survivors: [] });
  expect(await child.done).toMatchObject({ stopped: true, signal: "SIGKILL" });
  expect(alive(token)).toEqual([]);
});

it("runs many short children at once, each with its own output", async () => {
  const children = Array.from({ length: 60 }, (_, i) => sh(run, `echo ${i}; exit ${i}`));
  const ends = await Promise.all(children.map((child) => child.done));
  expect(ends.map((end) => end.exit_code)).toEqual(children.map((_, i) => i));
  expect(children.map((child) => child.lines)).toEqual(children.map((_, i) => [String(i)]));
});
