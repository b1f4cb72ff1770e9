// Fake CLIs whose quota is used up, in the words of the real ones.
import type { BuiltInBackend } from "../../src/schema/backend-name.js";
import type { FakeInvocation } from "./fake-clis.js";

/** The wall clock in Tokyo two hours from now: as Claude Code says it, and as we do. */
export function inTwoHours(): { claude: string; ours: string } {
  const moment = new Date(Date.now() + (2 + 9) * 3_600_000);
  const [hours, minutes] = [moment.getUTCHours(), String(moment.getUTCMinutes()).padStart(2, "0")];
  const day = moment.toISOString().slice(0, 10);
  const today = new Date(Date.now() + 9 * 3_600_000).toISOString().slice(0, 10);
  const clock = `${String(hours).padStart(2, "0")}:${minutes}`;
  return {
    claude: `You've hit your session limit · resets ${hours % 12 || 12}:${minutes}${hours < 12 ? "am" : "pm"} (Asia/Tokyo)`,
    ours: day === today ? clock : `${day} ${clock}`,
  };
}

/** Each CLI as it prints that its quota is used up (wordings of claude 2.1, codex 0.27 to 0.46, gemini 0.5x). */
export async function usedUp(cli: FakeInvocation, text?: string): Promise<void> {
  switch (cli.name as BuiltInBackend) {
    case "claude": {
      const words = text ?? inTwoHours().claude;
      await cli.records(
        { type: "system", subtype: "init", session_id: "s", model: "m" },
        { type: "assistant", error: "rate_limit", message: { id: "x", model: "<synthetic>", content: [] } },
        { type: "result", subtype: "success", is_error: true, api_error_status: 429, result: words, session_id: "s" },
      );
      break;
    }
    case "codex": {
      const message =
        text ??
        "You've hit your usage limit. Upgrade to Pro (https://openai.com/chatgpt/pricing) or try again in 5 days 22 hours 11 minutes.";
      await cli.records(
        { type: "thread.started", thread_id: "t" },
        { type: "error", message },
        { type: "turn.failed", error: { message } },
      );
      break;
    }
    case "gemini": {
      const message = "You have exhausted your capacity on this model. Your quota will reset after 1h49m8s.";
      await cli.stderr(`Error when talking to Gemini API TerminalQuotaError: ${message}\n`);
      await cli.records({
        type: "result",
        status: "error",
        error: { type: "Error", message: `[API Error: ${message}]` },
      });
      break;
    }
  }
  cli.exit(1);
}
