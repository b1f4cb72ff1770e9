// `--report github`: the run as the step summary of a GitHub Actions job, and its failures as annotations.
// Limits and escapes as in GitHub's "Workflow commands for GitHub Actions".
import { appendFileSync, closeSync, openSync, statSync } from "node:fs";
import type { TaskRecord } from "../../schema/result.js";
import { emptyRun, fold, recordsWithJudge } from "../../summary/summary.js";
import { explainIo } from "../../util/explain-io.js";
import { randomHex } from "../../util/random.js";
import { err, ok, type Result } from "../../util/result.js";
import type { Reporter } from "../reporter.js";
import { oneLine } from "../text/visible.js";
import { stepSummary } from "./github-summary.js";

/** GitHub refuses the whole summary of a step that is larger. */
const SUMMARY_BYTES = 1024 * 1024;
/** GitHub shows so many annotations of each level per step. */
const ANNOTATIONS = 10;

export interface GithubOptions {
  /** `$GITHUB_STEP_SUMMARY`; others may have written to it in the same step. */
  summary_path: string;
  /** Takes workflow commands: the stream on which the answers are shown, if they are, else stderr. */
  command(line: string): void;
  onSinkError(message: string): void;
}

/** The file for the summary, or a sentence that says what is missing. */
export function checkStepSummary(env: Readonly<Record<string, string | undefined>>): Result<string, string> {
  const path = env.GITHUB_STEP_SUMMARY;
  if (path === undefined || path === "") {
    return err(
      "GITHUB_STEP_SUMMARY is not set, so there is no step to report to: this report is for jobs of GitHub Actions",
    );
  }
  try {
    closeSync(openSync(path, "a"));
    return ok(path);
  } catch (error) {
    return err(`can't write to $GITHUB_STEP_SUMMARY (${path}): ${explainIo(error)}`);
  }
}

/**
 * From the first event to the last no line of the step is taken for a workflow command, so that an answer can give
 * none; then come the annotations and the summary. Close it after the report that shows the answers.
 */
export function githubReporter({ summary_path, command, onSinkError }: GithubOptions): Reporter {
  const state = emptyRun();
  const token = `clinvk-${randomHex(16)}`;
  let stopped = false;
  return {
    onEvent(event) {
      fold(state, event);
      if (stopped) return;
      stopped = true;
      command(`::stop-commands::${token}\n`);
    },
    close() {
      if (stopped) command(`::${token}::\n`);
      if (state.finished === undefined) return;
      for (const line of annotations(recordsWithJudge(state))) command(line);
      try {
        const used = statSync(summary_path, { throwIfNoEntry: false })?.size ?? 0;
        appendFileSync(summary_path, stepSummary(state, { room: SUMMARY_BYTES - used, onSinkError }));
      } catch (error) {
        if (!(error instanceof Error && "syscall" in error)) throw error;
        onSinkError(`can't write to $GITHUB_STEP_SUMMARY (${summary_path}): ${explainIo(error)}`);
      }
    },
  };
}

/** One line for each task that failed (error) or waits (warning); canceled ones are only in the summary. */
function annotations(all: readonly TaskRecord[]): string[] {
  const failed = all.filter(({ status }) => status === "FAILED" || status === "TIMEOUT");
  const waiting = all.filter(({ status }) => status === "WAITING");
  return [...leveled("error", failed), ...leveled("warning", waiting)];
}

function leveled(level: "error" | "warning", all: readonly TaskRecord[]): string[] {
  const shown = all.length > ANNOTATIONS ? all.slice(0, ANNOTATIONS - 1) : all;
  const lines = shown.map((record) => annotation(level, record));
  const more = all.length - shown.length;
  if (more > 0) lines.push(`::${level} title=clinvk::${more} more tasks did not succeed; the summary names them\n`);
  return lines;
}

function annotation(level: string, { name, backend, status, failure }: TaskRecord): string {
  const hint = failure?.hint === undefined ? "" : `\n${failure.hint}`;
  const title = commandProperty(`${oneLine(name)} (${backend}): ${status}`);
  return `::${level} title=${title}::${commandData(`${failure?.message ?? "no reason was given"}${hint}`)}\n`;
}

function commandData(text: string): string {
  return text.replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
}

function commandProperty(text: string): string {
  return commandData(text).replaceAll(":", "%3A").replaceAll(",", "%2C");
}
