// JSON Schemas (draft 2020-12) of everything that users write or read, for editors and validators.
import * as z from "zod/mini";
import { Config } from "./config.js";
import { EVENT_DESCRIPTIONS, FIELD_DESCRIPTIONS } from "./descriptions.js";
import { RunEvent } from "./event.js";
import { RunResult } from "./result.js";
import { TaskFile } from "./task.js";

export const SCHEMA_NAMES = ["task-file", "config", "event", "result"] as const;
export type SchemaName = (typeof SCHEMA_NAMES)[number];

type Json = { [key: string]: unknown };

/** The JSON Schema of what the name says; a new object each time. */
export function jsonSchema(name: SchemaName): object {
  switch (name) {
    case "task-file":
      return taskFileSchema();
    case "config":
      return withFreeKeys(
        titled(generate(Config), "clinvk configuration", "Defaults for all runs; every key is optional."),
      );
    case "event":
      return titled(described(generate(RunEvent)), "clinvk run event", "One line of `clinvk parallel --events`.");
    case "result":
      return titled(
        described(generate(RunResult)),
        "clinvk run result",
        "The document of `clinvk parallel --json` and of `summary.json`.",
      );
    default:
      throw new Error(`no schema ${name satisfies never}`);
  }
}

function generate(schema: z.ZodMiniType): Json {
  return z.toJSONSchema(schema, {
    target: "draft-2020-12",
    io: "input",
    override: ({ jsonSchema }) => {
      // The range in which numbers are exact says nothing to a reader.
      if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
      if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum;
      delete jsonSchema.propertyNames;
    },
  });
}

/** Explains each property that does not explain itself, and each event by its type. */
function described(schema: Json): Json {
  const visit = (value: unknown): void => {
    if (typeof value !== "object" || value === null) return;
    const { properties = {} } = value as { properties?: Record<string, Json> };
    for (const [name, property] of Object.entries(properties)) {
      const description = FIELD_DESCRIPTIONS[name];
      if (description !== undefined) property.description = description;
    }
    const event = EVENT_DESCRIPTIONS[String(properties.type?.const)];
    if (event !== undefined) (value as Json).description = event;
    for (const inner of Object.values(value)) visit(inner);
  };
  visit(schema);
  return schema;
}

/** The object of the user guide, or a bare list of tasks. */
function taskFileSchema(): Json {
  const { $schema, ...file } = generate(TaskFile);
  const properties = file.properties as Record<string, Json>;
  const task = withFreeKeys({
    ...(properties.tasks?.items as Json),
    title: "Task",
    // A missing backend may come from `defaults`: no schema can say so in a way that editors explain well.
    oneOf: [{ required: ["prompt"] }, { required: ["prompt_file"] }],
  });
  const tasks = { ...properties.tasks, items: { $ref: "#/$defs/task" } };
  const object = withFreeKeys({
    ...file,
    properties: { ...properties, tasks, defaults: withFreeKeys(properties.defaults ?? {}) },
  });
  return titled(
    { $schema, $defs: { task }, anyOf: [object, tasks] },
    "clinvk task file",
    "Tasks for AI CLIs, run at once by `clinvk parallel`: an object with `tasks`, or a list of tasks.",
  );
}

/** `$schema` and keys that begin with `x-` may stand in every object that is a user's to write. */
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
