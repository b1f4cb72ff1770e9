// Runs `expect.command`: a shell command of the user that checks an answer and reports by its exit code.

import { stripVTControlCharacters } from "node:util";
import type { Expect } from "../../schema/expect.js";
import { cut } from "../../util/cut.js";
import type { StoredAnswer } from "../answer-buffer.js";
import { type Place, runLimited } from "./run-limited.js";

/** A check that takes longer is stopped and counts as failed, if the task does not say `expect.timeout_seconds`. */
const COMMAND_LIMIT_SECONDS = 60;

/** How many lines of the command's output go into the message, for each of stdout and stderr. */
const SHOWN_LINES = 3;
const SHOWN_CHARACTERS = 200;

/**
 * Runs `/bin/sh -c COMMAND` in the working directory with the answer on stdin. Resolves to a sentence that says why the
 * condition is not met, or to `undefined` if it is met.
 */
export async function commandProblem(
  command: string,
  { timeout_seconds = COMMAND_LIMIT_SECONDS }: Pick<Expect, "timeout_seconds">,
  { content, content_file }: StoredAnswer,
  place: Place,
): Promise<string | undefined> {
  const stdout: string[] = [];
  // The shell opens the file of a large answer, so that it is not read into memory.
  const input =
    content_file === undefined
      ? { args: ["-c", command], stdin: content }
      : { args: ["-c", 'exec <"$1" && exec /bin/sh -c "$2"', "sh", content_file.path, command] };
  const end = await runLimited(place, {
    label: "check",
    file: "/bin/sh",
    ...input,
    limit_ms: timeout_seconds * 1000,
    onLine(line) {
      if (stdout.length < SHOWN_LINES && line.trim() !== "") stdout.push(line);
    },
  });
  if (end.exit_code === 0 && !end.stopped) return undefined;
  const stderr = end.stderr.split("\n", 1000).filter((line) => line.trim() !== "");
  const said = [...stdout, ...stderr.slice(0, SHOWN_LINES)].map(oneLine).join(" | ");
  return `the check ${oneLine(`\`${command}\``)} ${howItEnded(end, timeout_seconds)}${said === "" ? "" : `: ${said}`}`;
}

function howItEnded(end: Awaited<ReturnType<typeof runLimited>>, seconds: number): string {
  if (end.spawn_error) return `could not be started (${end.spawn_error.message})`;
  if (end.late) return `took longer than ${seconds} s (\`expect.timeout_seconds\`)`;
  if (end.signal !== null) return `was ended by ${end.signal}`;
  return `exited with ${end.exit_code}`;
}

/** Removes colours, control characters and newlines, and cuts the text. */
function oneLine(text: string): string {
  const plain = stripVTControlCharacters(text)
    .replace(/[\p{Cc}\s]+/gu, " ")
    .trim();
  return cut(plain, SHOWN_CHARACTERS);
}
