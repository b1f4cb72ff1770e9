// Gives advice about a failure, in half a sentence for a person: the backend's own advice, or the general one for its kind.
import type { FailureKind } from "../../schema/failure.js";
import { KIND_INFO } from "../../schema/failure-kinds/kinds.js";
import type { Backend } from "../shared/backend.js";

/**
 * The advice for a failure; `undefined` = there is none. `command` starts the backend's program on this machine,
 * `env` is the task's environment.
 */
export function hintFor(
  kind: FailureKind,
  { name, package: pkg, login }: Pick<Backend, "name" | "package" | "login">,
  command: string,
  env?: Readonly<Record<string, string | undefined>>,
): string | undefined {
  switch (kind) {
    case "not_installed":
      return pkg === undefined
        ? `check \`backends.${name}.command\` in the configuration, or install the program`
        : `run \`clinvk backends install ${name}\`, or \`npm install -g ${pkg}\``;
    case "not_authenticated":
      return (
        login?.(command, env) ??
        `log in with the program of ${name} itself, or give it its key: \`backends.${name}.env\`, or \`pass_env\` for a variable of yours`
      );
    case "update_required":
      return pkg === undefined
        ? `update the program of ${name}`
        : `update the CLI: \`clinvk backends install ${name}\`, or its own updater`;
    default:
      return KIND_INFO[kind].hint;
  }
}
