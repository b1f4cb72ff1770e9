// The texts that `clinvk init` writes. The configuration is made from its schema, so it names every key.

import { existsSync } from "node:fs";
import { join, relative } from "node:path";
import { pathToFileURL } from "node:url";
import { BACKEND_NAMES, DEFAULT_BACKEND } from "../schema/built-in.js";
import { type Json, jsonSchema } from "../schema/json-schema/json-schema.js";

/** Each perspective for one of the backends, in turn. */
const PERSPECTIVES = [
  {
    id: "architecture",
    name: "Architecture Review",
    prompt: "Review the architecture of this project. Name its three weakest points.",
  },
  {
    id: "performance",
    name: "Performance Analysis",
    prompt: "Find the three worst performance problems of this project.",
  },
  { id: "security", name: "Security Audit", prompt: "Find the three worst security problems of this project." },
];

/**
 * Where a file in `directory` finds the JSON Schema of this installation, so that editors complete keys: a relative path
 * if clinvk is installed in that directory, else a `file:` URL. `undefined` if the schema is not installed.
 */
export function schemaPlace(name: "task-file" | "config", directory: string): string | undefined {
  const path = join(import.meta.dirname, "../../schemas", `${name}.schema.json`);
  if (!existsSync(path)) return undefined;
  const near = relative(directory, path);
  return near.startsWith("..") ? pathToFileURL(path).href : `./${near}`;
}

/** A commented task file for these backends; at least one. `schema` is for editors. */
export function taskFileTemplate(backends: readonly string[], schema: string | undefined): string {
  const tasks = PERSPECTIVES.map((task, index) => {
    const backend = backends[index % backends.length] ?? DEFAULT_BACKEND;
    return `    { "id": "${task.id}", "backend": "${backend}", "name": "${task.name}",\n      "prompt": "${task.prompt}" }`;
  });
  return `// Tasks for clinvk: JSON with comments.
//   clinvk parallel FILE               run them
//   clinvk parallel FILE --dry-run     show the commands only
//   clinvk parallel FILE --offline     try it without an account
{${schema === undefined ? "" : `\n  // Lets editors complete the keys; you may remove it.\n  "$schema": ${JSON.stringify(schema)},\n`}
  // Fields for all tasks that do not have them.
  "defaults": {
    // "workdir": "../another-project",    // where the agents work; if not given, where clinvk is started
    // "model": "balanced",                // fast, balanced, best, or a full name of the backend's
    // "approval_mode": "auto",            // let agents edit files without asking
    "sandbox_mode": "read-only",           // or "workspace" when files are to be changed
    "timeout_seconds": 900                 // per attempt
  },

  // How many run at once; each backend can have a limit of its own.
  "max_parallel": 3,
  // "limits": { "claude": 2 },

  // true: the first failure stops everything.
  "fail_fast": false,

  // One file per answer, and summary.json.
  // "output_dir": "answers",

  // At this cost no new task starts (US dollars).
  // "max_cost_usd": 5,

  "tasks": [
${tasks.join(",\n\n")}
  ]
}
`;
}

/** A configuration in which every key stands as a comment, with what it means. `place` of its schema is for editors. */
export function configTemplate(place: string | undefined): string {
  const schema = jsonSchema("config") as Json;
  return `${place === undefined ? "" : `# yaml-language-server: $schema=${place}\n`}# Configuration of clinvk. Every key is optional; remove the # before the keys that you want, and before the lines
# above them that end in a colon. Values are the defaults where there is one, else examples.
# \`clinvk config show --origin\` prints what is in effect.

${keys(schema, "").join("\n")}
`;
}

function keys(schema: Json, indent: string): string[] {
  const properties = Object.entries((schema.properties ?? {}) as Record<string, Json>);
  return properties
    .filter(([name]) => name !== "$schema")
    .flatMap(([name, property]) => {
      const about = typeof property.description === "string" ? [`#${indent} # ${oneLine(property.description)}`] : [];
      // One built-in backend stands for all of them.
      if (name !== BACKEND_NAMES[0] && (BACKEND_NAMES as readonly string[]).includes(name)) return [];
      const inner = keys(property, `${indent}  `);
      if (inner.length > 0) return [...about, `#${indent} ${name}:`, ...inner, ...(indent === "" ? [""] : [])];
      return [...about, `#${indent} ${name}: ${JSON.stringify(exampleOf(property))}`];
    });
}

function oneLine(text: string): string {
  return text.replaceAll("\n", " ");
}

/** A value that the schema allows: its default, the first of its choices, or a small one of its type. */
function exampleOf(schema: Json): unknown {
  if (schema.default !== undefined) return schema.default;
  const [choice] = (schema.enum ?? []) as unknown[];
  if (choice !== undefined) return choice;
  const [variant] = (schema.anyOf ?? schema.oneOf ?? []) as Json[];
  if (variant !== undefined) return exampleOf(variant);
  switch (schema.type) {
    case "boolean":
      return true;
    case "integer":
    case "number":
      return Math.max(1, Number(schema.minimum ?? 1));
    case "array":
      return [];
    case "object":
      return {};
    default:
      return "…";
  }
}
