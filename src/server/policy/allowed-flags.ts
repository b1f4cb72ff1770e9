// Checks the flags of `extra` that a caller passes to a CLI: each must be on the list of its backend, in a spelling
// that has only one meaning for the CLI.
import type { Backend } from "../../backends/shared/backend.js";

/** A flag that is refused: its place in the list and why. */
export interface RefusedFlag {
  index: number;
  message: string;
}

/** Checks a whole list, because values follow their flags. */
export function refusedFlags(extra: readonly string[], allowed: Backend["allowed_flags"] = {}): RefusedFlag[] {
  const refused: RefusedFlag[] = [];
  for (let index = 0; index < extra.length; index++) {
    const arg = extra[index] ?? "";
    const { name, value } = split(arg);
    const pattern = Object.hasOwn(allowed, name) ? allowed[name] : undefined;
    if (pattern === undefined) {
      refused.push({ index, message: `${JSON.stringify(arg)} is no flag that callers may use` });
    } else if (pattern === null) {
      if (value !== undefined) refused.push({ index, message: `${name} takes no value` });
    } else {
      const text = value ?? extra[index + 1];
      if (text === undefined) refused.push({ index, message: `${name} needs a value` });
      else if (!pattern.test(text))
        refused.push({ index, message: `${JSON.stringify(text)} is no value of ${name} that callers may use` });
      if (value === undefined) index += 1;
    }
  }
  return refused;
}

/** `--flag=value`, `-cvalue`, or a flag alone. */
function split(arg: string): { name: string; value?: string } {
  const [, name = arg, value] = /^(--[^=]+)=(.*)$/s.exec(arg) ?? /^(-[A-Za-z])(.+)$/s.exec(arg) ?? [];
  return value === undefined ? { name } : { name, value };
}
