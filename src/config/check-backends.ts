// Checks what the schema can't check in the backends of a configuration: whether a name exists, and whether a custom
// backend is complete.

import type { KeyPath, Problem } from "../document/diagnostics.js";
import { noneOf } from "../document/validate.js";
import { CUSTOM_NAME } from "../schema/backend-name.js";
import { BACKEND_NAMES } from "../schema/built-in.js";
import { PLACEHOLDERS } from "../schema/custom-backend.js";
import { isObject } from "../util/json.js";
import { nearest } from "../util/nearest.js";

/** Keys that make, or describe, a custom backend. */
const CUSTOM_KEYS = ["command", "output", "read", "offline_env"];

/** Checks the backends of a configuration. The rest of it need not be valid. */
export function checkBackends(config: unknown): Problem[] {
  if (!isObject(config)) return [];
  const backends = isObject(config.backends) ? config.backends : {};
  const problems = Object.entries(backends).flatMap(([name, own]) => checkBackend(name, isObject(own) ? own : {}));
  const custom = Object.entries(backends).filter(([, own]) => isObject(own) && own.command !== undefined);
  const known = [...new Set<string>([...BACKEND_NAMES, ...custom.map(([name]) => name)])];
  const wanted = config.default_backend;
  if (typeof wanted === "string" && !known.includes(wanted)) {
    problems.push({ path: ["default_backend"], ...noneOf(known, wanted) });
  }
  return problems;
}

function checkBackend(name: string, own: Record<string, unknown>): Problem[] {
  return [
    ...checkKind(name, own),
    ...["env", "offline_env"].flatMap((key) => checkEnv(own[key], ["backends", name, key])),
  ];
}

/** The system takes no other name, and a program would see another variable than is written. */
function checkEnv(env: unknown, path: KeyPath): Problem[] {
  const wrong = Object.keys(isObject(env) ? env : {}).filter((name) => !/^[^=\0]+$/.test(name));
  return wrong.map((name) => ({ path: [...path, name], at: "key", message: "is no name of an environment variable" }));
}

function checkKind(name: string, own: Record<string, unknown>): Problem[] {
  const path: KeyPath = ["backends", name];
  if ((BACKEND_NAMES as readonly string[]).includes(name)) {
    const hint = "a custom backend needs a name of its own";
    return CUSTOM_KEYS.filter((key) => Object.hasOwn(own, key)).map((key) => ({
      path: [...path, key],
      at: "key",
      message: `${name} is built in, and this is for custom backends`,
      hint,
    }));
  }
  if (own.command === undefined) {
    const near = nearest(name, BACKEND_NAMES);
    const hint = near === undefined ? {} : { hint: `did you mean \`${near}\`?` };
    return [{ path, at: "key", message: "is not built in, and has no `command` that makes it a backend", ...hint }];
  }
  if (!CUSTOM_NAME.test(name)) {
    const message =
      "the name of a backend has at most 40 lower-case letters, digits, `_` and `-`, and begins with a letter";
    return [{ path, at: "key", message }];
  }
  return [...checkCommand(own.command, [...path, "command"]), ...checkOutput(own, path)];
}

function checkCommand(command: unknown, path: KeyPath): Problem[] {
  if (!Array.isArray(command) || command.length === 0) return [];
  const problems: Problem[] = [];
  const program: unknown = command[0];
  const wrong = programProblem(program);
  if (wrong !== undefined) problems.push({ path: [...path, 0], ...wrong });
  for (const [index, part] of command.entries()) {
    if (index === 0) continue;
    for (const arg of [part].flat()) {
      if (typeof arg === "string") problems.push(...argumentProblems(arg, [...path, index]));
    }
  }
  return problems;
}

function programProblem(program: unknown): { message: string; hint?: string } | undefined {
  if (Array.isArray(program)) return { message: "the program itself can't be left out, so it stands in no list" };
  if (typeof program !== "string") return undefined;
  if (program.trim() === "") return { message: "the name of the program is empty" };
  if (/^[^/]*\s/.test(program)) {
    return { message: "this is one argument, spaces and all", hint: "write each argument as an entry of its own" };
  }
  // A relative path would mean another program in every directory.
  if (!program.includes("/") || /^~?\//.test(program)) return undefined;
  return { message: "expected a name on PATH, an absolute path, or one that begins with `~/`" };
}

function argumentProblems(arg: string, path: KeyPath): Problem[] {
  return [...arg.matchAll(/\{([a-z_]+)\}/g)].flatMap(([, word = ""]): Problem[] => {
    if ((PLACEHOLDERS as readonly string[]).includes(word)) return [];
    const known = PLACEHOLDERS.map((one) => `{${one}}`).join(", ");
    const near = nearest(word, PLACEHOLDERS);
    const hint = /prompt|stdin/.test(word)
      ? "the prompt goes to the program's stdin: on a command line other users could read it"
      : near === undefined
        ? `known are ${known}`
        : `did you mean \`{${near}}\`?`;
    return [{ path, message: `\`{${word}}\` is not a known placeholder`, hint }];
  });
}

function checkOutput(own: Record<string, unknown>, path: KeyPath): Problem[] {
  const { output = "text", read } = own;
  if (output === "text") {
    if (read === undefined) return [];
    return [{ path: [...path, "read"], at: "key", message: "is for `output: json` and `output: jsonl` only" }];
  }
  if (output !== "json" && output !== "jsonl") return [];
  if (!isObject(read) || read.text === undefined) {
    const message = `\`output: ${output}\` needs \`read.text\`: where in the output the answer is`;
    return [{ path: [...path, "output"], message, hint: "for example `read: {text: choices.0.text}`" }];
  }
  if (output === "jsonl" || read.where === undefined) return [];
  return [{ path: [...path, "read", "where"], at: "key", message: "is for `output: jsonl` only" }];
}
