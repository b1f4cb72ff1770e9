// A JSON Schema as Markdown: a table per object, each nested object under a heading of its own. Reads what
// src/schema/json-schema.ts makes, not every schema there is.

export interface JsonSchema {
  title?: string;
  description?: string;
  type?: string | string[];
  const?: unknown;
  enum?: unknown[];
  default?: unknown;
  minimum?: number;
  exclusiveMinimum?: number;
  maximum?: number;
  properties?: Record<string, JsonSchema>;
  patternProperties?: Record<string, JsonSchema>;
  additionalProperties?: JsonSchema | false;
  required?: string[];
  items?: JsonSchema;
  anyOf?: JsonSchema[];
  oneOf?: JsonSchema[];
  $ref?: string;
  $defs?: Record<string, JsonSchema>;
}

/** More values than a cell of a table holds; the only such list is that of the failure kinds. */
const MANY_VALUES = 12;

export class SchemaTables {
  readonly #prefix: string;
  readonly #sections: string[] = [];
  /** Heading of each object that has a table, by its schema: the same object is shown once. */
  readonly #headings = new Map<string, string>();

  /** `prefix` = that of the headings. */
  constructor(prefix: "##" | "###") {
    this.#prefix = prefix;
  }

  /** The table of an object's properties; what is nested in it is kept for `rest()`. `skip` = properties to leave out. */
  table(schema: JsonSchema, path = "", skip: readonly string[] = []): string {
    const named = Object.entries(schema.properties ?? {}).filter(
      ([name]) => name !== "$schema" && !skip.includes(name),
    );
    const free = Object.entries(schema.patternProperties ?? {}).filter(([pattern]) => pattern !== "^x-");
    const rows = [...named, ...free.map(([, property]) => ["NAME", property] as const)].map(([name, property]) => {
      const must = schema.required?.includes(name) ? ", required" : "";
      const type = this.#type(property, path === "" ? name : `${path}.${name}`);
      return `| \`${name}\` | ${type}${must} | ${cell(about(property))} |\n`;
    });
    return `| field | type | |\n|---|---|---|\n${rows.join("")}`;
  }

  /** The tables of all objects that were met on the way, in that order. */
  rest(): string {
    return this.#sections.join("");
  }

  #type(schema: JsonSchema, path: string): string {
    // The only definition that a file has is that of a task.
    if (schema.$ref) return "[task](#a-task)";
    if (schema.const !== undefined) return code(schema.const);
    if (schema.enum) return values(schema.enum);
    const variants = schema.anyOf ?? schema.oneOf;
    // A backend's name: one of the known, or what a pattern allows.
    if (variants?.some((one) => !one.type && !one.$ref)) return "string";
    if (variants) {
      const objects = variants.filter((one) => one.properties);
      const many = objects.length > 1;
      return variants
        .map((one) => this.#type(one, many && one.properties ? `${path} (${kindOf(one)})` : path))
        .join(" or ");
    }
    if (Array.isArray(schema.type)) return schema.type.join(" or ");
    if (schema.type === "array") return `list of ${schema.items ? this.#type(schema.items, `${path}[]`) : "anything"}`;
    if (schema.type !== "object") return schema.type ?? "anything";
    if (schema.properties) return this.#object(schema, path);
    const inner = schema.additionalProperties || Object.values(schema.patternProperties ?? {})[0];
    if (!inner || Object.keys(inner).length === 0) return "object";
    return `object of ${this.#type(inner, `${path}.NAME`)}`;
  }

  /** A link to the object's table, which is made when it is met for the first time. */
  #object(schema: JsonSchema, path: string): string {
    const key = JSON.stringify(schema.properties);
    const known = this.#headings.get(key);
    if (known === undefined) {
      this.#headings.set(key, path);
      const place = this.#sections.push("") - 1;
      const intro = schema.description === undefined ? "" : `${schema.description}\n\n`;
      this.#sections[place] = `\n${this.#prefix} \`${path}\`\n\n${intro}${this.table(schema, path)}`;
    }
    return `[object](#${slug(known ?? path)})`;
  }
}

/** As GitHub makes the anchors of headings. */
export function slug(heading: string): string {
  return heading
    .toLowerCase()
    .replaceAll(/[^\w\- ]/g, "")
    .replaceAll(" ", "-");
}

/** The word that tells variants of an object apart: the value of its first constant. */
function kindOf(schema: JsonSchema): string {
  const constant = Object.values(schema.properties ?? {}).find((one) => one.const !== undefined)?.const;
  return String(constant ?? "object");
}

/** Description, range and default. */
function about(schema: JsonSchema): string {
  const { description = "", minimum, exclusiveMinimum, maximum } = schema;
  return [
    description,
    minimum === undefined ? "" : `At least ${minimum}.`,
    exclusiveMinimum === undefined ? "" : `More than ${exclusiveMinimum}.`,
    maximum === undefined ? "" : `At most ${maximum}.`,
    schema.default === undefined ? "" : `Default: ${code(schema.default)}.`,
  ]
    .filter((part) => part !== "")
    .join(" ");
}

function values(all: readonly unknown[]): string {
  return all.length > MANY_VALUES ? "a [kind of failure](failures.md)" : all.map(code).join(" · ");
}

function code(value: unknown): string {
  return `\`${typeof value === "string" && value !== "" ? value : JSON.stringify(value)}\``;
}

/** Text for a cell of a table. */
export function cell(text: string): string {
  return text.replaceAll("|", "\\|").replaceAll("\n", " ");
}
