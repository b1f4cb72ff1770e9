// Values that completions know: backends, runs, sessions, and the ids and tags of the task file on the command line.

import { clinvkHome } from "../../config/home.js";
import { loadConfig } from "../../config/load.js";
import { parsePath } from "../../document/diagnostics.js";
import { BACKEND_NAMES } from "../../schema/built-in.js";
import { FAILURE_KINDS } from "../../schema/failure.js";
import { type Json, jsonSchema, SCHEMA_NAMES } from "../../schema/json-schema/json-schema.js";
import type { TaskInput } from "../../schema/task-input.js";
import { readRun } from "../../store/read-run.js";
import { listRuns } from "../../store/runs.js";
import { listSessions } from "../../store/sessions.js";
import { readTaskFile } from "../../task-file/task-file.js";
import type { Io } from "../io.js";
import { findRunArgument } from "../run-argument.js";

export interface ValueRequest {
  /** The command, and the one below it: `["runs", "show"]`. */
  path: readonly string[];
  /** The words after the command's name, without the one that is being typed. */
  words: readonly string[];
  io: Io;
}

/** How many runs or sessions are offered, newest first. */
const NEWEST = 50;

/** Candidates for the argument or option value of this name; empty = it may be a file name. */
export async function knownValues(name: string, request: ValueRequest): Promise<readonly string[]> {
  switch (name) {
    case "--backend":
    case "--backends":
    case "names":
      return backendNames(request);
    case "--task":
    case "task":
      return tasksOfRun(request);
    case "--only":
      return (await tasksOfFile(request)).map(({ id }, index) => id ?? `task-${index + 1}`);
    case "--tags":
      return [...new Set((await tasksOfFile(request)).flatMap(({ tags }) => tags ?? []))];
    case "--report":
      return ["html=", "junit=", "github"];
    case "--model":
      return ["fast", "balanced", "best"];
    case "value":
      return valuesOfKey(request);
    case "id":
      return idsOf(request);
    case "what":
      return [...FAILURE_KINDS, ...runIdsOf(request)];
    case "name":
      return SCHEMA_NAMES;
    case "shell":
      return ["bash", "zsh", "fish"];
    case "key":
      return configKeys(jsonSchema("config"));
    default:
      return [];
  }
}

async function backendNames({ path, io }: ValueRequest): Promise<string[]> {
  const config = path[1] === "install" ? undefined : await loadConfig({ env: io.env, cwd: io.cwd });
  return [...new Set([...BACKEND_NAMES, ...Object.keys((config?.ok && config.value.config.backends) || {})])];
}

async function tasksOfFile({ words, io }: ValueRequest): Promise<TaskInput[]> {
  const at = words.findLastIndex((word) => word === "-f" || word === "--file");
  const path = at >= 0 ? words[at + 1] : words.find((word) => /\.(jsonc?|ya?ml)$/.test(word));
  if (path === undefined || path === "-") return [];
  const { loaded } = await readTaskFile({ path }, io.cwd);
  return loaded?.file.tasks ?? [];
}

function tasksOfRun({ words, io }: ValueRequest): string[] {
  const home = clinvkHome(io.env);
  // The flag may come before the run's name: then the newest run is most likely meant.
  const found = [...words, "last"].map((word) => findRunArgument(home, word)).find((run) => run.ok);
  const run = found?.ok ? readRun(home, found.value) : undefined;
  return run?.ok && run.value.plan.ok ? run.value.plan.value.tasks.map(({ id }) => id) : [];
}

function runIdsOf({ io }: Pick<ValueRequest, "io">): string[] {
  const ids = listRuns(clinvkHome(io.env), { limit: NEWEST }).map(({ run_id }) => run_id);
  return ids.length === 0 ? [] : ["last", ...ids];
}

function idsOf({ path: [command], io }: ValueRequest): string[] {
  const home = clinvkHome(io.env);
  if (command === "runs") return runIdsOf({ io });
  return listSessions(home, { limit: NEWEST }).sessions.map(({ id }) => id);
}

/** Values for `config set` after its key: the choices of an enum, or true and false. */
function valuesOfKey({ words }: ValueRequest): string[] {
  const path = parsePath(words.findLast((word) => !word.startsWith("-") && word !== "set") ?? "");
  let schema = jsonSchema("config") as Json;
  for (const step of path) {
    const [pattern] = Object.values((schema.patternProperties ?? {}) as Record<string, Json>);
    const inner = ((schema.properties ?? {}) as Record<string, Json>)[step] ?? pattern;
    if (inner === undefined) return [];
    schema = inner;
  }
  return schema.type === "boolean" ? ["true", "false"] : ((schema.enum ?? []) as unknown[]).map(String);
}

/** Key paths such as `parallel.max_workers`. */
function configKeys(schema: object, prefix = ""): string[] {
  const { properties = {} } = schema as { properties?: Record<string, object> };
  return Object.entries(properties).flatMap(([name, inner]) => {
    if (name === "$schema" || name.startsWith("x-")) return [];
    const below = configKeys(inner, `${prefix}${name}.`);
    return below.length > 0 ? below : [`${prefix}${name}`];
  });
}
