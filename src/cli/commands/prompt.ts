// `clinvk prompt` and its short form `clinvk "PROMPT"`: one prompt for one backend, kept as a session.

import {
  type ChosenSession,
  keepsSessions,
  latestSession,
  newSession,
  realDirectory,
  sessionGoesOn,
} from "../../app/session.js";
import type { Diagnostic } from "../../document/diagnostics.js";
import { DEFAULT_BACKEND } from "../../schema/built-in.js";
import { ownerOfModel } from "../../task-file/unknown-backends.js";
import { nearest } from "../../util/nearest.js";
import { omitUndefined } from "../../util/omit-undefined.js";
import { err, ok, type Result } from "../../util/result.js";
import { shellQuote } from "../../util/shell-quote.js";
import { newCommand } from "../commander.js";
import { type PromptInput, readPrompt, tooManyWords } from "../flags/prompt-flags.js";
import { isOffline, parseRunFlags, withRunFlags } from "../flags/read-run-flags.js";
import type { Commands, Io } from "../io.js";
import { continuingText } from "../output/prompt-text.js";
import { runPrompt } from "../prompt-turn.js";
import { refuse } from "../refuse.js";

const HELP = `
Without PROMPT, or with -, the prompt is read from stdin. With a PROMPT, piped text is its context. The short form
clinvk "PROMPT" takes the same flags; its PROMPT needs a space or a line break, because a single word may be a mistyped
command.

Examples:
  clinvk "explain this project"
  clinvk -b codex "explain this project"
  clinvk prompt -b codex "find the bug" < src/auth.js
  clinvk prompt -c "and now fix it"
  clinvk prompt --ephemeral -o json "is this safe?" < install.sh | jq -r '.results[0].content'
  git diff | clinvk prompt - -m fast

Exit codes: 0 answered, 1 failed, 2 nothing was run because the input is invalid, 75 a quota must reset first,
129/130/143 interrupted.`;

function promptCommand(io: Io) {
  return withRunFlags(newCommand("prompt", io), "prompt")
    .description("Ask one backend, and keep the conversation as a session.")
    .argument("[prompt]")
    .allowExcessArguments()
    .option("-w, --workdir <dir>", "directory in which the agent works")
    .option("-c, --continue", "continue the latest session of this directory and backend")
    .option("--ephemeral", "keep no session")
    .addHelpText("after", HELP);
}

type PromptFlags = ReturnType<ReturnType<typeof promptCommand>["opts"]>;

export async function run(argv: string[], io: Io): Promise<number> {
  const command = promptCommand(io);
  const flags = parseRunFlags(command, argv, io);
  if (typeof flags === "number") return flags;
  if (command.args.length > 1) return refuse(io, [tooManyWords(command.args)]);
  return ask(flags, command.args[0], io);
}

/** `clinvk "PROMPT"` and `clinvk -b codex "PROMPT"`: asks only if the prompt can't be a mistyped command. */
export async function runShort(argv: string[], io: Io, commands: Commands): Promise<number> {
  const command = promptCommand(io);
  const flags = parseRunFlags(command, argv, io);
  if (typeof flags === "number") return flags;
  const [prompt, ...more] = command.args;
  if (prompt === undefined) {
    const line = shellQuote(["clinvk", ...argv, "explain this project"]);
    return refuse(io, [{ source: "PROMPT", message: "is missing", hint: `as in \`${line}\`` }]);
  }
  if (!/[ \n]/.test(prompt)) return refuse(io, [aWordAlone(prompt, argv, Object.keys(commands))]);
  return more.length > 0 ? refuse(io, [tooManyWords(command.args)]) : ask(flags, prompt, io);
}

function aWordAlone(word: string, argv: readonly string[], commands: readonly string[]): Diagnostic {
  if (commands.includes(word))
    return { source: word, message: "a command comes before its flags", hint: `\`clinvk ${word} --help\` shows them` };
  const near = nearest(word, commands);
  const line = shellQuote(["clinvk", "prompt", ...asModel(argv)]);
  const hint = near === undefined ? `\`${line}\` asks it all the same` : `did you mean \`clinvk ${near}\`?`;
  return { source: word, message: "there is no such command, and a word alone is not taken for a prompt", hint };
}

/** `-b opus` as it must be typed, with the backend that has this model. */
function asModel(argv: readonly string[]): string[] {
  return argv.flatMap((word, at) => {
    const before = argv[at - 1];
    const [, own] = /^(?:-b|--backend=)(.+)$/.exec(word) ?? [];
    const model = before === "-b" || before === "--backend" ? word : own;
    const owner = model === undefined ? undefined : ownerOfModel(model);
    if (model === undefined || owner === undefined) return [word];
    return own === undefined ? [owner, "-m", model] : ["-b", owner, "-m", model];
  });
}

async function ask(flags: PromptFlags, argument: string | undefined, io: Io): Promise<number> {
  if (flags.continue && flags.ephemeral)
    return refuse(io, [
      { source: "--continue", message: "can't be combined with --ephemeral, which keeps no session" },
    ]);
  const input = await readPrompt(argument, flags, 'clinvk prompt "explain this project"', io);
  if (!input.ok) return refuse(io, input.error);
  const { config, prompt, timeout_seconds } = input.value;
  const backend = flags.backend ?? config.config.default_backend ?? DEFAULT_BACKEND;
  const workdir = realDirectory(io.cwd, flags.workdir);
  const offline = isOffline(flags);
  const chosen = chooseSession(input.value, flags, { backend, workdir, offline }, io);
  if (!chosen.ok) return refuse(io, [chosen.error]);
  const model = flags.model ?? chosen.value.turn?.before?.requested_model ?? undefined;
  return runPrompt(
    {
      ...input.value,
      ...chosen.value,
      task: { backend, prompt, workdir, ...omitUndefined({ model, timeout_seconds }) },
      dry_run: flags.dryRun === true,
      ephemeral: flags.ephemeral === true,
      offline,
      ...omitUndefined({ offline_script: flags.offlineScript }),
    },
    io,
  );
}

function chooseSession(
  { config }: PromptInput,
  flags: PromptFlags,
  place: { backend: string; workdir: string; offline: boolean },
  io: Io,
): Result<ChosenSession, Diagnostic> {
  const { backend, workdir, offline } = place;
  if (flags.ephemeral) return ok({});
  const dryRun = flags.dryRun === true;
  const keeps = keepsSessions(config, backend);
  if (keeps === "unknown") return ok({});
  if (keeps === "never") {
    if (flags.continue) return err({ source: "--continue", message: `the backend ${backend} keeps no conversations` });
    io.stderr(`clinvk: the backend ${backend} keeps no conversations: there will be no session to continue\n`);
    return ok({});
  }
  const wanted = flags.continue === true || config.config.session?.auto_resume === true;
  const latest = wanted ? latestSession(config, place) : undefined;
  if (latest === undefined && flags.continue) {
    const message = `there is no ${offline ? "offline " : ""}session of ${backend} in ${workdir}`;
    return err({ source: "--continue", message, hint: "`clinvk sessions list` shows all" });
  }
  // `session.auto_resume` skips a session that is in use; only --continue insists on it.
  const continued = latest?.status === "running" && !flags.continue ? undefined : latest;
  if (continued) io.stderr(continuingText(continued));
  const session = continued ? sessionGoesOn(config, continued, dryRun) : newSession(config, dryRun);
  return session.ok ? session : err({ source: "session", message: session.error });
}
