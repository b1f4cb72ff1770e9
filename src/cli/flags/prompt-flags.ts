// Reads the input of `clinvk prompt` and `clinvk resume`: configuration, prompt and context, from flags and stdin.
import { type LoadedConfig, loadConfig } from "../../config/load.js";
import type { Diagnostic } from "../../document/diagnostics.js";
import type { PromptFormat } from "../../schema/config.js";
import { omitUndefined } from "../../util/omit-undefined.js";
import { err, ok, type Result } from "../../util/result.js";
import { type Io, tellWaiting } from "../io.js";
import { promptAndContext } from "./piped-context.js";
import type { RunFlags } from "./run-flags.js";

/** The input, read from flags and stdin. */
export interface PromptInput {
  config: LoadedConfig;
  prompt: string;
  context?: string;
  warned?: Promise<string>;
  format: PromptFormat;
  timeout_seconds?: number;
}

/**
 * Loads the configuration and reads the prompt: the argument, or stdin if it is `-` or missing. All problems at once;
 * `example` is how a prompt is typed.
 */
export async function readPrompt(
  argument: string | undefined,
  flags: RunFlags,
  example: string,
  io: Io,
): Promise<Result<PromptInput, Diagnostic[]>> {
  const timeout = seconds(flags.timeout);
  const config = await loadConfig({
    env: io.env,
    cwd: io.cwd,
    onWait: tellWaiting(io),
    ...omitUndefined({ config_flag: flags.config }),
  });
  const problems = [...(timeout.ok ? [] : timeout.error), ...(config.ok ? [] : config.error)];
  if (!timeout.ok || !config.ok) return err(problems);
  const text = await promptAndContext(argument, flags, example, io);
  if (!text.ok) return text;
  return ok({
    ...text.value,
    config: config.value,
    format: flags.outputFormat ?? config.value.config.output?.format ?? "text",
    ...omitUndefined({ timeout_seconds: timeout.value }),
  });
}

/** A prompt that was not put in quotes. */
export function tooManyWords(words: readonly string[]): Diagnostic {
  return { source: "PROMPT", message: `expected one argument, got ${words.length}`, hint: "put it in quotes" };
}

function seconds(text: string | undefined): Result<number | undefined, Diagnostic[]> {
  if (text === undefined) return ok(undefined);
  if (/^\d+(\.\d+)?$/.test(text)) return ok(Number(text));
  return err([{ source: "--timeout", message: `expected a number of seconds, got "${text}"` }]);
}
