// Writes what is made of the source: schemas/*.schema.json, docs/reference/*.md, the frames in docs/guide/watch.md
// and the table in docs/guide/backends.md. `--check` changes nothing and fails if a file is out of date.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { jsonSchema, SCHEMA_NAMES } from "../src/schema/json-schema/json-schema.js";
import { withBackendTables } from "./backends-page.js";
import { commandsPage } from "./commands-page.js";
import { failuresPage } from "./failures-page.js";
import { httpPage } from "./http-page.js";
import { withFrames } from "./live-frames.js";
import { schemaPages } from "./schema-pages.js";

const made = new Map(
  SCHEMA_NAMES.map((name) => [`schemas/${name}.schema.json`, `${JSON.stringify(jsonSchema(name), null, 2)}\n`]),
);
const reference = {
  ...schemaPages(),
  "failures.md": failuresPage(),
  "commands.md": await commandsPage(),
  "http.md": httpPage(),
};
for (const [name, text] of Object.entries(reference)) made.set(`docs/reference/${name}`, text);
for (const [page, refresh] of [
  ["docs/guide/watch.md", withFrames],
  ["docs/guide/backends.md", withBackendTables],
] as const)
  made.set(page, refresh(current(fileOf(page)) ?? ""));

const check = process.argv.includes("--check");
const stale: string[] = [];
for (const [path, text] of made) {
  const file = fileOf(path);
  if (!check) {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  } else if (current(file) !== text) stale.push(path);
}
if (stale.length > 0) {
  console.error(`${stale.join(", ")} out of date: run \`npm run gen\` and commit the result`);
  process.exitCode = 1;
}

function fileOf(path: string): string {
  return fileURLToPath(new URL(`../${path}`, import.meta.url));
}

function current(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
}
