// A task file, or the same on stdin, → checked tasks, or everything that is wrong with it, with line and column.
import { dirname, resolve } from "node:path";
import { TaskFile, type TaskInput } from "./schema/task.js";
import {
  type Diagnostic,
  type KeyPath,
  type Position,
  type Problem,
  parsePath,
  toDiagnostics,
} from "./util/diagnostics.js";
import { type Document, documentOf, parseDocument } from "./util/document.js";
import { type ReadProblem, readText } from "./util/read-text.js";
import { err, ok, type Result } from "./util/result.js";
import { isObject, show, validate, withoutFreeKeys } from "./util/validate.js";

/** Where tasks come from: a file as the user named it, text that was read already, or a value that never was text. */
export type TaskSource =
  | { path: string }
  /** `invalid_utf8`: the bytes were no text, and `text` is a guess at it. */
  | { name: string; text: string; invalid_utf8?: boolean }
  | { name: string; value: unknown };

/** A task file that is well-formed, each prompt in place. What depends on config, flags or the disk is the plan's. */
export interface LoadedTaskFile {
  file: TaskFile & { tasks: (TaskInput & { prompt: string })[] };
  /** How diagnostics call it: the path as named, or `stdin`. */
  source_name: string;
  /** Absolute; what `prompt_file` is relative to. */
  base_dir: string;
  /** Where a path like `tasks[2].workdir` stands; its nearest parent if it does not exist; nothing for a value. */
  position(path: string): Position | undefined;
}

/** Reads and checks a task file; `cwd` is absolute. All problems are reported at once, except those behind a syntax error. */
export async function readTaskFile(source: TaskSource, cwd: string): Promise<Result<LoadedTaskFile, Diagnostic[]>> {
  const source_name = "path" in source ? source.path : source.name;
  const base_dir = "path" in source ? dirname(resolve(cwd, source.path)) : cwd;
  const document = await openDocument(source, cwd);
  if (!document.ok) return err(toDiagnostics(source_name, document.error));

  const { value } = document.value;
  const isBare = Array.isArray(value);
  // Paths always begin with `tasks`, also where the file is a list of tasks.
  const locate = (path: KeyPath, at?: "key" | "value") => document.value.locate(isBare ? path.slice(1) : path, at);
  const problems = document.value.problems.map((one) => (isBare ? { ...one, path: ["tasks", ...one.path] } : one));
  const fail = () => err(toDiagnostics(source_name, problems, locate));

  const root = isBare ? { tasks: value } : value;
  const wrongShape = checkShape(root);
  if (wrongShape !== undefined) {
    problems.push(wrongShape);
    return fail();
  }
  const checked = validate(TaskFile, withoutFreeKeysInside(root), {
    unknownKeyHint: "`clinvk schema task-file` lists all keys",
  });
  const prompts = await readPrompts(root, base_dir);
  problems.push(...checked.problems, ...prompts.problems);
  if (checked.value === undefined || problems.length > 0) return fail();
  const tasks = checked.value.tasks.map(({ prompt_file, ...task }, index) => ({
    ...task,
    prompt: prompts.texts.get(index) ?? task.prompt ?? "",
  }));
  const file = { ...checked.value, tasks };
  return ok({ file, source_name, base_dir, position: (path) => locate(parsePath(path)) });
}

async function openDocument(source: TaskSource, cwd: string): Promise<Result<Document, Problem[]>> {
  if ("value" in source) return ok(documentOf(source.value));
  const name = "path" in source ? source.path : source.name;
  let text: string;
  if ("path" in source) {
    const read = await readText(resolve(cwd, source.path));
    if (!read.ok) return err([{ path: [], ...read.error }]);
    text = read.value;
  } else {
    if (source.invalid_utf8) return err([{ path: [], message: "this is not text: its bytes are not UTF-8" }]);
    text = source.text.startsWith("\uFEFF") ? source.text.slice(1) : source.text;
  }
  if (text.includes("\0")) return err([{ path: [], message: "this is not a text file: it holds NUL bytes" }]);
  if (text.trim() === "") {
    return err([{ path: [], message: "there is nothing in it", hint: 'a task file looks like {"tasks": [ … ]}' }]);
  }
  return parseDocument(text, name);
}

/** A root that is no task file at all gets one problem instead of one for each of its keys. */
function checkShape(root: unknown): Problem | undefined {
  if (!isObject(root)) {
    return { path: [], message: `expected an object with \`tasks\`, or a list of tasks, got ${show(root)}` };
  }
  if (!("tasks" in root) && ("prompt" in root || "prompt_file" in root)) {
    return { path: [], message: "this is a single task", hint: 'put it into a list: {"tasks": [ … ]}' };
  }
  return undefined;
}

/** The free keys are free in the file itself, in `defaults` and in each task. */
function withoutFreeKeysInside(root: unknown): unknown {
  const outer = withoutFreeKeys(root);
  if (!isObject(outer)) return outer;
  return {
    ...outer,
    ...(Array.isArray(outer.tasks) ? { tasks: outer.tasks.map(withoutFreeKeys) } : {}),
    ...("defaults" in outer ? { defaults: withoutFreeKeys(outer.defaults) } : {}),
  };
}

/** What the schema can't say of a task: a backend from somewhere, one prompt or file of it, and the file's text. */
async function readPrompts(
  root: unknown,
  baseDir: string,
): Promise<{ texts: Map<number, string>; problems: Problem[] }> {
  const texts = new Map<number, string>();
  const problems: Problem[] = [];
  if (!isObject(root) || !Array.isArray(root.tasks)) return { texts, problems };
  const defaultBackend = isObject(root.defaults) ? root.defaults.backend : undefined;
  const read = promptReader(baseDir);
  for (const [index, task] of root.tasks.entries()) {
    if (!isObject(task)) continue;
    const report = (message: string, at: KeyPath = [], hint?: string) =>
      problems.push({ path: ["tasks", index, ...at], message, ...(hint === undefined ? {} : { hint }) });
    const { backend = defaultBackend, prompt, prompt_file } = task;
    if (backend === undefined) report("`backend` is missing", [], "say `claude`, `codex` or `gemini`");
    if (prompt === undefined && prompt_file === undefined) report("`prompt` is missing");
    else if (prompt !== undefined && prompt_file !== undefined) {
      report("a task has `prompt` or `prompt_file`, not both", ["prompt_file"]);
    } else if (typeof prompt_file === "string" && prompt_file !== "") {
      const text = await read(prompt_file);
      if (text.ok) texts.set(index, text.value);
      else report(`can't read ${show(prompt_file)}: ${text.error.message}`, ["prompt_file"], text.error.hint);
    }
  }
  return { texts, problems };
}

/** Reads each prompt file once, however many tasks name it. */
function promptReader(baseDir: string): (file: string) => Promise<Result<string, ReadProblem>> {
  const known = new Map<string, Promise<Result<string, ReadProblem>>>();
  return (file) => {
    const path = resolve(baseDir, file);
    const text = known.get(path) ?? readText(path);
    known.set(path, text);
    return text;
  };
}
