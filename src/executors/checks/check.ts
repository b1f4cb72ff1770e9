// Checks the result of a task against the conditions of its `expect`. The first unmet condition is the failure.
import type { Expect } from "../../schema/expect.js";
import type { Failure } from "../../schema/failure.js";
import type { StoredAnswer } from "../answer-buffer.js";
import { commandProblem } from "./command.js";
import { changedFiles, type GitState, gitState } from "./git-state.js";
import { noAnswer, quoted, search } from "./pattern.js";
import { type Place, stoppedCheck } from "./run-limited.js";

/** The answer, the place where the task ran, and the facts about the files it changed. */
export interface CheckInput extends StoredAnswer, Place {
  expect: Expect;
  /**
   * Whether the CLI reported a tool call that changed a file. `false` only if its reports are complete; `null` = they can't
   * tell (there are no such reports, or a shell command ran that may have changed anything).
   */
  files_changed_by_events: boolean | null;
  /** The work tree before the task began; absent if there is none, or if other tasks may write to it as well. */
  git_before?: GitState;
}

/**
 * Resolves to a failure `check_failed` that names the condition, to the signal's reason if it came first, or to `undefined`
 * if all conditions hold. Never rejects.
 */
export async function checkExpectations(input: CheckInput): Promise<Failure | undefined> {
  // The command comes last: it may itself change files.
  for (const problemOf of [patternProblem, filesProblem, checkCommand]) {
    const message = await problemOf(input);
    if (input.signal.aborted) return stoppedCheck(input);
    if (message !== undefined) return { kind: "check_failed", message };
  }
  return undefined;
}

async function patternProblem(input: CheckInput): Promise<string | undefined> {
  const { matches, not_matches } = input.expect;
  if (matches !== undefined) {
    const found = await search(matches, input, input.signal, input.asker);
    if (!found.ok) return noAnswer(matches, found.error);
    if (!found.value) return `the answer does not match ${quoted(matches)}`;
  }
  if (not_matches !== undefined) {
    const found = await search(not_matches, input, input.signal, input.asker);
    if (!found.ok) return noAnswer(not_matches, found.error);
    if (found.value) return `the answer matches ${quoted(not_matches)}, which it must not`;
  }
  return undefined;
}

async function filesProblem(input: CheckInput): Promise<string | undefined> {
  const wanted = input.expect.files_changed;
  if (wanted === undefined) return undefined;
  const { files_changed_by_events: byEvents, git_before } = input;
  // Each sees what the other can't: git sees changes by shell commands, events see files that git ignores.
  const after = git_before === undefined || byEvents === true ? undefined : await gitState(input);
  const byGit = git_before !== undefined && after !== undefined ? changedFiles(git_before, after) : undefined;
  if (byEvents === null && byGit === undefined) {
    return `whether files were changed (files_changed: ${wanted}) can't be told: the CLI does not report it, and the working directory is not a git work tree of this task alone`;
  }
  const changed = byEvents === true || (byGit !== undefined && byGit.length > 0);
  if (changed === wanted) return undefined;
  if (wanted) return "the task changed no file, but it was expected to (files_changed: true)";
  return `the task changed files, but it must not (files_changed: false)${byGit === undefined ? "" : `: ${few(byGit)}`}`;
}

function few(paths: readonly string[]): string {
  const shown = paths.slice(0, 3).join(", ");
  return paths.length <= 3 ? shown : `${shown} and ${paths.length - 3} more`;
}

async function checkCommand(input: CheckInput): Promise<string | undefined> {
  const { command } = input.expect;
  return command === undefined ? undefined : commandProblem(command, input.expect, input, input);
}
