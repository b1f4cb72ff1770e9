// A program whose table of descriptors is full: what becomes of a child that runs by then, and of one that is to be started.
// usage: node full-table.cjs REAPER_FILE TOKEN; prints one line of JSON.
import { closeSync, openSync } from "node:fs";
import { tmpdir } from "node:os";
import { ProcessRun } from "../../../src/process/process-run.js";

const [reaper_file = "", token = ""] = process.argv.slice(2);
const lost: string[] = [];
const newRun = () => new ProcessRun({ watchdog: { reaper_file, onLost: (message) => lost.push(message) } });

function shell(run: ProcessRun, script: string, onLine: (line: string) => void = () => {}) {
  const env = { PATH: process.env.PATH ?? "" };
  const place = { cwd: "/", stdin: "", spool_dir: tmpdir(), task_marker: "t" };
  return run.spawn({ file: "/bin/sh", args: ["-c", script], env, ...place }, { onLine });
}

async function main(): Promise<void> {
  const early = newRun();
  const running = await new Promise<ReturnType<typeof shell>>((resolve) => {
    const child = shell(early, `setsid sleep 3600.${token} & echo ready; wait`, () => resolve(child));
  });
  const files: number[] = [];
  try {
    for (;;) files.push(openSync("/dev/null", "r"));
  } catch {
    // The table is full.
  }
  const late = newRun();
  const refused = await shell(late, "exit 0").done;
  running.stop(0);
  const stopped = await running.done;
  for (const file of files) closeSync(file);
  const again = await shell(late, "exit 3").done;
  const survivors = [...(await early.close()).survivors, ...(await late.close()).survivors];
  process.stdout.write(JSON.stringify({ lost, refused, stopped, again, survivors }));
}

void main();
