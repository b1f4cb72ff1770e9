// Finds the executable of an AI CLI without starting a process: PATH first, then the folder that `clinvk backends
// install` fills. Every run does this at its start, so it makes only a handful of synchronous file calls.
import { accessSync, closeSync, constants, openSync, readFileSync, readSync, realpathSync, statSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, dirname, join, resolve } from "node:path";
import type { Backend } from "../backends/shared/backend.js";
import { shellQuote } from "../util/shell-quote.js";

/** Where to look. */
export interface LocateOptions {
  env: Readonly<Record<string, string | undefined>>;
  /** clinvk's own directory (`$CLINVK_HOME`, usually `~/.clinvk`). */
  clinvk_home: string;
  /** Relative entries of PATH are resolved against it; default: the current directory. */
  cwd?: string;
}

/** An installed CLI and how to start it, or `found: false`. */
export type Located = Found | { found: false };

export interface Found {
  found: true;
  /** File and leading arguments, e.g. `["/usr/bin/claude"]` or `[node, "/usr/bin/gemini"]`; all paths absolute. */
  executable: readonly [string, ...string[]];
  /** The absolute path as it was found, symbolic links not resolved. */
  path: string;
  /** Found on PATH, in the folder of `clinvk backends install`, or by the configuration's `command`. */
  source: "PATH" | "clinvk" | "config";
  /** Real path of its npm package; absent if it was installed in another way. */
  package_dir?: string;
  /** Version from the package's package.json, or from the path of an installation without npm. */
  version?: string;
}

/** The directory that `clinvk backends install` uses as npm's prefix. */
export function clisDir(clinvkHome: string): string {
  return join(clinvkHome, "clis");
}

/** Finds one CLI. Never throws, never starts a process. */
export function locate(
  backend: Pick<Backend, "binary" | "package" | "native_binaries">,
  options: LocateOptions,
): Located {
  // Resolve now: later a relative entry would refer to a task's working directory.
  const cwd = options.cwd ?? process.cwd();
  if (backend.binary.includes("/")) {
    const path = resolve(cwd, backend.binary.replace(/^~(?=\/)/, options.env.HOME || homedir()));
    return isExecutable(path) ? describe(backend, path, "config") : { found: false };
  }
  for (const entry of (options.env.PATH ?? "").split(delimiter)) {
    const path = resolve(cwd, entry, backend.binary);
    if (entry !== "" && isExecutable(path)) return describe(backend, path, "PATH");
  }
  if (backend.package === undefined) return { found: false };
  return locateInstalled(backend, options.clinvk_home);
}

/** Finds one CLI, but only in the folder of `clinvk backends install`. */
export function locateInstalled(
  backend: Pick<Backend, "binary" | "package" | "native_binaries">,
  clinvkHome: string,
): Located {
  const path = resolve(clisDir(clinvkHome), "node_modules", ".bin", backend.binary);
  return isExecutable(path) ? describe(backend, path, "clinvk") : { found: false };
}

/** The command with which a person starts the CLI on this machine: its name if it is on PATH, else its path, shell-quoted. */
export function typedCommand(backend: Pick<Backend, "binary">, located: Located): string {
  return located.found && located.source !== "PATH" ? shellQuote([located.path]) : backend.binary;
}

function describe(
  backend: Pick<Backend, "binary" | "package" | "native_binaries">,
  path: string,
  source: Found["source"],
): Found {
  const home = backend.package === undefined ? undefined : describeInstallation(backend.package, backend.binary, path);
  return {
    found: true,
    executable: executableOf(backend, path, home?.package_dir),
    path,
    source,
    ...home,
  };
}

function describeInstallation(
  packageName: string,
  binary: string,
  path: string,
): { package_dir?: string; version?: string } | undefined {
  const real = realpathSync.native(path);
  const npm = packageOf(real, packageName);
  if (npm !== undefined) return npm;
  const version = versionInPath(real, binary);
  return version === undefined ? undefined : { version };
}

/**
 * Reads the version from a path. Claude Code's own installer puts the program into `share/claude/versions/2.1.197`, and
 * Homebrew every program into `Cellar/codex/0.169.0/bin` or `Caskroom/claude-code/2.1.197` (from their documentation).
 */
function versionInPath(real: string, binary: string): string | undefined {
  return new RegExp(`/${binary}[\\w-]*(?:/versions)?/v?(\\d+\\.\\d+\\.\\d+[^/]*)(?:/|$)`).exec(real)?.[1];
}

/**
 * Prefers the native binary inside the npm package: it saves a Node process, gets signals directly, and exists even if npm
 * was not allowed to run the install script that puts it in place (claude's `bin/claude.exe` is then a stub that only prints
 * a notice). A script for plain `node` is started with the Node that runs us.
 */
function executableOf(
  backend: Pick<Backend, "native_binaries">,
  path: string,
  packageDir: string | undefined,
): Found["executable"] {
  if (packageDir !== undefined) {
    const candidates = backend.native_binaries?.(packageDir, process.platform, process.arch) ?? [];
    const native = candidates.find(isExecutable);
    if (native !== undefined) return [native];
  }
  return firstLine(path) === "#!/usr/bin/env node" ? [process.execPath, path] : [path];
}

/** The nearest directory above `file` whose package.json has that name. */
function packageOf(file: string, name: string): { package_dir: string; version?: string } | undefined {
  for (let dir = dirname(file); dir !== dirname(dir); dir = dirname(dir)) {
    const manifest = readJson(join(dir, "package.json"));
    if (manifest?.name !== name) continue;
    if (typeof manifest.version !== "string") return { package_dir: dir };
    // codex publishes its platform packages under its own name as "0.169.0-linux-x64".
    return { package_dir: dir, version: manifest.version.replace(/-(linux|darwin|win32)-.*$/, "") };
  }
  return undefined;
}

function readJson(file: string): { name?: unknown; version?: unknown } | undefined {
  // Check before reading: an exception costs more than the file call.
  if (statSync(file, { throwIfNoEntry: false })?.isFile() !== true) return undefined;
  try {
    const value: unknown = JSON.parse(readFileSync(file, "utf8"));
    return typeof value === "object" && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}

/** The first line of a small script. Reads only enough bytes to recognise a plain shebang. */
function firstLine(file: string): string {
  let fd: number;
  try {
    fd = openSync(file, "r");
  } catch {
    // The file is executable but not readable, so it is not a script that we could start.
    return "";
  }
  try {
    const head = Buffer.alloc(64);
    const text = head.toString("latin1", 0, readSync(fd, head, 0, head.length, 0));
    return text.split("\n", 1)[0]?.trimEnd() ?? "";
  } finally {
    closeSync(fd);
  }
}

function isExecutable(file: string): boolean {
  try {
    if (statSync(file, { throwIfNoEntry: false })?.isFile() !== true) return false;
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
