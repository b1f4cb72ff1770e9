// Writes what is made of the source: schemas/*.schema.json and docs/reference/failures.md. `--check` changes nothing and
// fails if a file is out of date.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { jsonSchema, SCHEMA_NAMES } from "../src/schema/json-schema.js";
import { failuresPage } from "./failures-page.js";

const made = new Map(
  SCHEMA_NAMES.map((name) => [`schemas/${name}.schema.json`, `${JSON.stringify(jsonSchema(name), null, 2)}\n`]),
);
made.set("docs/reference/failures.md", failuresPage());

const check = process.argv.includes("--check");
const stale: string[] = [];
for (const [path, text] of made) {
  const file = fileURLToPath(new URL(`../${path}`, import.meta.url));
  if (!check) {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  } else if (current(file) !== text) stale.push(path);
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
