// Makes the JSON Schemas (draft 2020-12) of everything that users write or read, for editors and validators.
import * as z from "zod/mini";
import { CUSTOM_NAME } from "../backend-name.js";
import { BACKEND_NAMES } from "../built-in.js";
import { ChainFile } from "../chain.js";
import { Config } from "../config.js";
import { RunEvent } from "../event.js";
import { ChainResult, CompareResult, RunResult } from "../result.js";
import { TaskFile } from "../task-file.js";
import { EVENT_DESCRIPTIONS, FIELD_DESCRIPTIONS } from "./descriptions.js";

export const SCHEMA_NAMES = [
  "task-file",
  "chain-file",
  "config",
  "event",
  "result",
  "chain-result",
  "compare-result",
] as const;
export type SchemaName = (typeof SCHEMA_NAMES)[number];

export type Json = { [key: string]: unknown };

/** The JSON Schema with this name; a new object each time. */
export function jsonSchema(name: SchemaName): object {
  switch (name) {
    case "task-file":
      return taskFileSchema();
    case "chain-file":
      return chainFileSchema();
    case "config":
      return withFreeKeys(
        titled(configSchema(), "clinvk configuration", "Defaults for all runs; every key is optional."),
      );
    case "event":
      return titled(described(generate(RunEvent)), "clinvk run event", "One line of `clinvk parallel --events`.");
    case "result":
      return titled(
        described(generate(RunResult)),
        "clinvk run result",
        "The document of `clinvk parallel --json` and of `summary.json`.",
      );
    case "chain-result":
      return titled(described(generate(ChainResult)), "clinvk chain result", "The document of `clinvk chain --json`.");
    case "compare-result":
      return titled(
        described(generate(CompareResult)),
        "clinvk compare result",
        "The document of `clinvk compare --json`.",
      );
    default:
      throw new Error(`no schema ${name satisfies never}`);
  }
}

/** The JSON Schema of a shape as a user writes it. */
export function generate(schema: z.ZodMiniType): Json {
  return z.toJSONSchema(schema, {
    target: "draft-2020-12",
    io: "input",
    override: ({ jsonSchema }) => {
      // The range of exact numbers does not help a reader.
      if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
      if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum;
      delete jsonSchema.propertyNames;
    },
  });
}

/** Explains each property, and each event by its type; with `keep` a property's own description stays. */
export function described(schema: Json, own: "replace" | "keep" = "replace"): Json {
  const visit = (value: unknown): void => {
    if (typeof value !== "object" || value === null) return;
    const { properties = {} } = value as { properties?: Record<string, Json> };
    const type = String(properties.type?.const);
    for (const [name, property] of Object.entries(properties)) {
      const description = FIELD_DESCRIPTIONS[`${type}.${name}`] ?? FIELD_DESCRIPTIONS[name];
      if (description !== undefined && !(own === "keep" && property.description !== undefined))
        property.description = description;
    }
    const event = EVENT_DESCRIPTIONS[type];
    if (event !== undefined) (value as Json).description = event;
    for (const inner of Object.values(value)) visit(inner);
  };
  visit(schema);
  return schema;
}

/** Backends by name: the built-in ones, and custom ones, which have a command. */
function configSchema(): Json {
  const schema = generate(Config);
  const backends = (schema.properties as Record<string, Json>).backends ?? {};
  const custom = backends.additionalProperties as Json;
  const { command, output, read, offline_env, ...shared } = custom.properties as Json;
  backends.properties = Object.fromEntries(
    BACKEND_NAMES.map((name) => [
      name,
      { ...custom, properties: shared, description: `Defaults for tasks of the built-in backend ${name}.` },
    ]),
  );
  backends.patternProperties = {
    [CUSTOM_NAME.source]: { ...custom, required: ["command"], description: "A custom backend." },
  };
  backends.additionalProperties = false;
  return schema;
}

/** The object of the user guide, or a bare list of tasks. */
function taskFileSchema(): Json {
  const { $schema, ...file } = generate(TaskFile);
  const { properties, task } = withTasks(file, "tasks", "Task");
  const { description } = properties.judge ?? {};
  const blocks = { vote: withFreeKeys(properties.vote ?? {}), judge: { $ref: "#/$defs/task", description } };
  const object = withFreeKeys({ ...file, properties: { ...properties, ...blocks } });
  return titled(
    { $schema, $defs: { task }, anyOf: [object, properties.tasks] },
    "clinvk task file",
    "Tasks for AI CLIs, run at once by `clinvk parallel`: an object with `tasks`, or a list of tasks.",
  );
}

function chainFileSchema(): Json {
  const { $schema, ...file } = generate(ChainFile);
  const { properties, task } = withTasks(file, "steps", "Step");
  return titled(
    { $schema, $defs: { task }, ...withFreeKeys({ ...file, properties }) },
    "clinvk chain file",
    "Steps for AI CLIs, run one after another by `clinvk chain`.",
  );
}

/** The properties of a file with its list of tasks as references to one definition. */
function withTasks(file: Json, list: string, title: string): { properties: Record<string, Json>; task: Json } {
  const properties = file.properties as Record<string, Json>;
  const task = withFreeKeys({
    ...(properties[list]?.items as Json),
    title,
    // A missing backend may come from `defaults`; editors would not explain such a rule well.
    oneOf: [{ required: ["prompt"] }, { required: ["prompt_file"] }],
  });
  const tasks = { ...properties[list], items: { $ref: "#/$defs/task" } };
  const defaults = withFreeKeys(properties.defaults ?? {});
  return { properties: { ...properties, [list]: tasks, defaults }, task };
}

/** Allows `$schema` and keys that begin with `x-` in every object that a user writes. */
function withFreeKeys(schema: Json): Json {
  const $schema = { type: "string", description: "The JSON Schema of this file, for editors." };
  return {
    ...schema,
    properties: { $schema, ...(schema.properties as Json) },
    patternProperties: { "^x-": {} },
  };
}

function titled({ $schema, ...rest }: Json, title: string, description: string): Json {
  return { $schema, title, description, ...rest };
}
