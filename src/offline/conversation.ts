// Separates the user's own text from the context that a CLI adds: the part that is the same in all three protocols.
import type { Conversation } from "./protocol.js";

/** One entry of a conversation, in order. */
export type Entry =
  /** Text blocks in the user's role: the user's text, and context that the CLI added. */
  | { kind: "user"; texts: readonly string[] }
  | { kind: "tool_call"; rule: number | null }
  | { kind: "tool_result" }
  /** Any other output of the model. */
  | { kind: "model" };

/**
 * Finds the last prompt and the entries after it. Drops a block if `isContext` recognises it as the CLI's own. If every block
 * looks like context, the last one is the prompt: a user may well write such a text.
 */
export function readEntries(
  entries: readonly Entry[],
  isContext: (text: string) => boolean,
): Pick<Conversation, "prompt" | "turn" | "step" | "rule"> {
  let prompt: string | undefined;
  let fallback = "";
  let turn = -1;
  let step = 0;
  let rule: number | null = null;
  for (const entry of entries) {
    if (entry.kind === "tool_result") {
      step += 1;
    } else if (entry.kind === "user") {
      const written = entry.texts.filter((text) => !isContext(text));
      if (written.length > 0) {
        prompt = written.join("\n");
        turn += 1;
        step = 0;
        rule = null;
      }
      fallback = entry.texts.at(-1) ?? fallback;
    } else if (entry.kind === "tool_call") {
      rule = entry.rule;
    }
  }
  return { prompt: prompt ?? fallback, turn: Math.max(turn, 0), step, rule };
}
