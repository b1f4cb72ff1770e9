// Finds out, without spending a token, whether an AI CLI can be used here: installed, which version, logged in.
import { readFileSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import type { Backend, OptionalField, Support } from "../backends/shared/backend.js";
import { ProcessRun } from "../process/process-run.js";
import { type Located, type LocateOptions, locate } from "./locate.js";

/** One backend as `clinvk backends --json` shows it. */
export interface BackendReport {
  backend: string;
  title: string;
  /** The configuration adds it; whether it is logged in is known to its program only. */
  custom: boolean;
  /** `false`: the configuration switches it off. */
  enabled: boolean;
  /** Enabled, installed, starts, and logged in. */
  usable: boolean;
  installed: boolean;
  path: string | null;
  /** Found on PATH, or in the folder of `clinvk backends install`. */
  source: "PATH" | "clinvk" | "config" | null;
  version: string | null;
  /** `null` = a custom backend. */
  tested_version: string | null;
  /** Is the installed version the tested one? `null` = the version is unknown. */
  tested: boolean | null;
  /** `null` = not installed, or nobody can tell. */
  logged_in: boolean | null;
  /** How that was found out, for a person. */
  login: string | null;
  /** What keeps an installed CLI from being usable at all. */
  problem: string | null;
  options: Readonly<Record<OptionalField, Support>>;
}

export interface ProbeOptions extends LocateOptions {
  /** Names of backends that are switched off. */
  disabled?: ReadonlySet<string>;
  /** After this long a CLI that does not answer is stopped. */
  limit_ms?: number;
  /** Aborted = every query is stopped, and counts as one without an answer. */
  signal?: AbortSignal;
}

/** The CLIs' own switches for telemetry, updates and other traffic: a look at a version should talk to nobody. */
const QUIET = {
  CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: "1",
  DISABLE_TELEMETRY: "1",
  DISABLE_AUTOUPDATER: "1",
  DISABLE_ERROR_REPORTING: "1",
  GEMINI_TELEMETRY_ENABLED: "false",
  GEMINI_CLI_NO_RELAUNCH: "true",
  NO_UPDATE_NOTIFIER: "1",
} as const;

/** No file that a probe reads is larger; what is, is not a settings file. */
const MAX_FILE_BYTES = 1 << 20;

/** How a probe's process ended: its output, or why there is none. */
type Run = { exit_code: number | null; stdout: string; stderr: string } | { problem: string };

/** Looks at all backends at once. Starts only version and login queries, and leaves no process behind. */
export async function probeAll(backends: readonly Backend[], options: ProbeOptions): Promise<BackendReport[]> {
  const processes = new ProcessRun();
  try {
    return await Promise.all(backends.map((backend) => probe(backend, processes, options)));
  } finally {
    await processes.close();
  }
}

async function probe(backend: Backend, processes: ProcessRun, options: ProbeOptions): Promise<BackendReport> {
  const located = locate(backend, options);
  const nothing = {
    path: null,
    source: null,
    version: null,
    tested: null,
    logged_in: null,
    login: null,
    problem: null,
  };
  const { name, title, tested_version = null, support } = backend;
  const enabled = options.disabled?.has(name) !== true;
  const head = { backend: name, title, custom: backend.probe === undefined, enabled, tested_version, options: support };
  if (!located.found) return { ...head, ...nothing, usable: false, installed: false };

  const start = (label: string, args: readonly string[]) =>
    run(processes, located, { marker: `${name}-${label}`, name: backend.binary, args }, options);
  if (backend.probe === undefined)
    return { ...head, ...nothing, usable: enabled, installed: true, path: located.path, source: located.source };
  const { version_args, auth_args, parse_version, judge_auth } = backend.probe;
  const [versionRun, authRun] = await Promise.all([
    located.version === undefined ? start("version", version_args) : undefined,
    auth_args ? start("auth", auth_args) : undefined,
  ]);
  const version =
    located.version ??
    (versionRun && "stdout" in versionRun ? parse_version(versionRun.stdout || versionRun.stderr) : undefined);
  const auth = judge_auth({
    env: options.env,
    user_files: readFiles(backend.reads(options.env)),
    ...(authRun && "stdout" in authRun ? { run: authRun } : {}),
  });
  const problem = problemOf(versionRun, version) ?? problemOf(authRun, "") ?? null;
  return {
    ...head,
    usable: enabled && problem === null && auth.logged_in,
    installed: true,
    path: located.path,
    source: located.source,
    version: version ?? null,
    tested: version === undefined ? null : version === tested_version,
    logged_in: auth.logged_in,
    login: auth.how,
    problem,
  };
}

function problemOf(run: Run | undefined, answer: string | undefined): string | undefined {
  if (run === undefined) return undefined;
  if ("problem" in run) return run.problem;
  if (answer !== undefined) return undefined;
  const said = (run.stderr || run.stdout).trim().split("\n", 1)[0];
  return `it does not tell its version${said ? `: ${said}` : ""}`;
}

/** Runs one query, its standard input closed, in a directory where no project's settings apply. */
async function run(
  processes: ProcessRun,
  located: Extract<Located, { found: true }>,
  query: { marker: string; name: string; args: readonly string[] },
  options: ProbeOptions,
): Promise<Run> {
  const [file, ...leading] = located.executable;
  const stdout: string[] = [];
  const child = processes.spawn(
    {
      file,
      args: [...leading, ...query.args],
      env: { ...defined(options.env), ...QUIET },
      cwd: tmpdir(),
      stdin: "",
      task_marker: query.marker,
      spool_dir: tmpdir(),
    },
    { onLine: (line) => stdout.push(line) },
  );
  const limit_ms = options.limit_ms ?? 10_000;
  let late = false;
  const stop = () => {
    late = true;
    child.stop(0);
  };
  const timer = setTimeout(stop, limit_ms);
  options.signal?.addEventListener("abort", stop);
  if (options.signal?.aborted) stop();
  const end = await child.done;
  clearTimeout(timer);
  options.signal?.removeEventListener("abort", stop);
  if (end.spawn_error) return { problem: `${file} does not start: ${end.spawn_error.message}` };
  if (late)
    return { problem: `\`${[query.name, ...query.args].join(" ")}\` gave no answer within ${limit_ms / 1000} s` };
  return { exit_code: end.exit_code, stdout: stdout.join("\n"), stderr: end.stderr };
}

function defined(env: ProbeOptions["env"]): Record<string, string> {
  return Object.fromEntries(Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined));
}

function readFiles(paths: readonly string[]): Record<string, string> {
  const files: Record<string, string> = {};
  for (const path of paths) {
    try {
      if (statSync(path).size <= MAX_FILE_BYTES) files[path] = readFileSync(path, "utf8");
    } catch {
      // Absent or unreadable: the CLI itself goes without it, too.
    }
  }
  return files;
}
