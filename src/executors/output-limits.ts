// How much a CLI may print. One that is out of control must fill neither the disk nor the journal, nor keep us from stopping it.
import type { Failure } from "../schema/failure.js";
import type { Task } from "../schema/task.js";

/**
 * A CLI prints its answer up to four times (in pieces, whole, in its last record, with escapes), and beside it what its
 * tools give back. Claude Code 2.1.197 wraps each piece in 240 bytes: an answer of 128,000 tokens in pieces of 7 characters
 * comes to 18 MB.
 */
const STREAM_FACTOR = 4;
const STREAM_ROOM_BYTES = 128 * 1024 * 1024;

/** A line holds at most one answer, with escapes, or what one tool gave back. A longer one would cost its size in memory several times. */
const LINE_FACTOR = 2;
const LINE_ROOM_BYTES = 32 * 1024 * 1024;

/** Notes of one attempt that are passed on: they are for people. */
const MAX_NOTES = 1000;

const HINT = "output_limit_bytes of the task sets this limit";

type Limits = Pick<Task, "output_limit_bytes">;

/** The bytes that a CLI may print on stdout, and the same on stderr. */
export function streamLimit({ output_limit_bytes }: Limits): number {
  return STREAM_FACTOR * output_limit_bytes + STREAM_ROOM_BYTES;
}

/** The bytes of one line of stdout. */
export function lineLimit({ output_limit_bytes }: Limits): number {
  return LINE_FACTOR * output_limit_bytes + LINE_ROOM_BYTES;
}

/** The failure of an attempt whose answer is too large. */
export function tooLongAnswer({ output_limit_bytes }: Limits): Failure {
  return {
    kind: "output_limit",
    message: `the answer grew beyond ${output_limit_bytes} bytes`,
    hint: HINT,
  };
}

/** The failure of an attempt whose CLI floods: with records, or with anything else. */
export function flood(task: Limits): Failure {
  return {
    kind: "output_limit",
    message: `the CLI printed more than ${streamLimit(task)} bytes, for an answer of at most ${task.output_limit_bytes}`,
    hint: HINT,
  };
}

/** The failure of an attempt whose CLI printed a line that no answer within the limit can need. */
export function tooLongLine(task: Limits): Failure {
  const { output_limit_bytes: limit } = task;
  return {
    kind: "output_limit",
    message: `the CLI printed a line of more than ${lineLimit(task)} bytes, for an answer of at most ${limit}`,
    hint: HINT,
  };
}

/** Cuts the notes of an attempt: returns the note to pass on, if any. */
export function noteLimit(): (text: string) => string | undefined {
  let notes = 0;
  return (text) => {
    notes += 1;
    if (notes <= MAX_NOTES) return text;
    return notes === MAX_NOTES + 1 ? "the CLI prints too many such lines; the others are left out" : undefined;
  };
}
