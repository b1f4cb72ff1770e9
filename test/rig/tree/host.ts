// A program that starts stub trees in a ProcessRun with a watchdog and then waits to be killed; or ends cleanly when stdin ends.
// usage: node host.js RUN REAPER_FILE NODE_FILE [SHELL SCRIPT]... ; prints `ready` when each script has.
import { tmpdir } from "node:os";
import { ProcessRun } from "../../../src/process/process-run.js";

const [run_marker = "", reaper_file = "", node_file = "", ...scripts] = process.argv.slice(2);
const run = new ProcessRun({
  run_marker,
  watchdog: { reaper_file, node_file, onLost: (message) => process.stderr.write(`${message}\n`) },
});

let waiting = scripts.length;
scripts.forEach((script, index) => {
  run.spawn(
    {
      file: "/bin/sh",
      args: ["-c", script],
      env: { PATH: process.env.PATH ?? "" },
      cwd: "/",
      stdin: "",
      task_marker: `t${index}`,
      spool_dir: tmpdir(),
    },
    {
      onLine: (line) => {
        run.noteActivity();
        if (line === "ready" && --waiting === 0) process.stdout.write("ready\n");
      },
    },
  );
});

process.stdin.on("end", () => void run.close()).resume();
