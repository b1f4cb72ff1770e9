// The table in docs/guide/backends.md that says how each task field is passed on, from the backends themselves.

import { backends } from "../src/backends/index.js";
import type { OptionalField, Support } from "../src/backends/shared/backend.js";
import { BACKEND_NAMES, BUILT_IN } from "../src/schema/built-in.js";
import { cell } from "./schema-tables.js";

const TABLES = /(<!-- made from the backends -->\n).*?(<!-- end -->)/s;
const LEVELS: Record<Support["level"], string> = { full: "", partial: "in part: ", none: "no: " };

/** The page with its tables made anew. */
export function withBackendTables(page: string): string {
  return page.replace(TABLES, (_, head: string, end: string) => `${head}${tables()}${end}`);
}

function tables(): string {
  const fields = Object.keys(backends.claude.support) as OptionalField[];
  const rows = fields.map((field) => {
    const cells = BACKEND_NAMES.map((name) => {
      const { level, note } = backends[name].support[field];
      return cell(`${LEVELS[level]}${note}`);
    });
    return `| \`${field}\` | ${cells.join(" | ")} |\n`;
  });
  const tested = BACKEND_NAMES.map((name) => `\`${BUILT_IN[name].package}\` ${BUILT_IN[name].tested_version}`);
  return `| | ${BACKEND_NAMES.join(" | ")} |
|---|---|---|---|
| tested | ${tested.join(" | ")} |
${rows.join("")}`;
}
