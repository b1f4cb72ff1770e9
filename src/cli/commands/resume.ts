// `clinvk resume`: continues a session with its next prompt.
import { statSync } from "node:fs";
import { latestSession, realDirectory, sessionGoesOn } from "../../app/session.js";
import type { LoadedConfig } from "../../config/load.js";
import type { Diagnostic } from "../../document/diagnostics.js";
import type { Session } from "../../schema/session.js";
import { findSession, readSession } from "../../store/sessions.js";
import { omitUndefined } from "../../util/omit-undefined.js";
import { err, ok, type Result } from "../../util/result.js";
import { newCommand } from "../commander.js";
import { readPrompt } from "../flags/prompt-flags.js";
import { isOffline, parseRunFlags, withRunFlags } from "../flags/read-run-flags.js";
import type { Io } from "../io.js";
import { continuingText } from "../output/prompt-text.js";
import { runPrompt } from "../prompt-turn.js";
import { refuse } from "../refuse.js";

const HELP = `
Without an ID the latest session of this directory is continued (--here). The beginning or the end of an ID is enough if
no other session has the same. Without PROMPT, or with -, the prompt is read from stdin; with a PROMPT, piped text is its
context. A single argument with a space or a line break is the PROMPT. A session continues in the directory in which it
began.

Examples:
  clinvk resume 3f9a1c "now fix it"
  clinvk resume "and the tests?"
  clinvk resume --last -b codex - < question.txt
  clinvk resume --here "summarise what we did" -o json

Exit codes: as those of clinvk prompt.`;

function resumeCommand(io: Io) {
  return withRunFlags(newCommand("resume", io), "resume")
    .description("Continue a session.")
    .argument("[id]")
    .argument("[prompt]")
    .option("--last", "the latest session of any directory")
    .option("--here", "the latest session of this directory")
    .addHelpText("after", HELP);
}

type ResumeFlags = ReturnType<ReturnType<typeof resumeCommand>["opts"]>;

export async function run(argv: string[], io: Io): Promise<number> {
  const command = resumeCommand(io);
  const flags = parseRunFlags(command, argv, io);
  if (typeof flags === "number") return flags;
  const meant = readArguments(command.args, flags);
  if (!meant.ok) return refuse(io, [meant.error]);
  const input = await readPrompt(meant.value.prompt, flags, 'clinvk resume "and the tests?"', io);
  if (!input.ok) return refuse(io, input.error);
  const { config, prompt, timeout_seconds } = input.value;
  const session = chooseSession(config, meant.value.id, flags, io);
  if (!session.ok) return refuse(io, [session.error]);
  const { backend, workdir, offline, requested_model } = session.value;
  io.stderr(continuingText(session.value));
  const chosen = sessionGoesOn(config, session.value, flags.dryRun === true);
  if (!chosen.ok) return refuse(io, [{ source: "session", message: chosen.error }]);
  return runPrompt(
    {
      ...input.value,
      ...chosen.value,
      task: {
        backend,
        prompt,
        workdir,
        ...omitUndefined({ model: flags.model ?? requested_model ?? undefined, timeout_seconds }),
      },
      dry_run: flags.dryRun === true,
      ephemeral: false,
      offline,
      ...omitUndefined({ offline_script: flags.offlineScript }),
    },
    io,
  );
}

/** `resume ID PROMPT`, `resume ID`, `resume "a prompt"`; with `--last` or `--here` there is only a prompt. */
function readArguments(
  args: readonly string[],
  { last, here }: ResumeFlags,
): Result<{ id?: string; prompt?: string }, Diagnostic> {
  const [first, second] = args;
  if (last && here) return err({ source: "--last", message: "can't be combined with --here" });
  if (second !== undefined && (last || here))
    return err({ source: "resume", message: `an ID and ${last ? "--last" : "--here"} both choose the session` });
  if (first === undefined) return ok({});
  const isPrompt = second === undefined && (last === true || here === true || first === "-" || /[ \n]/.test(first));
  return ok(isPrompt ? { prompt: first } : { id: first, ...omitUndefined({ prompt: second }) });
}

function chooseSession(
  config: LoadedConfig,
  id: string | undefined,
  flags: ResumeFlags,
  io: Io,
): Result<Session, Diagnostic> {
  const found = id === undefined ? latest(config, flags, io) : byId(config, id, flags);
  if (!found.ok) return found;
  const session = found.value;
  const offline = isOffline(flags);
  if (offline && !session.offline)
    return refused(`${session.id} is a conversation with the real ${session.backend}: it can't be continued offline`);
  if (statSync(session.workdir, { throwIfNoEntry: false })?.isDirectory() !== true)
    return refused(`the directory of ${session.id} is gone, and it can be continued nowhere else: ${session.workdir}`);
  return ok(session);
}

function byId({ clinvk_home }: LoadedConfig, part: string, flags: ResumeFlags): Result<Session, Diagnostic> {
  const id = findSession(clinvk_home, part);
  if (!id.ok) return refused(id.error);
  const session = readSession(clinvk_home, id.value);
  if (!session.ok) return refused(session.error);
  const { backend } = session.value;
  if (flags.backend === undefined || flags.backend === backend) return session;
  return refused(`${id.value} is a session of ${backend}, not of ${flags.backend}`);
}

function latest(config: LoadedConfig, flags: ResumeFlags, io: Io): Result<Session, Diagnostic> {
  const here = flags.last ? undefined : realDirectory(io.cwd, undefined);
  const session = latestSession(config, omitUndefined({ workdir: here, backend: flags.backend }));
  if (session) return ok(session);
  const of = flags.backend === undefined ? "" : ` of ${flags.backend}`;
  const where = here === undefined ? "" : ` in ${here}; \`--last\` looks everywhere`;
  return refused(`there is no session${of}${where}`);
}

function refused(message: string): Result<never, Diagnostic> {
  return err({ source: "resume", message });
}
