// Runs one prompt of `clinvk prompt` or `clinvk resume`: a run with one task, recorded as a turn of a session.
import { executeRun } from "../app/execute.js";
import { prepare } from "../app/prepare.js";
import { sessionAfter } from "../app/session.js";
import type { LoadedConfig } from "../config/load.js";
import type { Place } from "../document/diagnostics.js";
import { checkScratchRoot } from "../executors/scratch.js";
import {
  answerReporter,
  fdSink,
  jsonReporter,
  ndjsonReporter,
  progressReporter,
  type Reporter,
  waitingLine,
} from "../reporters/index.js";
import type { PromptFormat } from "../schema/config.js";
import type { TaskRecord } from "../schema/result.js";
import type { TaskSession } from "../schema/task.js";
import type { TaskInput } from "../schema/task-input.js";
import type { SessionTurn } from "../store/session-turn.js";
import { records } from "../summary/summary.js";
import { omitUndefined } from "../util/omit-undefined.js";
import { isTerminal } from "../util/terminal.js";
import { EXIT } from "./exit-codes.js";
import type { Io } from "./io.js";
import { sessionHint, usedWords } from "./output/prompt-text.js";
import { ANOTHER_HOME, refuse } from "./refuse.js";
import { exitCodeOf } from "./run-exit-code.js";
import { catchInterrupts } from "./signals.js";

export interface PromptRequest {
  config: LoadedConfig;
  task: TaskInput & { prompt: string };
  context?: string;
  /** See `RunOptions.warned`. */
  warned?: Promise<string>;
  format: PromptFormat;
  dry_run: boolean;
  offline: boolean;
  offline_script?: string;
  /** The conversation that the CLI is to keep or continue. */
  session?: TaskSession;
  /** Records the turn; always closed in the end. */
  turn?: SessionTurn;
  /** The run is not recorded. */
  ephemeral: boolean;
}

/** Runs it and returns the exit code. */
export async function runPrompt(request: PromptRequest, io: Io): Promise<number> {
  try {
    return await inSession(request, io);
  } finally {
    request.turn?.close();
  }
}

async function inSession(request: PromptRequest, io: Io): Promise<number> {
  const { config, task, context, offline_script, dry_run, offline } = request;
  const prepared = await prepare({
    source: { name: "prompt", value: { tasks: [task] }, place: inFlags },
    kind: "prompt",
    flags: { offline, ...(dry_run ? { dry_run } : {}) },
    config,
    ...omitUndefined({ context, offline_script, session: request.session }),
    env: io.env,
    cwd: io.cwd,
  });
  if (!prepared.ok) return refuse(io, prepared.error);
  const { plan } = prepared.value;
  const home = dry_run ? undefined : checkScratchRoot(config.clinvk_home);
  if (home?.ok === false) return refuse(io, [{ source: "$CLINVK_HOME", message: home.error, hint: ANOTHER_HOME }]);
  // `stream-json` prints events as they come, so no waiting line is needed.
  const shows = isTerminal(2) && io.env.TERM !== "dumb" && !io.env.CI && !dry_run && request.format !== "stream-json";
  const waiting = shows ? waitingLine(io.stderr) : undefined;
  const stderr = waiting?.above ?? io.stderr;
  const interrupts = catchInterrupts((signal) =>
    stderr(`clinvk: ${signal}: stopping; once more kills at once what does not stop\n`),
  );
  let failed = false;
  const onProblem = (message: string) => {
    failed = true;
    stderr(`clinvk: ${message}\n`);
  };
  const { signal, kill } = interrupts;
  try {
    const state = await executeRun({
      plan,
      config,
      env: io.env,
      reporters: [
        ...(waiting ? [waiting] : []),
        ...reportersOf(request.format, stderr, onProblem, () => interrupts.end("output_closed")),
      ],
      journal: !request.ephemeral && !dry_run && config.config.runs?.journal !== false,
      signal,
      kill,
      ...omitUndefined({ session_lost: request.turn?.lost, warned: request.warned }),
      onProblem,
      onWarning: (message) => stderr(`clinvk: ${message}\n`),
    });
    const [record] = records(state);
    if (record && !dry_run) afterwards(request, record, plan.tasks[0]?.model, onProblem, io);
    // An answer that could not be written completely must not look like success.
    return exitCodeOf(state) || (failed ? EXIT.failed : EXIT.ok);
  } finally {
    waiting?.close();
    interrupts.dispose();
  }
}

/** Records the turn, and prints its usage and how to continue. */
function afterwards(
  request: PromptRequest,
  record: TaskRecord,
  requested_model: string | undefined,
  onProblem: (message: string) => void,
  io: Io,
): void {
  const { turn, config, offline } = request;
  io.stderr(usedWords(record, config.config.output ?? {}));
  if (turn === undefined) return;
  const after = sessionAfter({ config, turn, record, requested_model, offline });
  if (after === undefined) return;
  if (turn.before && record.session_id === null && record.failure?.kind === "bad_request")
    io.stderr(
      `${record.backend} may have deleted this conversation; \`clinvk sessions delete ${turn.id}\` removes it here, too\n`,
    );
  const saved = turn.save(after);
  if (!saved.ok) onProblem(saved.error);
  else if (request.format === "text" && isTerminal(1)) io.stderr(sessionHint(turn.id));
}

function reportersOf(
  format: PromptFormat,
  stderr: (text: string) => void,
  onProblem: (message: string) => void,
  onClosed: () => void,
): Reporter[] {
  const stdout = fdSink(1, { name: "stdout", onError: onProblem, onClosed });
  const progress = progressReporter({ write: stderr });
  const { write } = stdout;
  switch (format) {
    case "text":
      return [progress, answerReporter({ write, writeFailure: stderr, onSinkError: onProblem, tty: isTerminal(1) })];
    case "json":
      return [progress, jsonReporter({ write, onSinkError: onProblem })];
    case "stream-json":
      return [progress, ndjsonReporter({ sink: stdout })];
    default:
      return format satisfies never;
  }
}

/** The flag behind each field of the one task; problems of other fields are reported at the prompt. */
const FLAGS: Readonly<Record<string, string>> = {
  workdir: "--workdir",
  model: "--model",
  backend: "--backend",
  timeout_seconds: "--timeout",
};

const inFlags: Place = ([, , field = "prompt"]) => ({ source: FLAGS[field] ?? "prompt" });
