// The folder examples/, as a reader has it.
import { cpSync, existsSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Workspace } from "./clinvk.js";

export const EXAMPLES = resolve(import.meta.dirname, "../../examples");

/** A copy of the examples that a test may write into. */
export function copyExamples(into: Workspace): string {
  const copy = join(into.dir, "examples");
  cpSync(EXAMPLES, copy, { recursive: true });
  if (!["/usr/bin/jq", "/bin/jq"].some((path) => existsSync(path))) {
    const standIn = resolve(import.meta.dirname, "jq.mjs");
    writeFileSync(join(into.dir, "bin", "jq"), `#!/bin/sh\nexec node '${standIn}' "$@"\n`, { mode: 0o755 });
  }
  return copy;
}
