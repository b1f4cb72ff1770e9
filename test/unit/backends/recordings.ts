// Plays recordings of the real CLIs (test/golden/BACKEND/CASE.{stdout,stderr,exit}) through the parsers.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Exit, OutputParser, Progress } from "../../../src/backends/shared/backend.js";

const GOLDEN = join(import.meta.dirname, "..", "..", "golden");

/** Exit code of recordings that were cut by the recorder's own time limit. */
const CUT = 124;

/** One recording's outcome in one line, e.g. `ok "done" m1 24/16 refused:0`. */
export type Summary = string;

export function cases(backend: string): string[] {
  const names = readdirSync(join(GOLDEN, backend)).filter((name) => name.endsWith(".exit"));
  return names.map((name) => name.slice(0, -".exit".length)).sort();
}

export function read(backend: string, name: string, part: "stdout" | "stderr"): string {
  const path = join(GOLDEN, backend, `${name}.${part}`);
  return existsSync(path) ? readFileSync(path, "utf8") : "";
}

export function expectations(backend: string): Record<string, Summary> {
  return JSON.parse(readFileSync(join(GOLDEN, backend, "expected.json"), "utf8"));
}

/** What reaches the user while the lines come in. */
export function play(parser: OutputParser, lines: readonly string[]): { text: string; steps: Progress[] } {
  const steps = lines.flatMap((line) => parser.push(line));
  let text = "";
  for (const step of steps) {
    if (step.type === "text") text += step.text;
    if (step.type === "text_reset") text = "";
  }
  return { text, steps };
}

export function exitOf(exit: Partial<Exit>): Exit {
  return { exit_code: 0, signal: null, stderr: "", stdout_bytes: 0, ...exit };
}

/** The whole recording in one line: kind (or ok), content, model, tokens in/out, cost, refusals, tool calls. */
export function summarize(backend: string, name: string, parser: OutputParser): Summary {
  const stdout = read(backend, name, "stdout");
  const stderr = read(backend, name, "stderr");
  for (const line of stderr.split("\n")) parser.pushStderr?.(line);
  const code = Number(readFileSync(join(GOLDEN, backend, `${name}.exit`), "utf8"));
  const { text, steps } = play(parser, stdout.split("\n"));
  const tools = steps.filter((step) => step.type === "tool_call").length;
  if (code === CUT) return `cut ${JSON.stringify(text.slice(0, 40))}, ${steps.length} steps`;
  const exit = exitOf({ exit_code: code, stderr, stdout_bytes: stdout.length });
  const end = parser.end(exit);
  const outcome = end.ok ? end.value : end.error.partial;
  const parts = [
    end.ok ? "ok" : end.error.failure.kind,
    JSON.stringify((outcome.text ?? text).slice(0, 40)),
    outcome.model ?? "-",
    outcome.usage ? `${outcome.usage.input_tokens}/${outcome.usage.output_tokens}` : "-",
    outcome.cost_usd === null ? "-" : `$${outcome.cost_usd}`,
    `refused:${outcome.refusals?.length ?? "-"}`,
    `tools:${tools}`,
  ];
  if (!end.ok && end.error.failure.http_status !== undefined) parts.push(`http:${end.error.failure.http_status}`);
  return parts.join(" ");
}
