// `--json`: one document for the whole run, written at its end. Large answers are streamed from their files.

import type { RunEvent } from "../schema/event.js";
import type { TaskRecord } from "../schema/result.js";
import { documentOf } from "../summary/documents.js";
import { emptyRun, fold, judgeRecord, type RunState, records } from "../summary/summary.js";
import { pieces } from "./content.js";
import type { Reporter } from "./reporter.js";
import { coalesce } from "./sink.js";

export interface JsonOptions {
  write(text: string): void;
  /** An answer's file can't be read any more; the document stays valid, the answer is cut where reading failed. */
  onSinkError(message: string): void;
}

/** Writes the document of the run when it is closed after the end of the run, and nothing else. */
export function jsonReporter(options: JsonOptions): Reporter {
  const state = emptyRun();
  return {
    onEvent(event: RunEvent) {
      fold(state, event);
    },
    close() {
      writeRunResult(state, options);
    },
  };
}

/**
 * Writes the document of a finished run, indented by two spaces, in pieces of about 64 KiB; nothing if the run has
 * not finished. Never holds an answer of a file in memory.
 */
export function writeRunResult(state: RunState, { write, onSinkError }: JsonOptions): void {
  for (const piece of runResultText(state, { onSinkError })) write(piece);
}

/** How the document is made. */
export interface ResultTextOptions {
  onSinkError(message: string): void;
  /** Adds the names that clients of clinvoker 0.2 read. */
  old_names?: boolean;
}

/** The same text in pieces, for a caller that must wait between them. */
export function* runResultText(state: RunState, options: ResultTextOptions): Generator<string> {
  const result = documentOf(state);
  if (result !== undefined) yield* documentText(result, state, options);
}

/** A document about a run: `results` has one object for each of its records, whose answers are put in here. */
export function* documentText(
  result: { results: readonly object[] },
  state: RunState,
  options: ResultTextOptions,
): Generator<string> {
  const out = gather();
  const { results, ...head } = result;
  const judge = judgeRecord(state);
  yield* out.add("{\n");
  const all = options.old_names ? { ...head, ...oldNames(result, state) } : head;
  for (const [key, value] of Object.entries(all)) {
    yield* out.add(`  ${jsonText(key)}: `);
    const isLong = judge !== undefined && value !== null && (key === "verdict" || key === "judge");
    if (key === "output") for (const text of answerText(records(state)[0], options)) yield* out.add(text);
    else if (!isLong) yield* out.add(nested(value, "  "));
    else if (key === "verdict") for (const text of answerText(judge, options)) yield* out.add(text);
    else for (const text of taskText(Object(value), judge, options, "  ")) yield* out.add(text);
    yield* out.add(",\n");
  }
  yield* out.add('  "results": [');
  let separator = "\n    ";
  // One result for each record, in the same order.
  for (const [index, record] of records(state).entries()) {
    yield* out.add(separator);
    for (const text of taskText(results[index] ?? {}, record, options, "    ")) yield* out.add(text);
    separator = ",\n    ";
  }
  yield* out.add(results.length === 0 ? "]\n}\n" : "\n  ]\n}\n");
  yield* out.rest();
}

function oldNames(result: object, state: RunState) {
  const seconds = "total_duration_seconds" in result ? Number(result.total_duration_seconds) : 0;
  const total_duration_ms = Math.round(seconds * 1000);
  if (!("completed_tasks" in result && "failed_tasks" in result)) return { total_duration_ms };
  const names = { completed: result.completed_tasks, failed: result.failed_tasks, total_duration_ms };
  const [record] = records(state);
  if (state.started?.kind !== "prompt" || record === undefined) return names;
  const { backend, exit_code } = record;
  const session_id = state.started.session ?? null;
  return { ...names, session_id, backend, exit_code, output: "", duration_ms: milliseconds(record) };
}

function milliseconds({ duration_seconds }: TaskRecord): number {
  return Math.round(duration_seconds * 1000);
}

/** One result as an object; its answer comes from the record, wherever it is kept. */
function* taskText(result: object, record: TaskRecord, options: ResultTextOptions, indent: string): Generator<string> {
  const old = { output: "", duration_ms: milliseconds(record) };
  let separator = "{";
  for (const [key, value] of Object.entries(options.old_names ? { ...result, ...old } : result)) {
    yield `${separator}\n${indent}  ${jsonText(key)}: `;
    if (key === "content" || key === "output") yield* answerText(record, options);
    else yield nested(value, `${indent}  `);
    separator = ",";
  }
  yield `\n${indent}}`;
}

function* answerText(record: TaskRecord | undefined, { onSinkError }: ResultTextOptions): Generator<string> {
  yield '"';
  for (const text of record ? pieces(record, onSinkError) : []) yield jsonText(text).slice(1, -1);
  yield '"';
}

/** `coalesce` for a generator: yields full pieces. */
function gather() {
  const ready: string[] = [];
  const out = coalesce((text) => ready.push(text));
  function* add(text: string): Generator<string> {
    out.write(text);
    yield* ready.splice(0);
  }
  function* rest(): Generator<string> {
    out.flush();
    yield* ready.splice(0);
  }
  return { add, rest };
}

/** A value as it stands inside the document, `indent` deep: JSON strings hold no raw line breaks. */
function nested(value: unknown, indent: string): string {
  return jsonText(value, 2).replaceAll("\n", `\n${indent}`);
}

/** An escaped backslash (which stays, together with the next character), a lone surrogate as `JSON.stringify` escapes it, DEL and C1. */
const UNWELCOME = /\\\\|\\ud[89a-f][0-9a-f]{2}|[\u007f-\u009f]/g;

/**
 * JSON that every reader accepts (jq 1.6 refuses lone surrogates: they become U+FFFD) and that is harmless on a
 * terminal (DEL and the C1 controls are escaped like the other controls).
 */
export function jsonText(value: unknown, indent?: number): string {
  return JSON.stringify(value, null, indent).replace(UNWELCOME, (found) => {
    if (found === "\\\\") return found;
    return found.startsWith("\\u") ? "\ufffd" : `\\u00${found.charCodeAt(0).toString(16)}`;
  });
}
