import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { loadConfig } from "../../../../src/config/load.js";
import { formatDiagnostics } from "../../../../src/document/diagnostics.js";
import { EVENT_DESCRIPTIONS, FIELD_DESCRIPTIONS } from "../../../../src/schema/json-schema/descriptions.js";
import { jsonSchema, SCHEMA_NAMES } from "../../../../src/schema/json-schema/json-schema.js";
import { readChainFile } from "../../../../src/task-file/chain-file.js";
import { readTaskFile } from "../../../../src/task-file/task-file.js";

const ROOT = resolve(import.meta.dirname, "../../../..");

interface Schema {
  [key: string]: unknown;
  properties?: Record<string, Schema>;
}

/** Every property of a schema, with where it stands. */
function properties(schema: unknown, at = ""): [string, Schema][] {
  if (typeof schema !== "object" || schema === null) return [];
  const own = Object.entries((schema as Schema).properties ?? {}).map(([name, one]): [string, Schema] => [
    `${at}/${name}`,
    one,
  ]);
  return [...own, ...Object.entries(schema).flatMap(([name, inner]) => properties(inner, `${at}/${name}`))];
}

describe.each(SCHEMA_NAMES)("schema %s", (name) => {
  it("is the committed file", () => {
    const committed = readFileSync(join(ROOT, "schemas", `${name}.schema.json`), "utf8");
    expect(JSON.parse(committed), "run `npm run gen` and commit the result").toEqual(jsonSchema(name));
  });

  it("is draft 2020-12 with a title, and refers only to what it defines", () => {
    const schema = jsonSchema(name) as Schema;
    expect(schema).toMatchObject({
      $schema: "https://json-schema.org/draft/2020-12/schema",
      title: expect.any(String),
    });
    const defined = Object.keys(schema.$defs ?? {}).map((key) => `#/$defs/${key}`);
    const used = [...JSON.stringify(schema).matchAll(/"\$ref":"([^"]+)"/g)].map(([, ref]) => ref);
    expect(defined).toEqual(expect.arrayContaining(used));
  });

  it("explains every property that is no constant", () => {
    const silent = properties(jsonSchema(name)).filter(([, one]) => !one.description && !one.$ref && !one.const);
    expect(silent.map(([path]) => path)).toEqual([]);
  });
});

it("the schema of events explains every type of event", () => {
  const { oneOf } = jsonSchema("event") as { oneOf: Schema[] };
  expect(oneOf.filter((one) => !one.description).map((one) => one.properties?.type)).toEqual([]);
});

it("nothing is explained that does not exist", () => {
  const all = (["event", "result", "chain-result", "compare-result"] as const).flatMap((name) => [
    ...properties(jsonSchema(name)),
  ]);
  const names = new Set(all.map(([path]) => path.split("/").at(-1)));
  const types = new Set(all.map(([, one]) => one.const));
  const unknown = (name: string) => name.split(".").some((part) => !names.has(part) && !types.has(part));
  expect(Object.keys(FIELD_DESCRIPTIONS).filter(unknown)).toEqual([]);
  expect(Object.keys(EVENT_DESCRIPTIONS).filter((type) => !types.has(type))).toEqual([]);
});

