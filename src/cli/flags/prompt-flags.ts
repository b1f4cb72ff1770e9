// The flags that `clinvk prompt` and `clinvk resume` have in common, and what they mean.
import { Option } from "@commander-js/extra-typings";
import { type LoadedConfig, loadConfig } from "../../config/load.js";
import type { Diagnostic } from "../../document/diagnostics.js";
import { PROMPT_FORMATS, type PromptFormat } from "../../schema/config.js";
import { given } from "../../util/given.js";
import { err, ok, type Result } from "../../util/result.js";
import { newCommand } from "../commander.js";
import type { Io } from "../io.js";
import { pipedContext, promptFromStdin } from "./piped-context.js";

/** A command with these flags; each adds its own. */
export function promptFlags(name: string, io: Io) {
  return newCommand(name, io)
    .option("-b, --backend <name>", "claude, codex, gemini, or a backend of the configuration")
    .option("-m, --model <model>", "model: a full name, or fast, balanced, best")
    .addOption(new Option("-o, --output-format <format>", "what is printed").choices(PROMPT_FORMATS))
    .option("--timeout <seconds>", "stop after so long")
    .option("--dry-run", "show the commands, start nothing")
    .option("--stdin", "wait for context on stdin, however long it takes")
    .option("--no-stdin", "never look at stdin for context")
    .option("--config <file>", "configuration file instead of $CLINVK_HOME/config.yaml")
    .option("--offline", "answers come from the built-in offline model: no account, no internet")
    .option("--offline-script <file>", "what the offline model says (implies --offline)");
}

interface CommonFlags {
  outputFormat?: PromptFormat | undefined;
  timeout?: string | undefined;
  stdin?: boolean | undefined;
  config?: string | undefined;
}

/** What the flags and stdin come to. */
export interface PromptInput {
  config: LoadedConfig;
  prompt: string;
  context?: string;
  format: PromptFormat;
  timeout_seconds?: number;
}

/** Loads the configuration and reads the prompt: the argument, or stdin if it is `-` or missing. All problems at once. */
export async function readPrompt(
  argument: string | undefined,
  flags: CommonFlags,
  io: Io,
): Promise<Result<PromptInput, Diagnostic[]>> {
  const timeout = seconds(flags.timeout);
  const config = await loadConfig({ env: io.env, cwd: io.cwd, ...given({ config_flag: flags.config }) });
  const problems = [...(timeout.ok ? [] : timeout.error), ...(config.ok ? [] : config.error)];
  if (!timeout.ok || !config.ok) return err(problems);
  const text = await promptAndContext(argument, flags, io);
  if (!text.ok) return text;
  return ok({
    ...text.value,
    config: config.value,
    format: flags.outputFormat ?? config.value.config.output?.format ?? "text",
    ...given({ timeout_seconds: timeout.value }),
  });
}

async function promptAndContext(
  argument: string | undefined,
  flags: CommonFlags,
  io: Io,
): Promise<Result<{ prompt: string; context?: string }, Diagnostic[]>> {
  if (argument === undefined || argument === "-") {
    const prompt = await promptFromStdin(argument === "-", io);
    return prompt.ok ? ok({ prompt: prompt.value }) : prompt;
  }
  const mode = flags.stdin === undefined ? "auto" : flags.stdin ? "wait" : "never";
  const context = await pipedContext(mode, io, "`--no-stdin` says so at once, `--stdin` waits");
  return context.ok ? ok({ prompt: argument, ...given({ context: context.value }) }) : context;
}

function seconds(text: string | undefined): Result<number | undefined, Diagnostic[]> {
  if (text === undefined) return ok(undefined);
  if (/^\d+(\.\d+)?$/.test(text)) return ok(Number(text));
  return err([{ source: "--timeout", message: `expected a number of seconds, got "${text}"` }]);
}
