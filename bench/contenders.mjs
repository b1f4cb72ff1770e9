// Who is measured: clinvk and its peers, each doing the same tasks: prompt on stdin, answer into a file of its own.
import { spawnSync } from "node:child_process";
import { join } from "node:path";

const NODE = process.execPath;
const PEERS = join(import.meta.dirname, "peers");

/** Is the program there? Some peers are not installed everywhere; their rows are then left out. */
export function installed(program) {
  return spawnSync(program, ["--version"], { stdio: "ignore" }).status === 0;
}

/** clinvk with journal and result files. `flags` are added, `env` too. */
export function clinvk(
  place,
  { tasks, parallel, backend = "claude", flags = [], env, name = "clinvk", output = true },
) {
  const args = [place.clinvk, "parallel", "-f", place.taskFile(backend, tasks), "--quiet"];
  args.push("--max-parallel", String(parallel), ...(output ? ["--output-dir", place.out] : []), ...flags);
  return contender(place, name, { file: NODE, args, env }, output ? { tasks } : {});
}

export function spawnLoop(place, { tasks, parallel, env }) {
  const args = [join(PEERS, "spawn-loop.cjs"), String(tasks), String(parallel), place.out];
  return contender(place, "bare Node loop", { file: NODE, args, env }, { tasks });
}

export function execaLimit(place, { tasks, parallel, env }) {
  const args = [join(PEERS, "execa.mjs"), String(tasks), String(parallel), place.out];
  return contender(place, "execa + p-limit", { file: NODE, args, env }, { tasks });
}

export function xargs(place, { tasks, parallel, env }) {
  const each = `exec claude -p <"$0/prompts/$1" >"$0/out/$1.md"`;
  const args = ["-a", place.promptList(tasks), "-P", String(parallel), "-n", "1", "sh", "-c", each, place.dir];
  return contender(place, "xargs -P", { file: "xargs", args, env }, { tasks });
}

/** `recorded`: with result files and a log of the jobs, which is what clinvk's output directory and journal are. */
export function gnuParallel(place, { tasks, parallel, env, recorded = false }) {
  const list = ["-a", place.promptList(tasks)];
  const log = ["--results", `${place.out}/{}.dir/`, "--joblog", join(place.dir, "joblog")];
  const args = recorded
    ? ["-j", String(parallel), ...log, ...list, `claude -p <${place.dir}/prompts/{}`]
    : ["-j", String(parallel), ...list, `claude -p <${place.dir}/prompts/{} >${place.out}/{}.md`];
  const name = recorded ? "GNU parallel --results --joblog" : "GNU parallel";
  return contender(place, name, { file: "parallel", args, env }, { tasks, suffix: recorded ? "stdout" : ".md" });
}

export function emptyNode(place) {
  return contender(place, "node empty.cjs", { file: NODE, args: [join(place.dir, "empty.cjs")] });
}

export function clinvkVersion(place) {
  return contender(place, "clinvk", { file: NODE, args: [place.clinvk, "--version"] });
}

function contender(place, name, command, { tasks, suffix } = {}) {
  return {
    name,
    command,
    prepare: () => place.clear(),
    check: () => (tasks === undefined ? undefined : place.checkAnswers(tasks, suffix)),
  };
}
