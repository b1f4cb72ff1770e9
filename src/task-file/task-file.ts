// A task file, or the same on stdin, → checked tasks, or everything that is wrong with it, with line and column.
import { dirname, resolve } from "node:path";
import type * as z from "zod/mini";
import {
  type Diagnostic,
  formatPath,
  type KeyPath,
  type Locate,
  type Position,
  type Problem,
  parsePath,
  toDiagnostics,
} from "../document/diagnostics.js";
import { type Document, documentOf } from "../document/document.js";
import { type ReadProblem, readText } from "../document/read-file.js";
import { isObject, show } from "../document/validate.js";
import { TaskFile, type TaskInput } from "../schema/task.js";
import { omitUndefined } from "../util/omit-undefined.js";
import { err, ok, type Result } from "../util/result.js";
import { checkTasks, type ListName, openTaskText } from "./task-text.js";

/** Where tasks come from: a file as the user named it, text that was read already, or a value that never was text. */
export type TaskSource = (
  | { path: string }
  /** `invalid_utf8`: the bytes were no text, and `text` is a guess at it. */
  | { name: string; text: string; invalid_utf8?: boolean }
  | { name: string; value: unknown }
) & {
  /** Its author may not read this machine's files: `prompt_file` is refused. */
  foreign?: true;
};

/** A task file that is well-formed, each prompt in place. What depends on config, flags or the disk is the plan's. */
export interface LoadedTaskFile {
  file: TaskFile & { tasks: (TaskInput & { prompt: string })[]; judge?: TaskInput & { prompt: string } };
  /** How diagnostics call it: the path as named, or `stdin`. */
  source_name: string;
  /** Absolute; what `prompt_file` is relative to. */
  base_dir: string;
  /** Where a path like `tasks[2].workdir` stands; its nearest parent if it does not exist; nothing for a value. */
  position(path: string): Position | undefined;
}

/**
 * Reads and checks a task file; `cwd` is absolute, and other backends than those of `known_backends` are refused. All
 * problems are reported at once, except those behind a syntax error.
 */
export async function readTaskFile(
  source: TaskSource,
  cwd: string,
  known_backends?: readonly string[],
): Promise<Result<LoadedTaskFile, Diagnostic[]>> {
  const read = await readChecked({
    schema: TaskFile,
    list: "tasks",
    source,
    cwd,
    ...omitUndefined({ known_backends }),
  });
  if (!read.ok) return read;
  const { value, withPrompt, locate, ...place } = read.value;
  const { judge, ...rest } = value;
  const tasks = rest.tasks.map((task, index) => withPrompt(task, ["tasks", index]));
  const file = { ...rest, tasks, ...(judge && { judge: withPrompt(judge, ["judge"]) }) };
  return ok({ ...place, file, position: (path) => locate(parsePath(path)) });
}

export interface ReadRequest<S extends z.ZodMiniType> {
  schema: S;
  /** What its list of tasks is called. */
  list: ListName;
  source: TaskSource;
  /** Absolute. */
  cwd: string;
  known_backends?: readonly string[];
}

/** A file that fits its schema, and the texts of its prompts. */
export interface CheckedFile<T> extends Pick<LoadedTaskFile, "source_name" | "base_dir"> {
  value: T;
  locate: Locate;
  /** The task at a path, its prompt read if it is in a file of its own. */
  withPrompt(task: TaskInput, path: KeyPath): TaskInput & { prompt: string };
}

/** Reads and checks a file of tasks of any kind. */
export async function readChecked<S extends z.ZodMiniType>(
  request: ReadRequest<S>,
): Promise<Result<CheckedFile<z.output<S>>, Diagnostic[]>> {
  const { schema, list, source, cwd, known_backends } = request;
  const source_name = "path" in source ? source.path : source.name;
  const base_dir = "path" in source ? dirname(resolve(cwd, source.path)) : cwd;
  const document = await openDocument(source, cwd);
  if (!document.ok) return err(toDiagnostics(source_name, document.error));

  const checked = checkTasks(schema, document.value, known_backends, list);
  const { locate, value } = checked;
  const read = source.foreign ? refuseFile : promptReader(base_dir);
  const { texts, problems: unread } = await readPrompts(checked.root, read, list);
  const problems = [...checked.problems, ...unread];
  if (value === undefined || problems.length > 0) return err(toDiagnostics(source_name, problems, locate));
  const withPrompt = ({ prompt_file: _, ...task }: TaskInput, path: KeyPath) => ({
    ...task,
    prompt: texts.get(formatPath(path)) ?? task.prompt ?? "",
  });
  return ok({ value, source_name, base_dir, locate, withPrompt });
}

async function openDocument(source: TaskSource, cwd: string): Promise<Result<Document, Problem[]>> {
  if ("value" in source) return ok(documentOf(source.value));
  const name = "path" in source ? source.path : source.name;
  if (!("path" in source)) {
    if (source.invalid_utf8) return err([{ path: [], message: "this is not text: its bytes are not UTF-8" }]);
    return openTaskText(source.text, name);
  }
  const read = await readText(resolve(cwd, source.path));
  return read.ok ? openTaskText(read.value, name) : err([{ path: [], ...read.error }]);
}

/** The texts of the prompts that are kept in files of their own, by the path of their task. */
async function readPrompts(
  root: unknown,
  read: PromptReader,
  list: ListName,
): Promise<{ texts: Map<string, string>; problems: Problem[] }> {
  const texts = new Map<string, string>();
  const problems: Problem[] = [];
  if (!isObject(root)) return { texts, problems };
  const tasks: unknown[] = Array.isArray(root[list]) ? root[list] : [];
  const places = tasks.map((task, index): [unknown, KeyPath] => [task, [list, index]]);
  for (const [task, place] of [...places, [root.judge, ["judge"]] as const]) {
    if (!isObject(task) || task.prompt !== undefined) continue;
    const { prompt_file } = task;
    if (typeof prompt_file !== "string" || prompt_file === "") continue;
    const text = await read(prompt_file);
    if (text.ok) texts.set(formatPath(place), text.value);
    else {
      const { message, hint } = text.error;
      const words = `can't read ${show(prompt_file)}: ${message}`;
      problems.push({ path: [...place, "prompt_file"], message: words, ...omitUndefined({ hint }) });
    }
  }
  return { texts, problems };
}

type PromptReader = (file: string) => Promise<Result<string, Pick<ReadProblem, "message" | "hint">>>;

/** Not even whether the file is there. */
const refuseFile: PromptReader = async () =>
  err({ message: "tasks from outside may name no files", hint: "send the text as `prompt`" });

/** Reads each prompt file once, however many tasks name it. */
function promptReader(baseDir: string): PromptReader {
  const known = new Map<string, Promise<Result<string, ReadProblem>>>();
  return (file) => {
    const path = resolve(baseDir, file);
    const text = known.get(path) ?? readText(path);
    known.set(path, text);
    return text;
  };
}
