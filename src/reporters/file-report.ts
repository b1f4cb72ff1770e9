// A report in a file of its own, written in one go when the run has ended.
import type { RunEvent } from "../schema/event.js";
import { emptyRun, fold, type RunState } from "../summary/summary.js";
import { explainIo } from "../util/explain-io.js";
import { placeFile } from "./place.js";
import type { Reporter } from "./reporter.js";
import { coalesce } from "./sink.js";

export interface FileReportOptions {
  /** Its directory exists: see `checkPlace`. */
  path: string;
  /** The version of clinvk that writes the report. */
  version: string;
  /** The file can't be written, or an answer can't be read: a sentence for a person. */
  onSinkError(message: string): void;
}

export interface FileReportWriter {
  /** Sees every event, after it was folded into the state. */
  onEvent?(event: RunEvent): void;
  /** Writes the report of a finished run. */
  fill(state: RunState, write: (text: string) => void): void;
}

/** Puts the file in its place when it is closed after the end of the run; writes nothing of a run that has not ended. */
export function fileReport({ path, onSinkError }: FileReportOptions, writer: FileReportWriter): Reporter {
  const state = emptyRun();
  return {
    onEvent(event) {
      fold(state, event);
      writer.onEvent?.(event);
    },
    close() {
      if (state.finished === undefined) return;
      try {
        placeFile(path, (write) => {
          const out = coalesce(write);
          writer.fill(state, out.write);
          out.flush();
        });
      } catch (error) {
        if (!(error instanceof Error && "syscall" in error)) throw error;
        onSinkError(`can't write to ${path}: ${explainIo(error)}`);
      }
    },
  };
}
