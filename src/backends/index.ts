// Lists all backends by name. To add an AI CLI, add a folder beside this file, its name here and in schema/built-in.ts, and
// a folder of recordings; CONTRIBUTING has the recipe.

import type { BuiltInBackend } from "../schema/backend-name.js";
import type { Config } from "../schema/config.js";
import { claude } from "./claude/claude.js";
import { codex } from "./codex/codex.js";
import { customBackend } from "./custom/custom.js";
import { mergeWords } from "./failure/classify.js";
import { gemini } from "./gemini/gemini.js";
import type { Backends, BuiltIn } from "./shared/backend.js";

/** The built-in backends. */
export const backends: Readonly<Record<BuiltInBackend, BuiltIn>> = { claude, codex, gemini };

const allWords = mergeWords(Object.values(backends).map((backend) => backend.failure_words));

/** The built-in backends and the custom ones of a configuration, by name. */
export function backendsOf({ backends: configured = {} }: Config): Backends {
  const custom = Object.entries(configured).flatMap(([name, own]) =>
    own?.command === undefined ? [] : [customBackend(name, own.command, own, allWords)],
  );
  return new Map([...Object.values(backends), ...custom].map((backend) => [backend.name, backend]));
}
