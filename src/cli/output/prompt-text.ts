// The text that `clinvk prompt` and `clinvk resume` print on stderr beside the answer.
import { oneLine } from "../../reporters/text/visible.js";
import type { Config } from "../../schema/config.js";
import type { TaskRecord } from "../../schema/result.js";
import type { Session } from "../../schema/session.js";

/** `1,234 tokens in, 56 out; 3.2s`, as `output.show_tokens` and `output.show_timing` ask for; empty without them. */
export function usedWords(record: TaskRecord, output: NonNullable<Config["output"]>): string {
  const parts: string[] = [];
  if (output.show_tokens) parts.push(tokenWords(record.usage));
  if (output.show_timing) parts.push(`${record.duration_seconds.toFixed(2)}s`);
  return parts.length === 0 ? "" : `${parts.join("; ")}\n`;
}

/** `1,234 tokens in, 56 out`; a question mark stands for a number that the CLI does not report. */
export function tokenWords(usage: TaskRecord["usage"]): string {
  const words = (count: number | null | undefined) => count?.toLocaleString("en-US") ?? "?";
  return `${words(usage?.input_tokens)} tokens in, ${words(usage?.output_tokens)} out`;
}

/** Which session is continued: printed before the prompt is sent. */
export function continuingText({ id, backend, workdir, title, turns }: Session): string {
  const count = turns === 1 ? "1 turn" : `${turns} turns`;
  return `continuing session ${id} (${backend}, ${count}, ${oneLine(workdir)}): ${oneLine(title)}\n`;
}

/** How to continue after the answer; usually the end of the id is enough. */
export function sessionHint(id: string): string {
  return `session ${id}; \`clinvk resume ${id.split("-").at(-1)}\` continues it\n`;
}
