// Plays single records through a parser with a clock that stands still.

import { claudeParser } from "../../../src/backends/claude/claude-parser.js";
import { codexParser } from "../../../src/backends/codex/codex-parser.js";
import type { Clock } from "../../../src/backends/failure/failures.js";
import { geminiParser } from "../../../src/backends/gemini/gemini-parser.js";
import type { Exit } from "../../../src/backends/shared/backend.js";
import type { BuiltInBackend } from "../../../src/schema/backend-name.js";
import type { Task } from "../../../src/schema/task.js";
import { exitOf, play } from "./recordings.js";
import { taskFor } from "./tasks.js";

const clock: Clock = () => ({ now: new Date("2026-07-13T06:41:00Z"), time_zone: "UTC" });
const PARSERS = { claude: claudeParser, codex: codexParser, gemini: geminiParser };

/** Plays records and ends the process. */
export function run(
  backend: BuiltInBackend,
  records: readonly unknown[],
  exit: Partial<Exit> = {},
  fields: Partial<Task> = {},
) {
  const parser = PARSERS[backend](taskFor(backend, fields), clock);
  const lines = records.map((record) => (typeof record === "string" ? record : JSON.stringify(record)));
  const { text, steps } = play(parser, lines);
  const end = parser.end(exitOf(exit));
  const outcome = end.ok ? end.value : end.error.partial;
  return { steps, content: outcome.text ?? text, outcome, failure: end.ok ? undefined : end.error.failure };
}

/** A complete, good run of each CLI. */
export const GOOD: Record<BuiltInBackend, unknown[]> = {
  claude: [
    { type: "assistant", message: { id: "m", model: "c", content: [{ type: "text", text: "yes" }] } },
    { type: "result", subtype: "success", is_error: false, num_turns: 1, result: "yes" },
  ],
  codex: [
    { type: "item.completed", item: { type: "agent_message", text: "yes" } },
    { type: "turn.completed", usage: { input_tokens: 1, output_tokens: 2 } },
  ],
  gemini: [
    { type: "message", role: "assistant", content: "yes", delta: true },
    { type: "result", status: "success", stats: { input_tokens: 1, models: { m: { output_tokens: 2 } } } },
  ],
};
