// What the scripts share: run a program, say what happens, get the dependencies. Plain Node, no package needed.
import { spawn } from "node:child_process";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("..", import.meta.url));
export const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));

/** A step of a script that cannot go on; `message` says what happened and what to do. */
export class StepError extends Error {}

/** Says on stderr what happens now. */
export function say(text) {
  process.stderr.write(`${text}\n`);
}

/**
 * Runs a program in the repository with inherited streams and resolves to its exit code (128 + n after a signal).
 * The tools of node_modules/.bin are on PATH.
 */
export function run(file, args, { env = {}, stdin = "inherit" } = {}) {
  const path = [join(root, "node_modules", ".bin"), process.env.PATH].join(delimiter);
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, {
      cwd: root,
      stdio: [stdin, "inherit", "inherit"],
      env: { ...process.env, PATH: path, ...env },
    });
    child.on("error", (error) => {
      reject(
        new StepError(
          error.code === "ENOENT" ? `\`${file}\` was not found; is it installed and on PATH?` : error.message,
        ),
      );
    });
    child.on("exit", (code, signal) => resolve(code ?? (signal === "SIGINT" ? 130 : 143)));
  });
}

/** Like `run`, but a failure ends the script with `message`. */
export async function mustRun(message, file, args, options) {
  if ((await run(file, args, options)) !== 0) throw new StepError(message);
}

/** Stops a Node that is too old before anything fails in a way that nobody understands. */
export function checkNode() {
  const [, major, minor] = /(\d+)\.(\d+)/.exec(manifest.engines.node);
  const [haveMajor, haveMinor] = process.versions.node.split(".").map(Number);
  if (haveMajor > Number(major) || (haveMajor === Number(major) && haveMinor >= Number(minor))) return;
  throw new StepError(
    `clinvk needs Node ${major}.${minor} or newer; this is ${process.version}. Get one from https://nodejs.org.`,
  );
}

/** `npm ci`, unless node_modules is there and not older than the lock file. */
export async function ensureDependencies() {
  const installed = join(root, "node_modules", ".package-lock.json");
  const lock = join(root, "package-lock.json");
  if (existsSync(installed) && statSync(installed).mtimeMs >= statSync(lock).mtimeMs) return;
  say("Installing the dependencies (npm ci) …");
  await mustRun(
    "npm ci failed; its messages are above. It needs the npm registry: check the network and npm's `registry` and proxy settings.",
    "npm",
    ["ci", "--include=dev", "--loglevel=error"],
    { stdin: "ignore" },
  );
}

export async function build() {
  await mustRun("The build failed; its messages are above.", process.execPath, ["scripts/build.mjs"], {
    stdin: "ignore",
  });
}

/** What dist/ is made of. */
const SOURCES = ["src", "web", "scripts/build.mjs", "scripts/code-cache.mjs", "package.json", "package-lock.json"];

/** Says what is wrong with dist/, with the name of a file that is newer; `undefined` = it is as the source is. */
export function staleBuild(dir = root) {
  const built = statSync(join(dir, "dist/web/index.html"), { throwIfNoEntry: false })?.mtimeMs;
  if (built === undefined) return "dist/ is not there";
  const files = SOURCES.flatMap((path) => {
    if (!statSync(join(dir, path), { throwIfNoEntry: false })?.isDirectory()) return [path];
    const names = readdirSync(join(dir, path), { recursive: true, encoding: "utf8" });
    return [path, ...names.map((name) => join(path, name))];
  });
  // Directories count, too: one that changed has lost or got a file.
  const newer = files.find((file) => (statSync(join(dir, file), { throwIfNoEntry: false })?.mtimeMs ?? 0) > built);
  return newer && `dist/ is older than ${newer}`;
}

/** Runs a script's `main`; what it throws as a StepError becomes one line and exit code 1. */
export async function script(main) {
  try {
    process.exitCode = await main();
  } catch (error) {
    if (!(error instanceof StepError)) throw error;
    say(`\n${error.message}`);
    process.exitCode = 1;
  }
}
