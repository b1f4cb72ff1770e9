// `clinvk schema NAME`: prints a JSON Schema for editors and validators.
import { jsonSchema, SCHEMA_NAMES, type SchemaName } from "../../schema/json-schema/json-schema.js";
import { nearest } from "../../util/nearest.js";
import { newCommand, parseFlags } from "../commander.js";
import { EXIT } from "../exit-codes.js";
import type { Io } from "../io.js";
import { fail } from "../refuse.js";

export async function run(argv: string[], io: Io): Promise<number> {
  const command = newCommand("schema", io)
    .description("Print a JSON Schema (draft 2020-12).")
    .argument("<name>", SCHEMA_NAMES.join(", "))
    .addHelpText("after", "\nExample:\n  clinvk schema task-file > task-file.schema.json");
  const over = parseFlags(command, argv, io);
  if (over !== undefined) return over;
  const name = command.processedArgs[0];
  if (!isSchemaName(name)) {
    const near = nearest(name, SCHEMA_NAMES);
    const meant = near === undefined ? "" : ` — did you mean "${near}"?`;
    return fail(io, "clinvk schema", `there is no schema "${name}"${meant}; known: ${SCHEMA_NAMES.join(", ")}`);
  }
  io.stdout(`${JSON.stringify(jsonSchema(name), null, 2)}\n`);
  return EXIT.ok;
}

function isSchemaName(name: string): name is SchemaName {
  return (SCHEMA_NAMES as readonly string[]).includes(name);
}
