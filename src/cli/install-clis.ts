// Puts the tested versions of the AI CLIs into a folder of clinvk's own, with npm; nothing on this machine changes
// outside that folder (and npm's cache).
import { spawn } from "node:child_process";
import {
  chmodSync,
  copyFileSync,
  existsSync,
  linkSync,
  readFileSync,
  realpathSync,
  renameSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import type { BuiltIn } from "../backends/shared/backend.js";
import { clisDir, type Located, locateInstalled } from "../executors/locate.js";
import { describeProblem, type Lock, lockRun } from "../store/lock.js";
import { makeDir } from "../util/new-files.js";
import { err, ok, type Result } from "../util/result.js";

export interface InstallOptions {
  clinvk_home: string;
  env: Readonly<Record<string, string | undefined>>;
  /** Called with progress messages for a person. */
  progress(text: string): void;
}

/** A CLI with the wanted version: where it is, and whether it was already installed. */
export interface Installed {
  backend: BuiltIn;
  path: string;
  was_there: boolean;
}

/** Installs what is missing of `wanted`. The error is a text for a person: what failed, why, and what to do. */
export async function installClis(
  wanted: readonly BuiltIn[],
  { clinvk_home, env, progress }: InstallOptions,
): Promise<Result<Installed[], string>> {
  const dir = clisDir(clinvk_home);
  let lock: Lock;
  try {
    makeDir(dir);
    lock = await takeLock(dir, progress);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return err(`cannot write to ${clinvk_home}: ${why}\nset CLINVK_HOME to a directory that you can write to`);
  }
  try {
    const missing = wanted.filter((backend) => !isThere(backend, clinvk_home).found);
    if (missing.length > 0) {
      const names = missing.map((backend) => `${backend.name} ${backend.tested_version}`).join(", ");
      progress(`installing ${names} into ${dir} (about 250 MB each) …`);
      const failure = await npmInstall(dir, missing, env);
      if (failure !== undefined) return err(failure);
    }
    const installed: Installed[] = [];
    for (const backend of wanted) {
      const located = isThere(backend, clinvk_home);
      if (!located.found) {
        return err(
          `npm reported success, but ${backend.binary} ${backend.tested_version} is not in ${dir}\nremove that directory and try again`,
        );
      }
      replaceStub(located);
      installed.push({ backend, path: located.path, was_there: !missing.includes(backend) });
    }
    return ok(installed);
  } finally {
    lock.release();
  }
}

/** Waits for another installation to end: two npm processes cannot share one folder. */
async function takeLock(dir: string, progress: InstallOptions["progress"]): Promise<Lock> {
  for (let told = false; ; told = true) {
    const lock = lockRun(dir);
    if (lock.ok) return lock.value;
    if (lock.error.kind === "failed") throw new Error(lock.error.message);
    if (!told) progress(`another installation is under way (${describeProblem(lock.error)}); waiting for it to end …`);
    await wait(200);
  }
}

/** Whether our folder has the tested version. */
function isThere(backend: BuiltIn, clinvkHome: string): Located {
  const located = locateInstalled(backend, clinvkHome);
  return located.found && located.version === backend.tested_version ? located : { found: false };
}

/** Runs npm in `dir`; `undefined` = it worked. */
async function npmInstall(
  dir: string,
  missing: readonly BuiltIn[],
  env: InstallOptions["env"],
): Promise<string | undefined> {
  const manifest = join(dir, "package.json");
  if (!existsSync(manifest))
    writeFileSync(manifest, `${JSON.stringify({ name: "clinvk-clis", private: true }, null, 2)}\n`);
  const specs = missing.map((backend) => `${backend.package}@${backend.tested_version}`);
  const args = [
    "install",
    // Flags override the user's npm settings and those of a surrounding `npm run`.
    ...["--prefix", dir, "--location=project", "--save-exact", "--include=optional"],
    // Install scripts don't run: newer npm releases refuse them anyway, older ones would compile for minutes.
    "--ignore-scripts",
    ...["--no-package-lock", "--no-audit", "--no-fund", "--no-update-notifier", "--loglevel=error"],
    ...specs,
  ];
  const end = await runNpm(args, dir, env);
  if (end.code === 0) return undefined;
  if (end.code === "ENOENT")
    return "npm was not found on PATH\nit comes with Node: https://nodejs.org; or install the CLIs yourself";
  // npm prints a stack and an object after its message; neither helps here.
  const lines = end.output
    .split("\n")
    .filter((line) => !/^npm error(\s+at |\s{2,}\w+: |\s*[{}]?\s*$)|^\s*$/.test(line));
  const words = lines.slice(-12).map((line) => `  ${line}`);
  const why = typeof end.code === "number" ? `exit code ${end.code}` : end.code;
  return [
    `npm could not install ${specs.join(", ")} (${why}):`,
    ...words,
    "check the network, npm's `registry` and proxy settings and the free disk space, then run it again",
  ].join("\n");
}

function runNpm(
  args: string[],
  cwd: string,
  env: InstallOptions["env"],
): Promise<{ code: number | string; output: string }> {
  return new Promise((resolve) => {
    const child = spawn("npm", args, { cwd, env: { ...env }, stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    const keep = (chunk: Buffer) => {
      output = (output + chunk.toString()).slice(-8192);
    };
    child.stdout.on("data", keep);
    child.stderr.on("data", keep);
    child.on("error", (error: NodeJS.ErrnoException) => resolve({ code: error.code ?? error.message, output }));
    child.on("close", (code, signal) => resolve({ code: code ?? `ended by ${signal}`, output }));
  });
}

/**
 * Without its install script, claude's command is a text of less than 1 KiB that says so (2.1.197). clinvk starts the
 * native binary behind it, but a person who logs in starts the command: so the binary replaces the text.
 */
function replaceStub(located: Extract<Located, { found: true }>): void {
  const command = realpathSync(located.path);
  const [native] = located.executable;
  const isStub = statSync(command).size < 4096 && !readFileSync(command, "utf8").startsWith("#!");
  if (!isStub || native === located.path) return;
  const fresh = `${command}.new`;
  try {
    linkSync(native, fresh);
  } catch {
    // A file system without hard links.
    copyFileSync(native, fresh);
  }
  chmodSync(fresh, 0o755);
  renameSync(fresh, command);
}
