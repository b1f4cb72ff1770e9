// The floors of docs/architecture.md are rules of the linter, one per folder. This proves that each rule fires for every
// folder that it must keep out and for no other, and that src/ and web/ have no circle, types included.
import { spawnSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join, relative, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const repository = resolve(import.meta.dirname, "../..");
const biome = createRequire(import.meta.url).resolve("@biomejs/biome/bin/biome");

/** What each folder of src/ may import, besides itself; the table in docs/architecture.md. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  schema: [],
  util: [],
  redact: [],
  document: ["util"],
  summary: ["schema"],
  process: ["schema", "util"],
  backends: ["schema", "util"],
  config: ["schema", "util", "document"],
  "task-file": ["schema", "util", "document"],
  offline: ["schema", "util", "document"],
  store: ["schema", "util", "document", "summary"],
  reporters: ["schema", "util", "summary"],
  executors: ["schema", "util", "redact", "backends", "process"],
  plan: ["schema", "util", "config", "task-file"],
  engine: ["schema", "util", "plan"],
  app: [
    ...["schema", "util", "redact", "document", "summary", "process", "backends", "config", "task-file", "offline"],
    ...["store", "reporters", "executors", "plan", "engine"],
  ],
  library: [
    ...["schema", "util", "redact", "document", "summary", "process", "backends", "config", "task-file", "offline"],
    ...["store", "reporters", "executors", "plan", "engine", "app"],
  ],
  server: [
    ...["schema", "util", "redact", "document", "summary", "process", "backends", "config", "task-file", "offline"],
    ...["store", "reporters", "executors", "plan", "engine", "app"],
  ],
  cli: [
    ...["schema", "util", "redact", "document", "summary", "process", "backends", "config", "task-file", "offline"],
    ...["store", "reporters", "executors", "plan", "engine", "app", "server"],
  ],
  client: ["schema"],
};

/** Single files of a folder that is closed otherwise. */
const EXCEPTIONS: readonly (readonly [from: string, file: string])[] = [
  ["store", "process/owner"],
  ["executors", "document/json-scanner"],
  ["plan", "document/diagnostics"],
  ["plan", "backends/shared/backend"],
  ["plan", "offline/script"],
  ["engine", "executors/executor"],
];

type Import = readonly [file: string, specifier: string];

const rooms = Object.keys(MAY_IMPORT);
/** Every import of one folder by another, from a file in the folder and from one in a folder inside it. */
const pairs = rooms.flatMap((from) =>
  rooms
    .filter((to) => to !== from)
    .flatMap((to): { allowed: boolean; line: Import }[] => {
      const allowed = MAY_IMPORT[from]?.includes(to) ?? false;
      return [
        { allowed, line: [`src/${from}/x.ts`, `../${to}/y.js`] },
        { allowed, line: [`src/${from}/inner/x.ts`, `../../${to}/y.js`] },
        { allowed, line: [`src/${from}/x.ts`, `../${to}/inner/y.js`] },
      ];
    }),
);

const forbidden: Import[] = [
  ...pairs.filter(({ allowed }) => !allowed).map(({ line }) => line),
  ["src/client/x.ts", "node:fs"],
  ["src/index.ts", "./cli/main.js"],
  ["src/index.ts", "./server/app.js"],
  ["src/cli/x.ts", "../index.js"],
  ["src/cli/commands/x.ts", "../../index.js"],
  ["src/server/x.ts", "../index.js"],
  ["web/main.ts", "node:fs"],
  ["web/main.ts", "../src/document/read-file.js"],
  ...["store", "cli", "engine", "app", "reporters", "process"].map(
    (room): Import => ["web/data/x.ts", `../../src/${room}/y.js`],
  ),
];

const allowed: Import[] = [
  ...pairs.filter((pair) => pair.allowed).map(({ line }) => line),
  ...EXCEPTIONS.map(([from, file]): Import => [`src/${from}/x.ts`, `../${file}.js`]),
  ...rooms.map((room): Import => [`src/${room}/x.ts`, "./y.js"]),
  ...["backends", "server", "cli", "reporters"].map((room): Import => [`src/${room}/inner/x.ts`, "../other/y.js"]),
  ["src/backends/x/y.ts", "../index.js"],
  ["src/config/x.ts", "yaml"],
  ["src/index.ts", "./app/execute.js"],
  ["web/main.ts", "./data/api.js"],
  ["web/main.ts", "preact/hooks"],
  ...[
    "summary/summary",
    "schema/task-file",
    "task-file/task-text",
    "document/diagnostics",
    "util/result",
    "client/client",
  ].map((file): Import => ["web/data/x.ts", `../../src/${file}.js`]),
];

let root: string;
beforeAll(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), "floors-")));
  const config = JSON.parse(readFileSync(join(repository, "biome.json"), "utf8"));
  writeFileSync(join(root, "biome.json"), JSON.stringify({ ...config, $schema: undefined, vcs: undefined }));
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

const DIRS = ["src", "web"];

function write(file: string, content: string): void {
  mkdirSync(dirname(join(root, file)), { recursive: true });
  writeFileSync(join(root, file), content);
}

/** Lints a project that consists of these imports only; returns the imports that the linter names. */
function restricted(imports: readonly Import[], form: (specifier: string) => string): string[] {
  for (const dir of DIRS) rmSync(join(root, dir), { recursive: true, force: true });
  const files = groupByFile(imports);
  for (const [file, entries] of files) write(file, entries.map(([, specifier]) => form(specifier)).join("\n"));
  return [...lint("--only=style/noRestrictedImports").matchAll(/file=([^,]+),line=(\d+)/g)].map((match) => {
    const file = relative(root, match[1] ?? "");
    return `${file} ${files.get(file)?.[Number(match[2]) - 1]?.[1]}`;
  });
}

