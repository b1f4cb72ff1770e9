// `--json`: one document for the whole run, written at its end. Large answers are streamed from their files.
import type { RunEvent } from "../schema/event.js";
import type { TaskRecord } from "../schema/result.js";
import { emptyRun, fold, type RunState, records, runResult, taskResult } from "../summary.js";
import { pieces } from "./content.js";
import type { Reporter } from "./reporter.js";
import { coalesce } from "./sink.js";

export interface JsonOptions {
  write(text: string): void;
  /** An answer's file can't be read any more; the document stays valid, the answer is cut where reading failed. */
  onSinkError(message: string): void;
}

/** Writes the `RunResult` document when it is closed after the end of the run, and nothing else. */
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
export function writeRunResult(state: RunState, options: JsonOptions): void {
  const result = runResult(state);
  if (result === undefined) return;
  const { results: _, ...head } = result;
  const out = coalesce(options.write);
  out.write("{\n");
  for (const [key, value] of Object.entries(head)) out.write(`  ${jsonText(key)}: ${nested(value, "  ")},\n`);
  out.write('  "results": [');
  let separator = "\n";
  for (const record of records(state)) {
    out.write(`${separator}    {`);
    writeTask(record, out.write, options.onSinkError);
    out.write("\n    }");
    separator = ",\n";
  }
  out.write(separator === "\n" ? "]\n}\n" : "\n  ]\n}\n");
  out.flush();
}

function writeTask(record: TaskRecord, write: (text: string) => void, onSinkError: (message: string) => void): void {
  let separator = "\n";
  for (const [key, value] of Object.entries(taskResult(record))) {
    if (value === undefined) continue;
    write(`${separator}      ${jsonText(key)}: `);
    if (key === "content") {
      write('"');
      for (const text of pieces(record, onSinkError)) write(jsonText(text).slice(1, -1));
      write('"');
    } else write(nested(value, "      "));
    separator = ",\n";
  }
}

/** A value as it stands inside the document, `indent` deep: JSON strings hold no raw line breaks. */
function nested(value: unknown, indent: string): string {
  return jsonText(value, 2).replaceAll("\n", `\n${indent}`);
}

/** An escaped backslash (to be left alone, whatever follows), a lone surrogate as `JSON.stringify` escapes it, DEL and C1. */
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
