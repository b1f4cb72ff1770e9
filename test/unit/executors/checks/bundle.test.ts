// The judge's thread is started from source text: this guards that the text still works after bundling, and that an
// idle thread does not keep the program alive.
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import * as esbuild from "esbuild";
import { afterAll, beforeAll, expect, it } from "vitest";

const repository = resolve(import.meta.dirname, "../../../..");
const program = `
  import { regexProblem, search } from "./src/executors/checks/pattern.js";
  import { schemaProblem, validateAnswer } from "./src/executors/checks/output-schema.js";
  const signal = new AbortController().signal;
  Promise.all([
    search("b", { content: "abc" }, signal),
    schemaProblem({ type: "nothing" }),
    validateAnswer({ type: "object", required: ["a"] }, { text: '{"a":1}' }),
  ]).then((results) => console.log(JSON.stringify(results)));
`;

let dir: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), "bundle-"));
  symlinkSync(join(repository, "node_modules"), join(dir, "node_modules"));
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

it.each([
  ["cjs", { define: { "import.meta.dirname": "__dirname" }, supported: { "dynamic-import": false } }],
  ["mjs", { packages: "external" }],
] as const)("works from a bundle: %s", async (ending, options) => {
  const outfile = join(dir, `program.${ending}`);
  await esbuild.build({
    stdin: { contents: program, resolveDir: repository, loader: "ts" },
    outfile,
    bundle: true,
    platform: "node",
    target: "node20",
    minifySyntax: true,
    format: ending === "cjs" ? "cjs" : "esm",
    ...options,
  });
  const printed = execFileSync(process.execPath, [outfile], { encoding: "utf8", env: {} });
  expect(JSON.parse(printed)).toEqual([
    { ok: true, value: true },
    expect.stringContaining("/type must be"),
    { ok: true, value: { a: 1 } },
  ]);
});
