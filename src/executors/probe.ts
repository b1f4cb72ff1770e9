// Finds out, without spending a token, whether an AI CLI is usable here: installed, which version, logged in.
import type { Backend, OptionalField, Support } from "../backends/shared/backend.js";
import { visibleEnv } from "../backends/shared/child-env.js";
import { ProcessRun } from "../process/process-run.js";
import { configuredRedactor } from "../redact/configured.js";
import type { Config } from "../schema/config.js";
import { omitUndefined } from "../util/omit-undefined.js";
import { type LocateOptions, locate, typedCommand } from "./locate.js";
import { type Answer, ask } from "./query.js";
import { readUserFiles } from "./user-files.js";
import { askVersion } from "./version-check.js";

/** One backend as `clinvk backends --json` shows it. */
export interface BackendReport {
  backend: string;
  title: string;
  /** The configuration adds this backend; only its program knows whether it is logged in. */
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
  /** `null` = not installed, or unknown. */
  logged_in: boolean | null;
  /** What shows the login, for a person. */
  login: string | null;
  /** Why an installed CLI can't be used at all. */
  problem: string | null;
  options: Readonly<Record<OptionalField, Support>>;
}

export interface ProbeOptions extends LocateOptions {
  /** What is switched off, what each CLI sees of the environment, and what is secret in what they print. */
  config?: Pick<Config, "backends" | "redact">;
  /** The answer is for strangers: each CLI is asked in the environment that their tasks get. */
  untrusted?: boolean;
  /** After this long a CLI that does not answer is stopped. */
  limit_ms?: number;
  /** Aborted = every query is stopped and counts as unanswered. */
  signal?: AbortSignal;
}

/** Probes all backends at once. Starts only version and login queries, and leaves no process behind. */
export async function probeAll(backends: readonly Backend[], options: ProbeOptions): Promise<BackendReport[]> {
  const processes = new ProcessRun();
  const secrets = configuredRedactor(options.config ?? {}, options.env);
  const masked = (text: string | null) => (text === null ? null : secrets.redact(text));
  try {
    const reports = await Promise.all(backends.map((backend) => probe(backend, processes, options)));
    return reports.map((report) => ({ ...report, login: masked(report.login), problem: masked(report.problem) }));
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
  const own = options.config?.backends?.[name];
  const enabled = own?.enabled !== false;
  const head = { backend: name, title, custom: backend.probe === undefined, enabled, tested_version, options: support };
  if (!located.found) return { ...head, ...nothing, usable: false, installed: false };

  const { probe: queries } = backend;
  if (queries === undefined)
    return { ...head, ...nothing, usable: enabled, installed: true, path: located.path, source: located.source };
  const { clinvk_home, limit_ms, signal, untrusted = false } = options;
  const user_files = readUserFiles(backend.reads(options.env, []));
  const rules = {
    untrusted,
    env: own?.env ?? {},
    extra: own?.extra_flags ?? [],
    ...omitUndefined({ pass_env: own?.pass_env }),
  };
  const env = { ...visibleEnv(rules, { env: options.env, user_files }, backend.env_names), ...rules.env };
  const cli = { binary: backend.binary, probe: queries };
  const query = (label: string) => ({ located, marker: `${name}-${label}`, env, limit_ms, signal });
  const { auth_args } = queries;
  const [asked, authAnswer] = await Promise.all([
    located.version === undefined ? askVersion(processes, cli, query("version"), clinvk_home) : undefined,
    auth_args ? ask(processes, cli, { ...query("auth"), args: auth_args }) : undefined,
  ]);
  const version = located.version ?? asked?.version;
  const auth = queries.auth_state({
    env,
    user_files,
    ...(authAnswer && "stdout" in authAnswer ? { run: authAnswer } : {}),
  });
  const problem = problemOf(asked?.answer, version) ?? problemOf(authAnswer, "") ?? null;
  return {
    ...head,
    usable: enabled && problem === null && auth.logged_in,
    installed: true,
    path: located.path,
    source: located.source,
    version: version ?? null,
    tested: version === undefined ? null : version === tested_version,
    logged_in: auth.logged_in,
    login: auth.logged_in ? auth.how : (backend.login?.(typedCommand(backend, located)) ?? null),
    problem,
  };
}

/** Why an answer is a problem. `found` is the version that was read from it; an answer without one is a problem. */
function problemOf(answer: Answer | undefined, found: string | undefined): string | undefined {
  if (answer === undefined) return undefined;
  if ("problem" in answer) return answer.problem;
  if (found !== undefined) return undefined;
  const said = (answer.stderr || answer.stdout).trim().split("\n", 1)[0];
  return `it does not tell its version${said ? `: ${said}` : ""}`;
}
