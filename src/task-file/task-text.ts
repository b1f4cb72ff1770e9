// Checks the text of a task file, without looking at anything outside it. The command line, the server and the web page
// share this. Pure, without Node's modules; the schema comes from the caller.
import type * as z from "zod/mini";
import { type KeyPath, type Locate, MAX_PROBLEMS, type Problem } from "../document/diagnostics.js";
import { type Document, parseDocument } from "../document/document.js";
import { show, validate, withoutFreeKeys } from "../document/validate.js";
import { BACKEND_NAMES } from "../schema/built-in.js";
import { isObject } from "../util/json.js";
import { omitUndefined } from "../util/omit-undefined.js";
import { err, type Result } from "../util/result.js";
import { unknownBackends } from "./unknown-backends.js";

const KNOWN = BACKEND_NAMES.map((name) => `\`${name}\``);

/** A checked document: its value if the schema accepts it, and all its problems. */
export interface CheckedTasks<T> {
  value: T | undefined;
  /** All paths begin with the name of the list, even if the document is a bare list of tasks. */
  problems: Problem[];
  /** The places of missing values and unknown backends: further checks skip them. */
  broken: KeyPath[];
  /** Finds paths as in `problems`. */
  locate: Locate;
  /** The document as it was written. */
  root: unknown;
}

/** The name of a file's list: a task file has tasks, a chain file has steps. */
export type ListName = "tasks" | "steps";

/** Reads text as JSON, JSON with comments or YAML (see `parseDocument`); syntax errors, one per text, are the error. */
export async function openTaskText(text: string, name: string): Promise<Result<Document, Problem[]>> {
  const own = text.startsWith("\uFEFF") ? text.slice(1) : text;
  if (own.includes("\0")) return err([{ path: [], message: "this is not a text file: it holds NUL bytes" }]);
  if (own.trim() === "") {
    return err([{ path: [], message: "there is nothing in it", hint: 'a task file looks like {"tasks": [ … ]}' }]);
  }
  return parseDocument(own, name);
}

/**
 * Checks a document against the schema of task files, or of chain files if its list is `steps`. A backend that is not in
 * `knownBackends` is a problem. `file` names the document in a command line.
 */
export function checkTasks<S extends z.ZodMiniType>(
  schema: S,
  document: Document,
  knownBackends?: readonly string[],
  list: ListName = "tasks",
  file = "FILE",
): CheckedTasks<z.output<S>> {
  const isBare = list === "tasks" && Array.isArray(document.value);
  const locate: Locate = (path, at) => document.locate(isBare ? path.slice(1) : path, at);
  const problems = document.problems.map((one) => (isBare ? { ...one, path: ["tasks", ...one.path] } : one));
  const root = isBare ? { tasks: document.value } : document.value;
  const wrongShape = checkShape(root, list, file);
  if (wrongShape !== undefined)
    return { value: undefined, problems: [...problems, wrongShape], broken: [], locate, root };
  const checked = validate(schema, withoutFreeKeysInside(root, list), {
    unknownKeyHint: `\`clinvk schema ${list === "tasks" ? "task" : "chain"}-file\` lists all keys`,
  });
  const strangers = knownBackends ? unknownBackends(root, knownBackends, list) : [];
  const { problems: incomplete, missing } = gaps(root, list);
  return {
    value: checked.value,
    problems: problems.concat(checked.problems, strangers, incomplete),
    broken: strangers.map(({ path }) => path).concat(missing),
    locate,
    root,
  };
}

/** If the root is not a task file at all, reports one problem instead of one for each of its keys. */
function checkShape(root: unknown, list: ListName, file: string): Problem | undefined {
  if (list === "steps") {
    if (isObject(root) && "steps" in root) return undefined;
    if (isObject(root) && "tasks" in root)
      return {
        path: [],
        message: "this is a task file, not a chain file",
        hint: `run it with \`clinvk parallel ${file}\``,
      };
    return { path: [], message: "expected an object with `steps`", hint: 'a chain file looks like {"steps": [ … ]}' };
  }
  if (!isObject(root)) {
    return { path: [], message: `expected an object with \`tasks\`, or a list of tasks, got ${show(root)}` };
  }
  if (!("tasks" in root) && "steps" in root)
    return { path: [], message: "this is a chain file, not a task file", hint: `run it with \`clinvk chain ${file}\`` };
  if (!("tasks" in root) && ("prompt" in root || "prompt_file" in root)) {
    return { path: [], message: "this is a single task", hint: 'put it into a list: {"tasks": [ … ]}' };
  }
  return undefined;
}

/** Removes the free keys from the file itself, `defaults`, each task, and the blocks of a council. */
export function withoutFreeKeysInside(root: unknown, list: ListName): unknown {
  const outer = withoutFreeKeys(root);
  if (!isObject(outer)) return outer;
  return {
    ...outer,
    ...(Array.isArray(outer[list]) ? { [list]: outer[list].map(withoutFreeKeys) } : {}),
    ...Object.fromEntries(
      ["defaults", "vote", "judge"].flatMap((key) => (key in outer ? [[key, withoutFreeKeys(outer[key])]] : [])),
    ),
  };
}

/** Checks what the schema can't: each task needs a backend from somewhere, and either a prompt or a prompt file. */
function gaps(root: unknown, list: ListName): { problems: Problem[]; missing: KeyPath[] } {
  const problems: Problem[] = [];
  const missing: KeyPath[] = [];
  if (!isObject(root)) return { problems, missing };
  const report = (problem: Problem) => {
    if (problems.length < MAX_PROBLEMS) problems.push(problem);
  };
  const lacks = (path: KeyPath, name: string, hint?: string) => {
    report({ path, message: `\`${name}\` is missing`, ...omitUndefined({ hint }) });
    missing.push([...path, name]);
  };
  const defaultBackend = isObject(root.defaults) ? root.defaults.backend : undefined;
  const tasks: unknown[] = Array.isArray(root[list]) ? root[list] : [];
  const places = tasks.map((task, index): [unknown, KeyPath, unknown] => [task, [list, index], defaultBackend]);
  // `defaults` apply to the tasks, not to the judge.
  for (const [task, path, otherwise] of [...places, [root.judge, ["judge"], undefined] as const]) {
    if (!isObject(task)) continue;
    const { backend = otherwise, prompt, prompt_file } = task;
    if (backend === undefined) lacks(path, "backend", `say ${KNOWN.slice(0, -1).join(", ")} or ${KNOWN.at(-1)}`);
    if (prompt === undefined && prompt_file === undefined) lacks(path, "prompt");
    else if (prompt !== undefined && prompt_file !== undefined)
      report({
        path: [...path, "prompt_file"],
        message: `a ${list === "tasks" ? "task" : "step"} has \`prompt\` or \`prompt_file\`, not both`,
      });
  }
  return { problems, missing };
}
