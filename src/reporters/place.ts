// Files that are made beside their place and renamed into it: no reader sees half a file, and no link is followed.
import { closeSync, openSync, readdirSync, renameSync, rmSync, statSync } from "node:fs";
import { hostname } from "node:os";
import { basename, dirname, join } from "node:path";
import { explainIo } from "../util/explain-io.js";
import { randomHex } from "../util/random.js";
import { err, ok, type Result } from "../util/result.js";
import { writeAll } from "./sink.js";

/** Throws if no file can be written into the directory; removes what killed processes have left in it. */
export function proveWritable(dir: string): void {
  removeLeftOvers(dir);
  const probe = temporary(dir);
  try {
    intoNewFile(probe, (write) => write("probe\n"));
  } finally {
    rmSync(probe, { force: true });
  }
}

/** Checks in advance whether a file can be put at `path`, and returns a sentence if not; its directory has to exist. */
export function checkPlace(path: string): Result<void, string> {
  const dir = dirname(path);
  try {
    if (!statSync(dir, { throwIfNoEntry: false })) return err(`can't write to ${path}: there is no directory ${dir}`);
    const there = statSync(path, { throwIfNoEntry: false });
    if (there !== undefined && !there.isFile()) return err(`can't write to ${path}: it is not a regular file`);
    proveWritable(dir);
    return ok(undefined);
  } catch (error) {
    return err(`can't write to ${path}: ${explainIo(error)}`);
  }
}

/** Writes a whole file and puts it at `path` when it is complete; throws the system's error. */
export function placeFile(path: string, fill: (write: (text: string) => void) => void): void {
  place(dirname(path), basename(path), (temp) => intoNewFile(temp, fill));
}

/** Has `make` create a file beside its place and puts it there; leaves nothing behind if that fails. */
export function place(dir: string, file: string, make: (path: string) => void): void {
  const path = temporary(dir);
  try {
    make(path);
    renameSync(path, join(dir, file));
  } catch (error) {
    rmSync(path, { force: true });
    throw error;
  }
}

/** Creates a file of mode 0600 that is not there yet. */
export function intoNewFile(path: string, fill: (write: (text: string) => void) => void): void {
  const fd = openSync(path, "wx", 0o600);
  try {
    fill((text) => writeAll(fd, text));
  } finally {
    closeSync(fd);
  }
}

/** `.clinvk-HOST-PID-SECRET-COUNT.tmp`: machines and containers may share a directory, and have process ids of their own. */
const OURS = `.clinvk-${hostname().replace(/[^A-Za-z0-9]/g, "_")}-`;
let secret: string | undefined;
let count = 0;

/** A new name that can't be guessed. */
function temporary(dir: string): string {
  secret ??= randomHex(8);
  count += 1;
  return join(dir, `${OURS}${process.pid}-${secret}-${count}.tmp`);
}

/** Half-made files of processes that were killed. Several runs may share the directory: those of the living stay. */
function removeLeftOvers(dir: string): void {
  for (const name of readdirSync(dir)) {
    if (!name.startsWith(OURS) || !name.endsWith(".tmp")) continue;
    const pid = Number.parseInt(name.slice(OURS.length), 10);
    if (pid > 0 && !exists(pid)) rmSync(join(dir, name), { force: true });
  }
}

function exists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
