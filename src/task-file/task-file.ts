// Reads a task file, or the same on stdin, and checks it. Reports all problems with line and column.
import { dirname, resolve } from "node:path";
import type * as z from "zod/mini";
import {
  type Diagnostic,
  diagnosticsAt,
  formatPath,
  type KeyPath,
  type Place,
  type Problem,
  placesIn,
  type Report,
  reportTo,
  toDiagnostics,
} from "../document/diagnostics.js";
import { type Document, documentOf } from "../document/document.js";
import { type ReadProblem, readText } from "../document/read-file.js";
import type { OnWait } from "../document/slow-source.js";
import { show } from "../document/validate.js";
import { TaskFile } from "../schema/task-file.js";
import type { TaskInput } from "../schema/task-input.js";
import { isObject } from "../util/json.js";
import { omitUndefined } from "../util/omit-undefined.js";
import { err, ok, type Result } from "../util/result.js";
import { shellQuote } from "../util/shell-quote.js";
import { checkTasks, type ListName, openTaskText, withoutFreeKeysInside } from "./task-text.js";
import { usablePart } from "./usable.js";

/** The source of the tasks: a file as the user named it, text that was already read, or a value that never was text. */
export type TaskSource = (
  | { path: string; onWait?: OnWait }
  /** `invalid_utf8`: the bytes were not UTF-8, so `text` is only a guess. */
  | { name: string; text: string; invalid_utf8?: boolean }
  /** `place`: where the author wrote its parts, if the value was made from something else. */
  | { name: string; value: unknown; place?: Place }
) & {
  /** The author may not read this machine's files, so `prompt_file` is refused. */
  foreign?: true;
};

/** A file that was read for a run, absolute; `what` says what it is: `task file`, `prompt_file`. */
export interface InputFile {
  what: string;
  path: string;
}

/** A file of tasks with the text of every prompt. The plan later adds what depends on config, flags or the disk. */
export interface LoadedTaskFile {
  file: TaskFile & { tasks: (TaskInput & { prompt: string })[]; judge?: TaskInput & { prompt: string } };
  /** The name of its list: `tasks` or `steps`. */
  list: ListName;
  /** Absolute; `prompt_file` is resolved against it. */
  base_dir: string;
  /** The files that were read, absolute: the file itself, if it is one, and those of prompts. */
  inputs: InputFile[];
  /** Takes problems that are found later, at a path such as `tasks[2].workdir`, in the words of the file's author. */
  reportTo(found: Diagnostic[]): Report;
}

/** The result of reading a file. */
export interface ReadTasks {
  /** The valid part of the file; `undefined` = there is none. It may be run only if there are no problems. */
  loaded: LoadedTaskFile | undefined;
  /** All problems of the file. */
  problems: Diagnostic[];
}

/**
 * Reads and checks a task file. `cwd` is absolute; a backend that is not in `known_backends` is refused. Reports all
 * problems at once, but only the first if it is a syntax error.
 */
export async function readTaskFile(
  source: TaskSource,
  cwd: string,
  known_backends?: readonly string[],
): Promise<ReadTasks> {
  const read = await readChecked({
    schema: TaskFile,
    list: "tasks",
    source,
    cwd,
    ...omitUndefined({ known_backends }),
  });
  const { checked, problems } = read;
  if (checked === undefined) return { loaded: undefined, problems };
  const { value, withPrompt, ...rest } = checked;
  const { judge, ...fields } = value;
  const tasks = fields.tasks.map((task, index) => withPrompt(task, ["tasks", index]));
  const file = { ...fields, tasks, ...(judge && { judge: withPrompt(judge, ["judge"]) }) };
  return { loaded: { ...rest, file }, problems };
}

export interface ReadRequest<S extends z.ZodMiniType> {
  schema: S;
  /** The name of the file's list of tasks. */
  list: ListName;
  source: TaskSource;
  /** Absolute. */
  cwd: string;
  known_backends?: readonly string[];
}

/** The checked value of a file, and the texts of its prompts. */
export interface CheckedFile<T> extends Omit<LoadedTaskFile, "file"> {
  value: T;
  /** Gives the task at a path its prompt, read from its file if it has one. */
  withPrompt(task: TaskInput, path: KeyPath): TaskInput & { prompt: string };
}

