// Starts `store-child.ts` as real processes.
import { type ChildProcessByStdio, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import { buildSync } from "esbuild";

/** One process and what it says. */
export interface StoreChild {
  pid: number;
  /** The lines of its stdout so far. */
  said: string[];
  /** Resolves as soon as it has said this. */
  says(line: string): Promise<void>;
  kill(): void;
  /** Gives it a byte on stdin. */
  goOn(): void;
  /** Resolves with everything it said once it has ended and nothing more can come. */
  ended: Promise<string[]>;
}

/** Bundles the program once; `dispose` removes the bundle. */
export function storeProgram(): { start(args: string[], limits?: string): StoreChild; dispose(): void } {
  const dir = mkdtempSync(join(tmpdir(), "clinvk-store-child-"));
  const outfile = join(dir, "child.cjs");
  const entryPoints = [join(import.meta.dirname, "store-child.ts")];
  buildSync({ entryPoints, outfile, bundle: true, platform: "node", format: "cjs", logLevel: "error" });
  return {
    start: (args, limits = "") => {
      // A limit is set by the shell that turns into the program.
      const script = `${limits}${limits === "" ? "" : "; "}exec "$@"`;
      const command = ["-c", script, "sh", process.execPath, outfile, ...args];
      return watch(spawn("/bin/sh", command, { stdio: ["pipe", "pipe", "inherit"] }));
    },
    dispose: () => rmSync(dir, { recursive: true, force: true }),
  };
}

function watch(child: ChildProcessByStdio<Writable, Readable, null>): StoreChild {
  const said: string[] = [];
  const waiting: { line: string; resolve(): void }[] = [];
  const reader = createInterface(child.stdout);
  reader.on("line", (text) => {
    said.push(text);
    for (const wait of waiting) if (wait.line === text) wait.resolve();
  });
  const ended = Promise.all([
    new Promise((resolve) => reader.once("close", resolve)),
    new Promise((resolve) => child.once("exit", resolve)),
  ]).then(() => said);
  if (child.pid === undefined) throw new Error("the process could not be started");
  return {
    pid: child.pid,
    said,
    says: (line) =>
      said.includes(line) ? Promise.resolve() : new Promise((resolve) => waiting.push({ line, resolve })),
    kill: () => child.kill("SIGKILL"),
    goOn: () => child.stdin.write("."),
    ended,
  };
}