describe("the schema of a task file", () => {
  const schema = jsonSchema("task-file") as { $defs: { task: Schema }; anyOf: [Schema, Schema] };

  it("takes an object or a bare list", () => {
    expect(schema.anyOf[0]).toMatchObject({ type: "object", required: ["tasks"], additionalProperties: false });
    expect(schema.anyOf[1]).toMatchObject({ type: "array", minItems: 1, items: { $ref: "#/$defs/task" } });
  });

  it("names the defaults of the user guide", () => {
    const defaults = (one: Schema) =>
      Object.fromEntries(
        Object.entries(one.properties ?? {}).flatMap(([key, { default: value }]) =>
          value === undefined ? [] : [[key, value]],
        ),
      );
    expect(defaults(schema.$defs.task)).toEqual({
      approval_mode: "default",
      sandbox_mode: "default",
      max_turns: 0,
      max_tokens: 0,
      verbose: false,
      dry_run: false,
      extra: [],
      tags: [],
      meta: {},
    });
    expect(defaults(schema.anyOf[0])).toMatchObject({ max_parallel: 3, fail_fast: false, aggregate_output: true });
  });

  it("leaves `$schema` and `x-…` free wherever the reader does", () => {
    for (const one of [schema.anyOf[0], schema.$defs.task, schema.anyOf[0].properties?.defaults]) {
      expect(one).toMatchObject({
        additionalProperties: false,
        patternProperties: { "^x-": {} },
        properties: { $schema: { type: "string" } },
      });
    }
  });

  it("wants a prompt or a file of it", () => {
    expect(schema.$defs.task.oneOf).toEqual([{ required: ["prompt"] }, { required: ["prompt_file"] }]);
  });
});

describe("the examples", () => {
  const examples = join(ROOT, "examples");
  const files = readdirSync(examples).filter((name) => /\.jsonc?$/.test(name));

  it.each(files)("%s is valid, and points an editor to the schema", async (name) => {
    const [kind, read] =
      name === "chain.json" ? (["chain", readChainFile] as const) : (["task", readTaskFile] as const);
    const result = await read({ path: name }, examples);
    expect(formatDiagnostics(result.problems)).toBe("");
    expect(readFileSync(join(examples, name), "utf8")).toContain(`"$schema": "../schemas/${kind}-file.schema.json"`);
  });

  it("config.yaml is a configuration", async () => {
    const result = await loadConfig({ env: {}, cwd: examples, config_flag: "config.yaml" });
    expect(result.ok && result.value.config).toEqual({
      parallel: { max_workers: 5, fail_fast: false, aggregate_output: true },
      backends: { claude: { max_turns: 10 } },
    });
  });
});

/** The pieces of task files that the user guide shows, as it prints them. */
describe("the user guide's snippets", () => {
  it.each([
    [
      "a clear name",
      '{\n  "backend": "claude",\n  "prompt": "Review code",\n  "name": "Architecture Review"  // Clear and descriptive\n}',
    ],
    [
      "tags",
      '{\n  "backend": "claude",\n  "prompt": "Review code",\n  "tags": ["review", "architecture", "sprint-23"]\n}',
    ],
    [
      "the HTTP request's tasks",
      '{"backend": "claude", "prompt": "Review architecture"},\n      {"backend": "codex", "prompt": "Check performance"}',
    ],
  ])("task: %s", async (_name, text) => {
    expect(await readTaskFile({ name: "stdin", text: `[${text}]` }, "/")).toMatchObject({ problems: [] });
  });

  it.each([
    ["all results", '"fail_fast": false  // Get all results even if one fails'],
    ["an output directory", '"output_dir": "./results"  // Save for later analysis'],
  ])("file: %s", async (_name, line) => {
    const text = `{\n  "tasks": [{"backend": "claude", "prompt": "x"}],\n  ${line}\n}`;
    expect(await readTaskFile({ name: "stdin", text }, "/")).toMatchObject({ problems: [] });
  });

  it("every field of a task", async () => {
    const task = {
      backend: "claude",
      prompt: "p",
      workdir: "./",
      model: "claude-opus-4-5-20251101",
      approval_mode: "always",
      sandbox_mode: "read-only",
      max_turns: 0,
      max_tokens: 0,
      system_prompt: "s",
      verbose: false,
      dry_run: false,
      extra: ["--flag"],
      id: "i",
      name: "n",
      tags: ["t"],
      meta: { any: { thing: [1] } },
      output_format: "json",
    };
    const result = await readTaskFile({ name: "value", value: { tasks: [task] } }, "/");
    expect(result.loaded?.file.tasks).toEqual([task]);
  });
});
