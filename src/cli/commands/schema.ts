// `clinvk schema NAME`: prints a JSON Schema for editors and validators.
import { jsonSchema, SCHEMA_NAMES, type SchemaName } from "../../schema/json-schema/json-schema.js";
import { nearest } from "../../util/nearest.js";
import { newCommand, parseFlags } from "../commander.js";
import { EXIT } from "../exit-codes.js";
import type { Io } from "../io.js";

export async function run(argv: string[], io: Io): Promise<number> {
  const command = newCommand("schema", io)
    .description("Print a JSON Schema (draft 2020-12).")
    .argument("<name>", SCHEMA_NAMES.join(", "))
    .addHelpText("after", "\nExample:\n  clinvk schema task-file > task-file.schema.json");
  const over = parseFlags(command, argv);
  if (over !== undefined) return over;
  const name = command.processedArgs[0];
  if (!isSchemaName(name)) {
    const near = nearest(name, SCHEMA_NAMES);
    io.stderr(
      `clinvk schema: there is no schema "${name}"${near ? ` — did you mean "${near}"?` : ""}; known are ${SCHEMA_NAMES.join(", ")}\n`,
    );
    return EXIT.invalid;
  }
  io.stdout(`${JSON.stringify(jsonSchema(name), null, 2)}\n`);
  return EXIT.ok;
}

function isSchemaName(name: string): name is SchemaName {
  return (SCHEMA_NAMES as readonly string[]).includes(name);
}