/** Reads and checks a file of tasks of any kind. */
export async function readChecked<S extends z.ZodMiniType>(
  request: ReadRequest<S>,
): Promise<{ checked: CheckedFile<z.output<S>> | undefined; problems: Diagnostic[] }> {
  const { schema, list, source, cwd, known_backends } = request;
  const source_name = "path" in source ? source.path : source.name;
  const base_dir = "path" in source ? dirname(resolve(cwd, source.path)) : cwd;
  const typed = "path" in source ? shellQuote([source.path]) : undefined;
  const document = await openDocument(source, cwd);
  if (!document.ok) return { checked: undefined, problems: toDiagnostics(source_name, document.error) };

  const { root, locate, ...found } = checkTasks(schema, document.value, known_backends, list, typed);
  const place = ("value" in source ? source.place : undefined) ?? placesIn(source_name, locate);
  const read = source.foreign ? refuseFile : promptReader(base_dir, "path" in source ? source.onWait : undefined);
  const { texts, files, problems: unread } = await readPrompts(root, read, list);
  const problems = diagnosticsAt(found.problems.concat(unread), place);
  const usable =
    found.value === undefined
      ? usablePart(schema, withoutFreeKeysInside(root, list))
      : { value: found.value, broken: [] };
  if (usable === undefined) return { checked: undefined, problems };
  const { value } = usable;
  const broken = [...usable.broken, ...found.broken].map(formatPath);
  const withPrompt = ({ prompt_file, ...task }: TaskInput, path: KeyPath) => {
    const text = texts.get(formatPath(path)) ?? task.prompt;
    if (prompt_file !== undefined && text === undefined) broken.push(formatPath([...path, "prompt"]));
    return { ...task, prompt: text ?? "" };
  };
  const own = "path" in source ? [{ what: OWN_NAME[list], path: resolve(cwd, source.path) }] : [];
  const inputs = [...own, ...[...files].map((path) => ({ what: "prompt_file", path: resolve(base_dir, path) }))];
  const report = (all: Diagnostic[]) => reportTo(all, place, broken);
  return { checked: { value, list, base_dir, inputs, withPrompt, reportTo: report }, problems };
}

const OWN_NAME: Readonly<Record<ListName, string>> = { tasks: "task file", steps: "chain file" };

async function openDocument(source: TaskSource, cwd: string): Promise<Result<Document, Problem[]>> {
  if ("value" in source) return ok(documentOf(source.value));
  const name = "path" in source ? source.path : source.name;
  if (!("path" in source)) {
    if (source.invalid_utf8) return err([{ path: [], message: "this is not text: its bytes are not UTF-8" }]);
    return openTaskText(source.text, name);
  }
  const read = await readText(resolve(cwd, source.path), { onWait: source.onWait });
  return read.ok ? openTaskText(read.value, name) : err([{ path: [], ...read.error }]);
}

/** Reads the prompts that are in files of their own; keyed by the path of their task. */
async function readPrompts(
  root: unknown,
  read: PromptReader,
  list: ListName,
): Promise<{ texts: Map<string, string>; files: Set<string>; problems: Problem[] }> {
  const texts = new Map<string, string>();
  const files = new Set<string>();
  const problems: Problem[] = [];
  if (!isObject(root)) return { texts, files, problems };
  const tasks: unknown[] = Array.isArray(root[list]) ? root[list] : [];
  const places = tasks.map((task, index): [unknown, KeyPath] => [task, [list, index]]);
  for (const [task, place] of [...places, [root.judge, ["judge"]] as const]) {
    if (!isObject(task) || task.prompt !== undefined) continue;
    const { prompt_file } = task;
    if (typeof prompt_file !== "string" || prompt_file === "") continue;
    const text = await read(prompt_file);
    if (text.ok) {
      texts.set(formatPath(place), text.value);
      files.add(prompt_file);
    } else {
      const { message, hint } = text.error;
      const words = `can't read ${show(prompt_file)}: ${message}`;
      problems.push({ path: [...place, "prompt_file"], message: words, ...omitUndefined({ hint }) });
    }
  }
  return { texts, files, problems };
}

type PromptReader = (file: string) => Promise<Result<string, Pick<ReadProblem, "message" | "hint">>>;

/** Refuses every prompt file, without telling whether it exists. */
const refuseFile: PromptReader = async () =>
  err({ message: "tasks from outside may name no files", hint: "send the text as `prompt`" });

/** Reads each prompt file once, even if many tasks name it. */
function promptReader(baseDir: string, onWait: OnWait | undefined): PromptReader {
  const known = new Map<string, Promise<Result<string, ReadProblem>>>();
  return (file) => {
    const path = resolve(baseDir, file);
    const text = known.get(path) ?? readText(path, { onWait });
    known.set(path, text);
    return text;
  };
}
