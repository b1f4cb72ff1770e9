// Starts children in a ProcessRun and gathers what they say.
import { tmpdir } from "node:os";
import type { ChildSpec, ProcessRun, RunningChild } from "../../../src/process/process-run.js";

let tasks = 0;

export interface Started extends RunningChild {
  lines: string[];
  stderr: () => string;
  /** Resolves when stdout has said this line. */
  said(line: string): Promise<void>;
}

/** Starts a program with a plain environment; each call is a task of its own. */
export function start(run: ProcessRun, file: string, args: string[], spec: Partial<ChildSpec> = {}): Started {
  const lines: string[] = [];
  const waiting = new Map<string, () => void>();
  let errors = "";
  const child = run.spawn(
    {
      file,
      args,
      env: { PATH: process.env.PATH ?? "/usr/bin:/bin" },
      cwd: tmpdir(),
      stdin: "",
      task_marker: `t${++tasks}`,
      spool_dir: tmpdir(),
      ...spec,
    },
    {
      onLine: (line) => {
        lines.push(line);
        waiting.get(line)?.();
      },
      onStderr: (text) => {
        errors += text;
      },
    },
  );
  return {
    pid: child.pid,
    done: child.done,
    stop: (grace_ms) => child.stop(grace_ms),
    lines,
    stderr: () => errors,
    said: (line) =>
      lines.includes(line)
        ? Promise.resolve()
        : new Promise((resolve, reject) => {
            waiting.set(line, resolve);
            void child.done.then((end) => reject(new Error(`ended without saying ${line}: ${JSON.stringify(end)}`)));
          }),
  };
}

/** Starts a shell script. */
export function sh(run: ProcessRun, script: string, spec: Partial<ChildSpec> = {}): Started {
  return start(run, "/bin/sh", ["-c", script], spec);
}

/** Starts a JavaScript program. */
export function node(run: ProcessRun, script: string, spec: Partial<ChildSpec> = {}): Started {
  return start(run, process.execPath, ["-e", script], spec);
}
