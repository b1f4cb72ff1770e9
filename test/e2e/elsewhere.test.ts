// Runs whose process can't be seen from here: killed in another container, or only suspended.
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import type { RunResult } from "../../src/schema/result.js";
import { readRun } from "../../src/store/read-run.js";
import { until } from "../rig/alive.js";
import { type Started, Workspace } from "../rig/clinvk.js";
import { lockSeemsElsewhere, scratchSeemsElsewhere, silentFor } from "../rig/elsewhere.js";
import { processesWith } from "../rig/real-clis.js";
import { type SelfWilledClis, selfWilledClis } from "../rig/self-willed-clis.js";

let space: Workspace;
let clis: SelfWilledClis;
let folder: string;
let home: string;
let out: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "clinvk-elsewhere-"));
  clis = selfWilledClis(folder);
  space = new Workspace({ bin: [clis.bin] });
  home = join(space.home, ".clinvk");
  out = join(space.dir, "out");
});
afterEach(() => {
  for (const { pid } of processesWith(space.dir)) process.kill(pid, "SIGKILL");
  space.close();
  rmSync(folder, { recursive: true });
});

const names = (dir: string) => readdirSync(dir).filter((name) => !name.startsWith("."));
const runId = () => names(join(home, "runs"))[0] ?? "";
const runPath = () => join(home, "runs", runId());
const scratchPath = () => join(home, "tmp", names(join(home, "tmp"))[0] ?? "");

/** Starts a run of two tasks; resolves when the first has ended and the second is under way. */
async function started(): Promise<Started> {
  const tasks = [
    { id: "one", backend: "codex", prompt: "one" },
    { id: "two", backend: "codex", prompt: "two waits" },
  ];
  const run = space.start(["parallel", "-f", space.file("tasks.json", { tasks }), "--output-dir", out]);
  await until(() => {
    if (!clis.started().includes("two")) return false;
    const read = readRun(home, runId());
    return read.ok && read.value.state.results.has("one");
  });
  return run;
}

/** A run that was killed in a container that is gone, so long ago. */
async function killedElsewhere(silent_seconds: number): Promise<void> {
  const run = await started();
  run.child.kill("SIGKILL");
  await run.done;
  await until(() => processesWith(space.dir).length === 0, 10_000);
  lockSeemsElsewhere(runPath());
  scratchSeemsElsewhere(scratchPath());
  for (const dir of [runPath(), scratchPath()]) silentFor(dir, silent_seconds);
  clis.forget();
  clis.refuse(["one"]);
  clis.goOn();
}

it("killed in another container a moment ago: refused with the command that helps, which then finishes it", async () => {
  await killedElsewhere(80);
  const list = await space.run(["runs", "list"]);
  expect(list.stdout).toMatch(/no sign of life since \d/);
  for (const command of ["resume", "retry"]) {
    const refused = await space.run(["runs", command, runId()]);
    expect(refused.code).toBe(2);
    expect(refused.stderr).toMatch(
      /on pod-a works on it since .* its last sign of life is \d+ s old; if it was killed, /,
    );
    expect(refused.stderr).toContain(`\`clinvk runs ${command} ${runId()} --force\` takes it now, and it is free in `);
  }
  expect((await space.run(["runs", "rm", runId()])).stderr).toContain(
    `\`clinvk runs rm ${runId()} --force\` takes it now`,
  );
  const { code, stdout } = await space.run(["runs", "resume", runId(), "--force", "--json"]);
  expect(code).toBe(0);
  const { results } = JSON.parse(stdout) as RunResult;
  expect(results.map(({ content }) => content)).toEqual(["answer of one", "answer of two"]);
  expect(clis.refused()).toEqual([]);
});

it("killed in another container two minutes ago: resumed like any other, and its scratch is removed", async () => {
  await killedElsewhere(121);
  expect((await space.run(["runs", "list"])).stdout).toContain("interrupted");
  expect((await space.run(["runs", "resume", runId()])).code).toBe(0);
  expect(clis.refused()).toEqual([]);
  expect(readdirSync(join(home, "tmp"))).toEqual([]);
});

it("killed in another container two minutes ago: can be removed", async () => {
  await killedElsewhere(121);
  expect(await space.run(["runs", "rm", runId()])).toMatchObject({ code: 0 });
  expect(names(join(home, "runs"))).toEqual([]);
});

it("a process that was only suspended finds out that its run goes on elsewhere: it stops, says who, and writes nothing more", async () => {
  const first = await started();
  first.child.kill("SIGSTOP");
  lockSeemsElsewhere(runPath());
  silentFor(runPath(), 121);
  const second = space.start(["runs", "resume", runId(), "--json"]);
  await until(() => clis.started().filter((word) => word === "two").length === 2);
  clis.goOn();
  const resumed = await second.done;
  expect(resumed.code).toBe(0);
  const journal = readFileSync(join(runPath(), "events.ndjson"), "utf8");
  const files = names(out).map((name) => readFileSync(join(out, name), "utf8"));
  first.child.kill("SIGCONT");
  const stopped = await first.done;
  expect(stopped.code).toBe(1);
  expect(stopped.stderr).toMatch(
    /clinvk: the run is stopped: .* has taken it over, because this process gave no sign of life/,
  );
  expect(stopped.stderr).not.toContain("runs resume");
  expect(readFileSync(join(runPath(), "events.ndjson"), "utf8")).toBe(journal);
  expect(names(out).map((name) => readFileSync(join(out, name), "utf8"))).toEqual(files);
  const read = readRun(home, runId());
  expect(read.ok && read.value.intact).toBe(true);
  expect(existsSync(join(out, "summary.json"))).toBe(true);
});
