// What to do about each kind of failure, in half a sentence, for a person.
import type { FailureKind } from "../../schema/failure.js";
import type { BackendName, BuiltInBackend } from "../../schema/task.js";

/** How to log in, per CLI: the command, or the variable for a key. */
const LOGIN: Readonly<Record<BuiltInBackend, string>> = {
  claude: "run `claude` and use /login, or set ANTHROPIC_API_KEY",
  codex: "run `codex login`, or configure a provider with a key in ~/.codex/config.toml",
  gemini: "run `gemini` once and log in, or set GEMINI_API_KEY",
};

function isBuiltIn(backend: BackendName): backend is BuiltInBackend {
  return Object.hasOwn(LOGIN, backend);
}

/** What to do when a task of this backend failed for this reason; `undefined` where there is nothing to advise. */
export function hintFor(kind: FailureKind, backend: BackendName): string | undefined {
  switch (kind) {
    case "not_installed":
      return isBuiltIn(backend)
        ? `run \`clinvk backends install ${backend}\``
        : `check \`backends.${backend}.command\` in the configuration`;
    case "not_authenticated":
      return isBuiltIn(backend)
        ? LOGIN[backend]
        : `log in with the program of ${backend} itself, or set its key in \`backends.${backend}.env\``;
    case "permission_denied":
      return "allow more with `approval_mode` or `sandbox_mode`, or ask for less in the prompt";
    case "rate_limited":
      return "wait a little, or run fewer tasks at once (`--max-parallel`)";
    case "quota_exhausted":
      return "wait for the limit to reset, or use another model or backend";
    case "overloaded":
      return "try again in a few minutes, or use another model";
    case "network":
      return "check the connection, the proxy and the service's status page, then try again";
    case "model_not_found":
      return "check `model`: the name, and that your account may use it";
    case "bad_request":
      return "check the task's `model` and `extra` flags against the CLI's own help";
    case "context_too_long":
      return "shorten the prompt or the piped context, or split the task";
    case "refused":
      return "rephrase the prompt, or use another model";
    case "max_turns":
      return "raise `max_turns`, or split the task";
    case "max_tokens":
      return "raise `max_tokens`, or ask for a shorter answer";
    case "budget_exceeded":
      return "raise the budget, or split the task";
    case "timeout":
    case "stalled":
      return "try again, or allow more time";
    case "crashed":
      return "run the task again with `verbose: true` to see what the CLI prints";
    case "output_invalid":
      return "run it again; if it stays so, look at what the CLI prints with `verbose: true`";
    case "output_limit":
      return "ask for a shorter answer";
    case "schema_invalid":
      return "simplify the schema, or say in the prompt what the answer must look like";
    case "billing":
      return "check credits and spending limits of the account";
    case "update_required":
      return isBuiltIn(backend)
        ? `update the CLI: \`clinvk backends install ${backend}\`, or its own updater`
        : `update the program of ${backend}`;
    case "canceled":
    case "check_failed":
    case "lost":
      return undefined;
    default:
      return kind satisfies never;
  }
}
