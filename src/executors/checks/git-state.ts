// Records the state of a git work tree, to tell later whether any file has changed. Only reads.
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { lstat, readlink } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { type Place, runLimited } from "./run-limited.js";

/** The commit, and a fingerprint of every file that differs from it. Files that git ignores do not count. */
export interface GitState {
  /** Commit id, or `(initial)`. */
  head: string;
  /** By path from the top of the work tree. */
  files: ReadonlyMap<string, string>;
}

/** git gets this long per call; a work tree that takes longer counts as missing. */
const GIT_LIMIT_MS = 20_000;
/** At most this many bytes are hashed in all; the other files are compared by size and time of change. */
const MAX_HASHED_BYTES = 256 * 1024 * 1024;

/** Variables that git's hooks set: they would lead git to another repository than the directory's own. */
const REPOSITORY_VARIABLES = [
  "GIT_DIR",
  "GIT_WORK_TREE",
  "GIT_INDEX_FILE",
  "GIT_PREFIX",
  "GIT_COMMON_DIR",
  "GIT_NAMESPACE",
  "GIT_OBJECT_DIRECTORY",
  "GIT_ALTERNATE_OBJECT_DIRECTORIES",
];

/** Reads the whole work tree to which the directory belongs. `undefined` = there is none, or no git. */
export async function gitState(place: Place): Promise<GitState | undefined> {
  const root = await git(place, ["rev-parse", "--show-toplevel"]);
  if (root === undefined || root === "") return undefined;
  const status = await git({ ...place, workdir: root }, [
    "status",
    "--porcelain=v2",
    "--branch",
    "--untracked-files=all",
    "--no-renames",
    "-z",
  ]);
  if (status === undefined) return undefined;
  let head = "";
  const files = new Map<string, string>();
  const budget = { bytes: MAX_HASHED_BYTES };
  for (const record of status.split("\0")) {
    if (record.startsWith("# branch.oid ")) head = record.slice("# branch.oid ".length);
    const entry = parseEntry(record);
    if (entry !== undefined) files.set(entry.path, await fingerprint(join(root, entry.path), entry.submodule, budget));
  }
  return { head, files };
}

/** Paths that differ between two states, sorted; if only the commit differs, "a new commit". */
export function changedFiles(before: GitState, after: GitState): string[] {
  const paths = new Set([...before.files.keys(), ...after.files.keys()]);
  const changed = [...paths].filter((path) => before.files.get(path) !== after.files.get(path)).sort();
  return changed.length === 0 && before.head !== after.head ? ["a new commit"] : changed;
}

/** Runs git and returns its output without the last newline; `undefined` = it failed. Takes no lock and starts no file monitor. */
async function git(place: Place, args: string[]): Promise<string | undefined> {
  const env = { ...place.env, LC_ALL: "C" };
  for (const name of REPOSITORY_VARIABLES) Reflect.deleteProperty(env, name);
  const lines: string[] = [];
  const end = await runLimited(
    { ...place, env },
    {
      label: "git",
      file: "git",
      args: ["--no-optional-locks", "-c", "core.fsmonitor=false", ...args],
      limit_ms: GIT_LIMIT_MS,
      onLine: (line) => lines.push(line),
    },
  );
  return end.exit_code === 0 && !end.stopped ? lines.join("\n") : undefined;
}

/** Parses one record of `git status --porcelain=v2 -z`. Ignores whether a change is staged: the file is the same. */
function parseEntry(record: string): { path: string; submodule: string } | undefined {
  const fields = { "1": 8, u: 10, "?": 1 }[record[0] ?? ""];
  if (fields === undefined) return undefined;
  let at = 0;
  for (let field = 0; field < fields; field++) at = record.indexOf(" ", at) + 1;
  return { path: record.slice(at), submodule: fields === 1 ? "" : (record.split(" ", 3)[2] ?? "") };
}

async function fingerprint(path: string, submodule: string, budget: { bytes: number }): Promise<string> {
  try {
    const stat = await lstat(path);
    if (stat.isSymbolicLink()) return `link ${await readlink(path)}`;
    // For a repository inside the repository, git tells only whether it changed.
    if (!stat.isFile()) return `other ${submodule}`;
    const kind = `file ${stat.mode & 0o111}`;
    if (stat.size > budget.bytes) return `${kind} ${stat.size} ${stat.mtimeMs}`;
    budget.bytes -= stat.size;
    const hash = createHash("sha256");
    await pipeline(createReadStream(path), hash);
    return `${kind} ${hash.digest("hex")}`;
  } catch {
    return "absent";
  }
}
