// The bodies of requests as a caller has to write them: the JSON Schemas of the files that the command line reads, less what is
// refused over HTTP, and in words that fit a server.
import type { Json } from "./json-schema.js";

/** What means something else, or nothing, over HTTP; by the field's name. */
const OVER_HTTP: Readonly<Record<string, string>> = {
  workdir:
    "Working directory: an absolute path inside one that the server allows. If not given, it is the directory in which the server was started.",
  verbose: "Keep the agent's steps among the run's events.",
  dry_run: "Answer with the commands; start nothing.",
  extra: "Flags for the backend's CLI; the server allows a few.",
  mcp: "`true` is refused over HTTP.",
  output_dir: "Refused over HTTP: the answers are under `/api/v1/runs`.",
  aggregate_output: "Accepted and ignored over HTTP.",
  output_format: "Accepted and ignored.",
};

/** What descriptions say of the command line besides: of no use over HTTP. */
const COMMAND_LINE = /,? (?:by `clinvk \w+`|and for `--tags`)/;

/** A request's schema, made from the one of the same file or body on the command line. */
export function requestSchema(schema: Json): Json {
  const { default: preset, oneOf, ...rest } = schema;
  // A generator of types makes a field with a default a required one.
  const told = preset === undefined || isEmpty(preset) ? [] : [`Default: ${JSON.stringify(preset)}.`];
  const words = [schema.description, ...told].filter((text) => typeof text === "string");
  const description = words.join(" ").replace(COMMAND_LINE, "");
  const entries = Object.entries(rest).map(([key, value]) => [key, inner(key, value)] as const);
  const made: Json = { ...Object.fromEntries(entries), ...(description === "" ? {} : { description }) };
  if (oneOf === undefined) return made;
  if (!JSON.stringify(oneOf).includes("prompt_file")) return { ...made, oneOf: inner("oneOf", oneOf) };
  // A task: callers name no files, so it has to have a prompt.
  const { prompt_file: _, backend, ...properties } = made.properties as Record<string, Json>;
  const needed = `${backend?.description} Required, unless \`defaults\` names one.`;
  return {
    ...made,
    properties: { backend: { ...backend, description: needed }, ...properties },
    required: ["prompt"],
  };
}

function inner(key: string, value: unknown): unknown {
  if (Array.isArray(value)) return value.map((item) => (isSchema(item) ? requestSchema(item) : item));
  if (!isSchema(value)) return value;
  if (key === "const") return value;
  if (key !== "properties" && key !== "patternProperties" && key !== "$defs") return requestSchema(value);
  return Object.fromEntries(
    Object.entries(value).map(([name, property]) => {
      if (!isSchema(property)) return [name, property];
      const description = key === "properties" ? OVER_HTTP[name] : undefined;
      return [name, requestSchema(description === undefined ? property : { ...property, description })];
    }),
  );
}

function isSchema(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isEmpty(value: unknown): boolean {
  return typeof value === "object" && value !== null && Object.keys(value).length === 0;
}
