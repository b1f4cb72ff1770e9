// docs/reference/{task-file,chain-file,config,events,result}.md: the JSON Schemas as pages that a person reads.
import { jsonSchema, type SchemaName } from "../src/schema/json-schema/json-schema.js";
import { type JsonSchema, SchemaTables } from "./schema-tables.js";

const schemaOf = (name: SchemaName) => jsonSchema(name) as JsonSchema;

/** By file name in docs/reference. */
export function schemaPages(): Record<string, string> {
  return {
    "task-file.md": taskFilePage(),
    "chain-file.md": chainFilePage(),
    "config.md": configPage(),
    "events.md": eventsPage(),
    "result.md": resultPage(),
  };
}

function page(name: SchemaName, title: string, text: string): string {
  return `<!-- Made by \`npm run gen\` from the schema that \`clinvk schema ${name}\` prints. -->\n\n# ${title}\n\n${text}`;
}

const FREE_KEYS =
  "In every object `$schema` may name the JSON Schema of the file, for editors, and keys that begin with `x-` are yours. Any other key is an error.";

function taskFilePage(): string {
  const { $defs = {}, anyOf = [], description = "" } = schemaOf("task-file");
  const [file = {}] = anyOf;
  const task = $defs.task ?? {};
  const tables = new SchemaTables("###");
  return page(
    "task-file",
    "The task file",
    `${description} The [guide](../guide/parallel.md) tells it step by step.

${FREE_KEYS}

## The file

${tables.table(file, "", ["defaults"])}| \`defaults\` | object | The fields of a [task](#a-task), but \`id\`, \`name\`, \`prompt\` and \`prompt_file\`, for all tasks that do not have them. |

## A task

One of \`prompt\` and \`prompt_file\` is required, and \`backend\` if \`defaults\` does not name one.

${tables.table(task)}
## Nested objects
${tables.rest()}`,
  );
}

function chainFilePage(): string {
  const { description = "", ...file } = schemaOf("chain-file");
  const tables = new SchemaTables("###");
  return page(
    "chain-file",
    "The chain file",
    `${description} The [guide](../guide/chain.md) tells it step by step. A step has the fields of a [task](task-file.md#a-task).

${FREE_KEYS}

${tables
  .table(file, "", ["defaults"])
  .replaceAll(
    "[task](#a-task)",
    "[steps](task-file.md#a-task)",
  )}| \`defaults\` | object | Fields for all steps that do not have them. |
${tables.rest()}`,
  );
}

function configPage(): string {
  const { description = "", ...file } = schemaOf("config");
  const tables = new SchemaTables("##");
  return page(
    "config",
    "The configuration",
    `${description} The [guide](../guide/configuration.md) says where the file is and what wins; \`clinvk init --config\` writes one in which every key
is a comment.

${tables.table(file)}${tables.rest()}`,
  );
}

const OF_EVERY_EVENT = ["v", "seq", "time", "run_id", "type"];

function eventsPage(): string {
  const { oneOf = [], description = "" } = schemaOf("event");
  const tables = new SchemaTables("###");
  const [first = {}] = oneOf;
  const own = Object.keys(first.properties ?? {}).filter((name) => !OF_EVERY_EVENT.includes(name));
  const sections = oneOf.map(
    (event) => `
## \`${event.properties?.type?.const}\`

${event.description ?? ""}

${tables.table(event, String(event.properties?.type?.const), OF_EVERY_EVENT)}`,
  );
  return page(
    "event",
    "Events",
    `${description} The same events are in a run's journal, in the library's \`for await\`, and in the server's event stream. Fields and events may be added
within a version; a reader skips what it does not know.

## Every event

${tables.table(first, "", own).replace("`run_started`", "string")}${sections.join("")}
## Nested objects
${tables.rest()}`,
  );
}

function resultPage(): string {
  const { description = "", ...document } = schemaOf("result");
  const tables = new SchemaTables("##");
  return page(
    "result",
    "Results",
    `${description} Those of \`clinvk chain\` and \`clinvk compare\` differ at the top only: \`clinvk schema chain-result\`, \`clinvk schema compare-result\`.

${tables.table(document)}${tables.rest()}`,
  );
}