function lint(...args: string[]): string {
  const dirs = DIRS.filter((dir) => existsSync(join(root, dir)));
  const all = [biome, "lint", ...args, "--max-diagnostics=none", "--reporter=github", ...dirs];
  return spawnSync(process.execPath, all, { cwd: root, encoding: "utf8" }).stdout;
}

function groupByFile(imports: readonly Import[]): Map<string, Import[]> {
  const files = new Map<string, Import[]>();
  for (const entry of imports) files.set(entry[0], [...(files.get(entry[0]) ?? []), entry]);
  return files;
}

const names = (imports: readonly Import[]) => imports.map(([file, specifier]) => `${file} ${specifier}`).sort();

it.each([
  ["import", (specifier: string) => `import { x } from "${specifier}";`],
  ["import type", (specifier: string) => `import type { X } from "${specifier}";`],
  ["import()", (specifier: string) => `void import("${specifier}");`],
  ["export from", (specifier: string) => `export { x } from "${specifier}";`],
])("every crossing of a floor is an error: %s", (_form, form) => {
  expect(restricted(forbidden, form).sort()).toEqual(names(forbidden));
});

it("what the floors allow is no error", () => {
  expect(restricted(allowed, (specifier) => `import { x } from "${specifier}";`)).toEqual([]);
});

it.each(["import", "import type"])("a circle of two files is an error of the linter: %s", (form) => {
  for (const dir of DIRS) rmSync(join(root, dir), { recursive: true, force: true });
  write("src/engine/a.ts", `${form} { B } from "./b.js";\nexport type A = B;\n`);
  write("src/engine/b.ts", `${form} { A } from "./a.js";\nexport type B = A | 1;\n`);
  expect(lint("--only=suspicious/noImportCycles")).toContain("noImportCycles");
});

describe("the tree", () => {
  const files = DIRS.flatMap((dir) =>
    readdirSync(join(repository, dir), { recursive: true, encoding: "utf8" })
      .filter((file) => file.endsWith(".ts"))
      .map((file) => join(dir, file)),
  );
  const text = (file: string) => readFileSync(join(repository, file), "utf8");

  it("has no circle, types included", () => {
    const known = new Set(files);
    const graph = new Map(files.map((file) => [file, importsOf(file).filter((target) => known.has(target))]));
    function importsOf(file: string): string[] {
      return [...text(file).matchAll(/(?:from|import)\s*\(?\s*"(\.[^"]+)"/g)].map(([, specifier]) =>
        join(dirname(file), specifier ?? "").replace(/\.js$/, ".ts"),
      );
    }
    // Files whose imports are all gone are taken away until nothing moves: what is left is a circle, or leads to one.
    for (let size = -1; size !== graph.size; ) {
      size = graph.size;
      for (const [file, targets] of graph) if (!targets.some((target) => graph.has(target))) graph.delete(file);
    }
    expect([...graph.keys()]).toEqual([]);
    expect(files.flatMap(importsOf).length).toBeGreaterThan(1000);
  });

  it("is what docs/architecture.md says", () => {
    const page = text("docs/architecture.md");
    const rows = [...page.matchAll(/^\| (\d|–) \| `([\w-]+)` \| .* \| (.*) \|$/gm)].map(
      ([, floor, room = "", may = ""]) => ({ floor: Number(floor), room, may }),
    );
    const named = (cell: string) => [...cell.matchAll(/`([\w-]+)`/g)].map(([, name = ""]) => name);
    const said = rows.map(({ floor, room, may }): [string, string[]] => {
      const [list = "", ...files] = may.split(", ");
      const below = rows.filter((row) => row.floor < floor && !named(list).includes(row.room)).map((row) => row.room);
      const whole = list.startsWith("all below") ? below : named(list);
      return [room, [...whole, ...named(files.join()).map((name) => `a file of ${name}`)].sort()];
    });
    const exceptions = (room: string) =>
      EXCEPTIONS.filter(([from]) => from === room).map(([, file]) => `a file of ${file.split("/")[0]}`);
    const rules = Object.entries(MAY_IMPORT).map(([room, may]): [string, string[]] => [
      room,
      [...may, ...exceptions(room)].sort(),
    ]);
    expect(Object.fromEntries(said)).toEqual(Object.fromEntries(rules));
    const floorOf = new Map(rows.map(({ floor, room }) => [room, floor]));
    // Each room stands above all that it imports.
    expect(rows.filter(({ floor, may }) => named(may).some((name) => (floorOf.get(name) ?? 0) >= floor))).toEqual([]);
  });

  it("has a folder for every file but the library's door, and a rule for every folder", () => {
    const entries = readdirSync(join(repository, "src"));
    expect(entries.filter((entry) => !statSync(join(repository, "src", entry)).isDirectory())).toEqual(["index.ts"]);
    expect(entries.filter((entry) => entry !== "index.ts").sort()).toEqual([...rooms].sort());
  });

  it("has no file over 300 lines, and few that carry only a line or two", () => {
    const lines = files.map((file) => [file, text(file).trimEnd().split("\n").length] as const);
    expect(lines.filter(([, count]) => count > 300)).toEqual([]);
    expect(lines.filter(([file, count]) => file.startsWith("src") && count < 15).length).toBeLessThan(18);
  });
});
