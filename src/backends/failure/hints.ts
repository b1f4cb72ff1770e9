// What to do about each kind of failure, in half a sentence, for a person.
import type { FailureKind } from "../../schema/failure.js";
import { KIND_INFO } from "../../schema/failure-kinds/kinds.js";
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
    case "update_required":
      return isBuiltIn(backend)
        ? `update the CLI: \`clinvk backends install ${backend}\`, or its own updater`
        : `update the program of ${backend}`;
    default:
      return KIND_INFO[kind].hint;
  }
}
