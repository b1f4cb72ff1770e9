// Makes the failures that an executor finds itself, and adds advice for this machine to any failure.
import { dirname } from "node:path";
import { hintFor } from "../backends/failure/hints.js";
import type { Backend, Invocation } from "../backends/shared/backend.js";
import { isExhausted, type SpawnError, spawnError } from "../process/spawn-error.js";
import { type Failure, failureOfBug } from "../schema/failure.js";
import type { Task } from "../schema/task.js";
import { FULL_CODES } from "../util/disk-room.js";
import type { Attempt } from "./executor.js";
import { type Found, type Located, typedCommand } from "./locate.js";

/** Adds a hint to a failure that has none, if there is one. The hint names the CLI as it is found on this machine. */
export function withHint(
  failure: Failure,
  backend: Backend,
  located: Located,
  env?: Readonly<Record<string, string | undefined>>,
): Failure {
  const hint = failure.hint ?? hintFor(failure.kind, backend, typedCommand(backend, located), env);
  return hint === undefined ? failure : { ...failure, hint };
}

export function notInstalled({ title, binary }: Backend): Failure {
  return {
    kind: "not_installed",
    message: binary.includes("/")
      ? `${title} is not installed: ${binary} is not an executable file`
      : `${title} is not installed: there is no \`${binary}\` on PATH`,
  };
}

export const NOT_STARTED: Attempt = {
  exit_code: null,
  signal: null,
  content: "",
  outcome: { model: null, session_id: null, usage: null, cost_usd: null, refusals: null },
  may_have_written: false,
  edited: false,
};

/** What `use` makes of the attempt; if it throws, the attempt with its answer has failed. */
export async function keepingAnswer(attempt: Attempt, use: () => Attempt | Promise<Attempt>): Promise<Attempt> {
  try {
    return await use();
  } catch (error) {
    return { ...attempt, failure: isSystemError(error) ? diskFailure(error) : failureOfBug(error) };
  }
}

function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && "syscall" in error;
}

/** A disk, a quota or a limit took no more of a task's output or files. Not the CLI's fault, and no answer: a resume asks again. */
export function fullDisk(code: string, dir: string, what: string): Failure {
  const why = { EDQUOT: "your quota on the disk is used up", EFBIG: "a file there reached the limit of this process" }[
    code
  ];
  return {
    kind: "lost",
    message: `${why ?? "the disk is full"} (${code}), and ${what} did not fit into ${dir}`,
    hint: "make room there, or set CLINVK_HOME to another disk; `clinvk runs resume` then asks again",
  };
}

/** Turns an error of a full or read-only disk into a failure of the task; any other error is a bug and is thrown again. */
export function diskFailure(error: unknown): Failure {
  if (!isSystemError(error)) throw error;
  if (FULL_CODES.has(error.code ?? ""))
    return fullDisk(error.code ?? "", dirname(error.path ?? "$CLINVK_HOME/tmp"), "the task's own files");
  if (isExhausted(error.code))
    return { kind: "crashed", message: `the task's own files can't be opened: ${error.message}`, hint: ROOM_HINT };
  return {
    kind: "crashed",
    message: `the task's own files can't be written: ${error.message}`,
    hint: "CLINVK_HOME sets where they are; it must be writable and have room",
  };
}

/** An attempt for which the system has no descriptor left. */
export function withoutRoom(error: NodeJS.ErrnoException, { path }: Found, { workdir }: Task): Attempt {
  const { message } = spawnError(error, { file: path, cwd: workdir });
  const failure: Failure = { kind: "crashed", message, hint: ROOM_HINT };
  return { ...NOT_STARTED, failure, unstarted: { why: "exhausted", announced: false } };
}

const ROOM_HINT = "`--max-parallel` sets how many tasks run at once";

/** Tells of a CLI that could not be started if it may be later. */
export function unstarted({ code, missing }: SpawnError): Pick<Attempt, "unstarted"> {
  if (isExhausted(code)) return { unstarted: { why: "exhausted", announced: true } };
  // A program that is being written can't be executed.
  const isGone = missing === "program" || missing === "interpreter" || code === "ETXTBSY";
  return isGone ? { unstarted: { why: "gone", announced: true } } : {};
}

/** The failure of an attempt whose CLI could not be started. */
export function spawnFailure({ code, missing, message }: SpawnError, invocation: Invocation, task: Task): Failure {
  if (isExhausted(code)) return { kind: "crashed", message, hint: ROOM_HINT };
  if (missing === "directory")
    return { kind: "bad_request", message: `the working directory ${invocation.cwd} is gone` };
  return {
    kind: missing === undefined ? "crashed" : "not_installed",
    message,
    hint: `run \`clinvk backends\` to see what is wrong with ${task.backend}`,
  };
}
