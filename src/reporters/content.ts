// Reads an answer piece by piece from memory or its file; and makes the lines that tell why a task did not succeed.
import { closeSync, readSync } from "node:fs";
import { StringDecoder } from "node:string_decoder";
import type { TaskRecord } from "../schema/result.js";
import { explainIo } from "../util/explain-io.js";
import { openRegular } from "../util/regular-file.js";
import { PIECE_BYTES } from "./sink.js";

/** What may be half of a line end, of an emoji, or of the mark of a CI's command. */
const UNDECIDED = /(?:[^\n](?:[\u061c\u200c-\u200f]+[^\n])*[\u061c\u200c-\u200f]*|#+[a-z]*|:+)$/iu;
const MOST_HELD = 64;

/**
 * The answer's text in order, in pieces of about 64 KiB if it lives in a file. A piece never ends within a character,
 * an emoji or a command of a CI, nor between CR and LF. If the file can't be read, the pieces end there and `onError` is told in a sentence.
 */
export function* pieces(
  record: Pick<TaskRecord, "task_id" | "content" | "content_file">,
  onError: (message: string) => void,
): Generator<string> {
  const path = record.content_file?.path;
  if (path === undefined) {
    if (record.content !== "") yield record.content;
    return;
  }
  const buffer = Buffer.allocUnsafe(PIECE_BYTES);
  let fd: number | undefined;
  const read = (): number => {
    try {
      fd ??= openRegular(path);
      return readSync(fd, buffer);
    } catch (error) {
      onError(`can't read the answer of ${record.task_id}: ${explainIo(error)}`);
      return 0;
    }
  };
  const decoder = new StringDecoder("utf8");
  let held = "";
  try {
    for (let bytes = read(); bytes > 0; bytes = read()) {
      const text = held + decoder.write(buffer.subarray(0, bytes));
      held = UNDECIDED.exec(text.slice(-MOST_HELD))?.[0] ?? "";
      const whole = text.slice(0, text.length - held.length);
      if (whole !== "") yield whole;
    }
    const rest = held + decoder.end();
    if (rest !== "") yield rest;
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}

/** The beginning of an answer: at most `limit` UTF-16 units, never half a character; `whole` tells whether that is all. */
export function headOf(
  record: Pick<TaskRecord, "task_id" | "content" | "content_file">,
  limit: number,
  onError: (message: string) => void,
): { text: string; whole: boolean } {
  let text = "";
  for (const piece of pieces(record, onError)) {
    text += piece;
    if (text.length > limit) break;
  }
  if (text.length <= limit) return { text, whole: true };
  return { text: text.slice(0, limit).replace(/[\ud800-\udbff]$/, ""), whole: false };
}

/** `FAILED: why` and what to do about it, each line ended; empty if the task succeeded. */
export function failureLines(record: TaskRecord): string {
  if (record.status === "OK") return "";
  const { failure } = record;
  const first = `${record.status}: ${failure?.message ?? "no reason was given"}\n`;
  return failure?.hint === undefined ? first : `${first}Hint: ${failure.hint}\n`;
}
