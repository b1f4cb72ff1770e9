// What the records of `codex exec --json` (0.169.0) say: the tool and the subject of an item, and the tokens of a turn.
import type { Task } from "../../schema/task.js";
import type { Usage } from "../../schema/usage.js";
import { type Json, numberAt, objectsAt, textAt } from "../../util/json.js";
import type { ToolCall } from "../shared/backend.js";
import { oneLine, relativePath, toolDetail } from "../shared/one-line.js";

/** The subject of a command that codex's log does not name. */
export const UNNAMED = "a command (codex does not tell which)";

/** The name that the items of the stream have for a tool of the log. */
export function toolName(tool: string): string {
  return tool === "apply_patch" ? tool : "shell";
}

/** Tool and subject of an item; `undefined` for items that are no tool calls. */
export function toolCall(item: Json, workdir: string): ToolCall | undefined {
  const type = textAt(item, "type");
  switch (type) {
    case "command_execution":
      return { tool: "shell", detail: oneLine(shellCommand(textAt(item, "command") ?? "")), shell: true };
    case "file_change": {
      const changes = objectsAt(item, "changes").map((change) => {
        return `${textAt(change, "kind") ?? "change"} ${relativePath(textAt(change, "path") ?? "?", workdir)}`;
      });
      return { tool: "apply_patch", detail: oneLine(changes.join(", ")) };
    }
    case "mcp_tool_call":
      return { tool: textAt(item, "tool") ?? "mcp", detail: toolDetail(item.arguments, workdir) };
    case "web_search":
      return { tool: "web_search", detail: oneLine(textAt(item, "query") ?? "") };
    default:
      return undefined;
  }
}

/** codex shows the whole shell call (0.169.0: `/bin/bash -lc 'echo hi'`); a person wants to see only the command in it. */
export function shellCommand(text: string): string {
  const inner = /^(?:\/\S+\/)?(?:ba|z)?sh -l?c ([\s\S]+)$/.exec(text)?.[1];
  if (inner === undefined) return text;
  const quoted = /^'((?:[^']|'\\'')*)'$/.exec(inner)?.[1];
  if (quoted !== undefined) return quoted.replaceAll("'\\''", "'");
  const double = /^"((?:[^"\\]|\\[\s\S])*)"$/.exec(inner)?.[1];
  return double === undefined ? inner : double.replace(/\\(["\\$`])/g, "$1");
}

/** Subtracts earlier turns: for a resumed thread codex reports the sum over all turns (measured with 0.169.0). */
export function ofThisTurn(sum: Usage | null, { session }: Task): Usage | null {
  const before = session?.resume?.usage;
  if (sum === null || session?.resume === undefined) return sum;
  const less = (key: keyof Usage) => {
    const [now, then] = [sum[key], before?.[key] ?? null];
    return now === null || then === null ? null : Math.max(0, now - then);
  };
  return {
    input_tokens: less("input_tokens"),
    output_tokens: less("output_tokens"),
    cached_tokens: less("cached_tokens"),
    reasoning_tokens: less("reasoning_tokens"),
  };
}

/** `input_tokens` includes the cached ones, `output_tokens` the reasoning, as the service counts them. */
export function usageOf(usage: Json | undefined): Usage | null {
  if (usage === undefined) return null;
  return {
    input_tokens: numberAt(usage, "input_tokens") ?? null,
    output_tokens: numberAt(usage, "output_tokens") ?? null,
    cached_tokens: numberAt(usage, "cached_input_tokens") ?? null,
    reasoning_tokens: numberAt(usage, "reasoning_output_tokens") ?? null,
  };
}
