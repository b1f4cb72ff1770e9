// All backends by name. A new AI CLI is one file beside this one, one line here, and a folder of recordings.
import type { Config } from "../schema/config.js";
import type { BuiltInBackend } from "../schema/task.js";
import { claude } from "./claude/claude.js";
import { codex } from "./codex/codex.js";
import { customBackend } from "./custom/custom.js";
import { gemini } from "./gemini/gemini.js";
import type { Backends, BuiltIn } from "./shared/backend.js";

/** Those that clinvk knows by itself. */
export const backends: Readonly<Record<BuiltInBackend, BuiltIn>> = { claude, codex, gemini };

/** Those and the custom ones of a configuration, by name. */
export function backendsOf({ backends: configured = {} }: Config): Backends {
  const custom = Object.entries(configured).flatMap(([name, own]) =>
    own?.command === undefined ? [] : [customBackend(name, own.command, own)],
  );
  return new Map([...Object.values(backends), ...custom].map((backend) => [backend.name, backend]));
}
