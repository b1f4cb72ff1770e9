// Writes schemas/*.schema.json from the schemas in src/; `--check` changes nothing and fails if a file is out of date.
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { jsonSchema, SCHEMA_NAMES } from "../src/schema/json-schema.js";

const check = process.argv.includes("--check");
const stale: string[] = [];
for (const name of SCHEMA_NAMES) {
  const file = fileURLToPath(new URL(`../schemas/${name}.schema.json`, import.meta.url));
  const text = `${JSON.stringify(jsonSchema(name), null, 2)}\n`;
  if (!check) writeFileSync(file, text);
  else if (current(file) !== text) stale.push(`schemas/${name}.schema.json`);
}
if (stale.length > 0) {
  console.error(`${stale.join(", ")} out of date: run \`npm run gen\` and commit the result`);
  process.exitCode = 1;
}

function current(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
}
