// Finds the version of a CLI, and warns if clinvk is not tested with it. Keeps the answer of the CLI in a file, so that it
// is asked once per installation.
import { readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Backend, Probe } from "../backends/shared/backend.js";
import type { ProcessRun } from "../process/process-run.js";
import type { BackendName } from "../schema/backend-name.js";
import { makeDir } from "../util/new-files.js";
import type { Found, Located } from "./locate.js";
import { type Answer, ask, type Query } from "./query.js";

interface Place {
  processes: ProcessRun;
  clinvk_home: string;
}

/** Warns of versions that clinvk is not tested with. */
export class VersionCheck {
  readonly #place: Place;
  readonly #asked = new Set<BackendName>();

  constructor(place: Place) {
    this.#place = place;
  }

  /**
   * Calls `warn` at once or while an attempt runs: if only the CLI itself can tell its version, it is asked beside the
   * attempt, in the attempt's environment. Call the returned function to end the query: an attempt never waits for it.
   */
  start(backend: Backend, located: Found, env: Query["env"], warn: (text: string) => void): () => void {
    const { clinvk_home, processes } = this.#place;
    const asking = new AbortController();
    const stop = () => asking.abort();
    const { name, binary, probe } = backend;
    if (this.tellKnown(backend, located, warn) || probe === undefined || this.#asked.has(name)) return stop;
    this.#asked.add(name);
    const query = { located, marker: `${name}-version`, env, signal: asking.signal };
    void askVersion(processes, { binary, probe }, query, clinvk_home).then(({ version }) => {
      const text = untestedVersion(backend, version);
      if (text !== undefined && !asking.signal.aborted) warn(text);
    });
    return stop;
  }

  /** Warns without starting anything; `false` = only the CLI itself can tell its version. */
  tellKnown(backend: Backend, located: Located, warn: (text: string) => void): boolean {
    const version = located.found ? knownVersion(located, this.#place.clinvk_home) : undefined;
    const text = untestedVersion(backend, version);
    if (text !== undefined) warn(text);
    return version !== undefined;
  }
}

/** The warning if a CLI's version is not the tested one; `undefined` = no warning. */
function untestedVersion({ title, tested_version }: Backend, version: string | undefined): string | undefined {
  if (version === undefined || tested_version === undefined || version === tested_version) return undefined;
  return `clinvk is tested with ${title} ${tested_version}; this is ${version}. It usually works.`;
}

/** The output of `--version` by the path of the program; valid as long as the file is the same. */
type Versions = Record<string, { version: string; mtime_ms: number; size: number }>;

const versionsFile = (clinvkHome: string) => join(clinvkHome, "cli-versions.json");

/** The version of a CLI if it is known without starting it. */
function knownVersion(located: Found, clinvkHome: string): string | undefined {
  if (located.version !== undefined) return located.version;
  const known = readVersions(clinvkHome)[located.path];
  const file = statSync(located.path, { throwIfNoEntry: false });
  return known !== undefined && known.mtime_ms === file?.mtimeMs && known.size === file.size
    ? known.version
    : undefined;
}

/** Asks a CLI for its version and keeps it. `undefined` beside the answer = the output has no version. */
export async function askVersion(
  processes: ProcessRun,
  { binary, probe }: { binary: string; probe: Probe },
  query: Omit<Query, "args">,
  clinvkHome: string,
): Promise<{ answer: Answer; version: string | undefined }> {
  const answer = await ask(processes, { binary, probe }, { ...query, args: probe.version_args });
  const version = "problem" in answer ? undefined : probe.parse_version(answer.stdout || answer.stderr);
  if (version !== undefined) rememberVersion(query.located, version, clinvkHome);
  return { answer, version };
}

/** Keeps a version. If the home can't be written, the CLI is just asked again next time. */
function rememberVersion({ path }: Found, version: string, clinvkHome: string): void {
  try {
    const { mtimeMs: mtime_ms, size } = statSync(path);
    const all: Versions = { ...readVersions(clinvkHome), [path]: { version, mtime_ms, size } };
    makeDir(clinvkHome);
    writeFileSync(versionsFile(clinvkHome), `${JSON.stringify(all, null, 2)}\n`, { mode: 0o600 });
  } catch {
    // As said above.
  }
}

function readVersions(clinvkHome: string): Versions {
  try {
    const value: unknown = JSON.parse(readFileSync(versionsFile(clinvkHome), "utf8"));
    return typeof value === "object" && value !== null ? (value as Versions) : {};
  } catch {
    return {};
  }
}
