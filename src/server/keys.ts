// Loads the API keys, and checks a caller's key. Only hashes of the keys are kept.
import { createHash, timingSafeEqual } from "node:crypto";
import { chmodSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import type { LoadedConfig } from "../config/load.js";
import { makeDir } from "../util/new-files.js";
import { randomHex } from "../util/random.js";
import { err, ok, type Result } from "../util/result.js";

const KEY_FILE = "server.key";
const OWN_SOURCE =
  "the server prints it with the address of the dashboard when it starts, and keeps it in `server.key` of its `$CLINVK_HOME` (`~/.clinvk` if not set)";
/** The shortest key of a user. clinvk's own keys have 24 random bytes. */
const MIN_CHARACTERS = 8;

export interface Keys {
  /** `false`: every caller may do everything. */
  readonly required: boolean;
  /** The key that the server made for itself. */
  readonly generated?: string;
  /** Tells the owner where the right key is, but tells strangers nothing. */
  readonly source: string;
  /** The name of the key for the rate limit and the log, without the key itself; `undefined` = no valid key. */
  match(candidate: string): string | undefined;
}

export interface KeysRequest {
  env: Readonly<Record<string, string | undefined>>;
  config: LoadedConfig;
  /** Absolute; `api_keys_file` is relative to it. */
  cwd: string;
}

/** No caller needs a key. */
export const NO_KEYS: Keys = { required: false, source: "nowhere", match: () => undefined };

/** The configured keys; `undefined` = there are none. The error is a sentence for a person. */
export function configuredKeys({ env, config, cwd }: KeysRequest): Result<Keys | undefined, string> {
  const fromEnv = split(env.CLINVK_API_KEYS ?? "", ",");
  const file = config.config.server?.api_keys_file;
  const fromFile: Result<string[], string> = file === undefined ? ok([]) : readKeys(resolve(cwd, file));
  if (!fromFile.ok) return fromFile;
  const keys = [...fromEnv, ...fromFile.value];
  if (keys.length === 0) return ok(undefined);
  const short = keys.some((key) => key.length < MIN_CHARACTERS);
  return short
    ? err(`an API key has fewer than ${MIN_CHARACTERS} characters; choose a longer one`)
    : ok(keysOf(keys, sourceOf(fromEnv, fromFile.value)));
}

/** The key that the server keeps in `$CLINVK_HOME`; made if there is none. The error is a sentence for a person. */
export function ownKey(clinvk_home: string): Result<Keys, string> {
  const path = join(clinvk_home, KEY_FILE);
  try {
    const key = readOwn(path) ?? makeOwn(clinvk_home, path);
    chmodSync(path, 0o600);
    return ok({ ...keysOf([key], OWN_SOURCE), generated: key });
  } catch (error) {
    return err(`the API key can't be kept in ${path}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

export function keysOf(keys: readonly string[], source: string): Keys {
  const hashes = keys.map(hash);
  return {
    required: true,
    source,
    match(candidate) {
      const asked = hash(candidate);
      let found: string | undefined;
      // Compares all keys, so that the time tells nothing.
      for (const [index, known] of hashes.entries()) if (timingSafeEqual(known, asked)) found = `key-${index + 1}`;
      return found;
    },
  };
}

function hash(key: string): Buffer {
  return createHash("sha256").update(key).digest();
}

function split(text: string, separator: string | RegExp): string[] {
  return text
    .split(separator)
    .map((part) => part.trim())
    .filter((part) => part !== "");
}

function readKeys(path: string): Result<string[], string> {
  try {
    const keys = split(readFileSync(path, "utf8"), /\r?\n/).filter((line) => !line.startsWith("#"));
    return keys.length > 0 ? ok(keys) : err(`server.api_keys_file: there are no keys in ${path}`);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    return err(`server.api_keys_file: ${path} can't be read: ${code ?? message}`);
  }
}

function readOwn(path: string): string | undefined {
  try {
    const key = readFileSync(path, "utf8").trim();
    return key.length >= MIN_CHARACTERS ? key : undefined;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

function makeOwn(clinvk_home: string, path: string): string {
  const key = randomHex(24);
  makeDir(clinvk_home);
  writeFileSync(path, `${key}\n`, { mode: 0o600 });
  return key;
}

function sourceOf(from_env: readonly string[], from_file: readonly string[]): string {
  const places = [
    ...(from_env.length > 0 ? ["the variable `CLINVK_API_KEYS` of the server"] : []),
    ...(from_file.length > 0 ? ["the file that `server.api_keys_file` of its configuration names"] : []),
  ];
  return `the keys are in ${places.join(" and ")}`;
}
