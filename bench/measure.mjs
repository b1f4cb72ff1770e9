// Measures commands: CPU of the whole waited-for process tree, wall time, and the peak memory of a Node program.
import { spawn, spawnSync } from "node:child_process";
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";

const PEAK_HOOK = join(import.meta.dirname, "peak-memory.cjs");

/** A single run that takes longer than this is stopped: no benchmark may run for ever. */
const LIMIT_MS = 300_000;

/** bash's `time` waits with wait4(2), so it counts every descendant that was waited for, to the millisecond. */
const TIMED = `TIMEFORMAT='%U %S %R'; time { "$@" >/dev/null 2>"$BENCH_STDERR"; }`;

/** A command: the program, its arguments, and variables on top of the bench's environment. */
/** @typedef {{ file: string, args: string[], env?: Record<string, string> }} Command */

/** Throws if there is no bash; its `time` is what CPU is measured with. */
export function checkMeasuring() {
  if (spawnSync("bash", ["-c", "true"]).status !== 0)
    throw new Error("bash was not found; the benchmarks measure CPU with its `time`: install bash and try again");
}

/** Runs a command to its end; milliseconds of CPU (user + system) and of wall time. Throws if it fails. */
export function timed({ file, args, env }, { cwd, env: base }) {
  const stderrFile = join(cwd, "stderr");
  const result = spawnSync("bash", ["-c", TIMED, "bash", file, ...args], {
    cwd,
    env: { ...base, ...env, BENCH_STDERR: stderrFile },
    encoding: "utf8",
    stdio: ["ignore", "ignore", "pipe"],
    timeout: LIMIT_MS,
  });
  const [user, system, wall] = (result.stderr.trim().split("\n").at(-1) ?? "").split(" ").map(Number);
  if (result.status !== 0 || !Number.isFinite(wall)) {
    const said = readFileSync(stderrFile, "utf8").trim().slice(-2000);
    throw new Error(`${[file, ...args].join(" ")} failed (${result.signal ?? result.status}):\n${said}`);
  }
  return { cpu: (user + system) * 1000, wall: wall * 1000 };
}

/** Runs a Node program and resolves to the peak of its own resident memory, in MB (10⁶ bytes). Throws if it fails. */
export async function peakMemory({ file, args, env }, { cwd, env: base }) {
  const peakFile = join(cwd, "peak");
  rmSync(peakFile, { force: true });
  const child = spawn(file, ["--require", PEAK_HOOK, ...args], {
    cwd,
    env: { ...base, ...env, BENCH_PEAK_FILE: peakFile },
    stdio: ["ignore", "ignore", "pipe"],
    timeout: LIMIT_MS,
  });
  let said = "";
  child.stderr.setEncoding("utf8").on("data", (text) => {
    said = (said + text).slice(-2000);
  });
  const code = await new Promise((resolve) => child.on("close", resolve));
  if (code !== 0) throw new Error(`${args.join(" ")} failed (${code}):\n${said}`);
  return Number(readFileSync(peakFile, "utf8")) / 1e6;
}

/** Runs all contenders in turn (A B A B …), each `rounds` times; the samples of each, by round. */
export function inTurn(contenders, rounds, place) {
  const samples = new Map(contenders.map(({ name }) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    for (const contender of contenders) {
      contender.prepare?.();
      const sample = timed(contender.command, place);
      contender.check?.();
      samples.get(contender.name).push({ ...sample, ...contender.extra?.() });
    }
  }
  return samples;
}

export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** The median of the ratios within each round: the load of a shared machine changes, but hits neighbours alike. */
export function ratio(samples, of, to, key) {
  return median(samples.get(of).map((sample, round) => sample[key] / samples.get(to)[round][key]));
}
