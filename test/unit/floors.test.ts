// The floors of docs/architecture.md are rules of the linter: this proves that each of them fires, and only where it should.
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join, relative, resolve } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";

const repository = resolve(import.meta.dirname, "../..");
const biome = createRequire(import.meta.url).resolve("@biomejs/biome/bin/biome");

const forbidden: [file: string, specifier: string][] = [
  ["src/schema/task.ts", "../util/result.js"],
  ["src/util/result.ts", "../schema/task.js"],
  ["src/util/result.ts", "../config.js"],
  ["src/backends/claude.ts", "../process/child.js"],
  ["src/backends/claude.ts", "../summary.js"],
  ["src/process/child.ts", "../backends/backend.js"],
  ["src/offline/server.ts", "../backends/index.js"],
  ["src/reporters/text.ts", "../store/journal.js"],
  ["src/reporters/text.ts", "../plan.js"],
  ["src/store/journal.ts", "../reporters/reporter.js"],
  ["src/config.ts", "./task-file.js"],
  ["src/task-file.ts", "./plan.js"],
  ["src/summary.ts", "./backends/backend.js"],
  ["src/executors/local.ts", "../run.js"],
  ["src/executors/local.ts", "../reporters/text.js"],
  ["src/executors/expect/check.ts", "../../run.js"],
  ["src/executors/expect/check.ts", "../../store/store.js"],
  ["src/backends/claude/parser.ts", "../../process/child.js"],
  ["src/reporters/text/table.ts", "../../plan.js"],
  ["src/run.ts", "./executors/local.js"],
  ["src/run.ts", "./backends/claude.js"],
  ["src/run.ts", "./process/child.js"],
  ["src/plan.ts", "./backends/index.js"],
  ["src/plan.ts", "./compose.js"],
  ["src/plan.ts", "./prepare.js"],
  ["src/scheduler.ts", "./cli/io.js"],
  ["src/compose.ts", "./cli/io.js"],
  ["src/prepare.ts", "./cli/io.js"],
  ["src/compare.ts", "./cli/io.js"],
  ["src/relay.ts", "./compare.js"],
  ["src/relay.ts", "./prompt-session.js"],
  ["src/prompt-session.ts", "./cli/io.js"],
  ["src/client.ts", "./plan.js"],
  ["src/client/calls.ts", "../util/result.js"],
  ["src/client/follow.ts", "node:fs"],
  ["src/index.ts", "./cli/main.js"],
  ["src/cli/main.ts", "../index.js"],
  ["src/server/app.ts", "../cli/io.js"],
  ["src/server/routes/runs.ts", "../../cli/io.js"],
  ["src/server/app.ts", "../index.js"],
  ["web/main.ts", "../src/run.js"],
  ["web/main.ts", "../src/util/read-text.js"],
  ["web/data/run-model.ts", "../../src/store/store.js"],
  ["web/data/run-model.ts", "../../src/cli/main.js"],
  ["web/pages/run.ts", "node:fs"],
  ["src/cli/commands/parallel.ts", "../../index.js"],
  ["src/server/app.ts", "../index.js"],
  ["src/run.ts", "./server/app.js"],
  ["src/compose.ts", "./server/app.js"],
  ["src/telemetry/metrics.ts", "../server/app.js"],
  ["src/telemetry/metrics.ts", "../plan.js"],
];

const allowed: [file: string, specifier: string][] = [
  ["src/schema/config.ts", "./task.js"],
  ["src/backends/claude.ts", "./backend.js"],
  ["src/backends/claude.ts", "../schema/failure.js"],
  ["src/process/child.ts", "node:child_process"],
  ["src/reporters/text.ts", "../summary.js"],
  ["src/reporters/json.ts", "../documents.js"],
  ["src/store/journal.ts", "../util/result.js"],
  ["src/config.ts", "./schema/config.js"],
  ["src/config.ts", "yaml"],
  ["src/executors/local.ts", "../backends/backend.js"],
  ["src/executors/local.ts", "../process/child.js"],
  ["src/executors/expect/check.ts", "../executor.js"],
  ["src/executors/expect/check.ts", "../../schema/task.js"],
  ["src/executors/expect/check.ts", "../../backends/backend.js"],
  ["src/backends/claude/parser.ts", "../backend.js"],
  ["src/reporters/text/table.ts", "../../summary.js"],
  ["src/run.ts", "./scheduler.js"],
  ["src/run.ts", "./summary.js"],
  ["src/run.ts", "./executors/executor.js"],
  ["src/plan.ts", "./backends/backend.js"],
  ["src/plan.ts", "./config.js"],
  ["src/compose.ts", "./executors/local.js"],
  ["src/prepare.ts", "./backends/index.js"],
  ["src/compare.ts", "./executors/locate.js"],
  ["src/index.ts", "./compose.js"],
  ["src/cli/commands/backends.ts", "../../backends/index.js"],
  ["src/cli/commands/parallel.ts", "../../compose.js"],
  ["src/cli/commands/serve.ts", "../../server/serve.js"],
  ["src/server/run-manager.ts", "../compose.js"],
  ["src/server/routes/parallel.ts", "../route.js"],
  ["src/telemetry/metrics.ts", "../schema/event.js"],
  ["src/cli/main.ts", "./commands/parallel.js"],
  ["src/cli/commands/serve.ts", "../../server/serve.js"],
  ["src/server/app.ts", "../compose.js"],
  ["web/main.ts", "./data/api.js"],
  ["web/main.ts", "../src/summary.js"],
  ["web/data/check.ts", "../../src/schema/task.js"],
  ["web/data/check.ts", "../../src/task-file/task-text.js"],
  ["web/pages/run.ts", "preact/hooks"],
];

const DIRS = ["src", "web"];

let root: string;
beforeAll(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), "floors-")));
  const config = JSON.parse(readFileSync(join(repository, "biome.json"), "utf8"));
  writeFileSync(join(root, "biome.json"), JSON.stringify({ ...config, $schema: undefined, vcs: undefined }));
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

function write(file: string, content: string): void {
  mkdirSync(dirname(join(root, file)), { recursive: true });
  writeFileSync(join(root, file), content);
}

/** Lints a project that consists of these imports only; returns the imports that the linter names. */
function restricted(imports: typeof forbidden, form: (specifier: string) => string): string[] {
  for (const dir of DIRS) rmSync(join(root, dir), { recursive: true, force: true });
  const files = groupByFile(imports);
  for (const [file, entries] of files) write(file, entries.map(([, specifier]) => form(specifier)).join("\n"));
  const args = [
    biome,
    "lint",
    "--only=style/noRestrictedImports",
    "--max-diagnostics=none",
    "--reporter=github",
    ...DIRS.filter((dir) => existsSync(join(root, dir))),
  ];
  const { stdout } = spawnSync(process.execPath, args, { cwd: root, encoding: "utf8" });
  return [...stdout.matchAll(/file=([^,]+),line=(\d+)/g)].map((match) => {
    const file = relative(root, match[1] ?? "");
    return `${file} ${files.get(file)?.[Number(match[2]) - 1]?.[1]}`;
  });
}

function groupByFile(imports: typeof forbidden): Map<string, typeof forbidden> {
  const files = new Map<string, typeof forbidden>();
  for (const entry of imports) files.set(entry[0], [...(files.get(entry[0]) ?? []), entry]);
  return files;
}

const names = (imports: typeof forbidden) => imports.map(([file, specifier]) => `${file} ${specifier}`).sort();

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

it("a cycle between modules is an error", () => {
  rmSync(join(root, "src"), { recursive: true, force: true });
  write("src/run.ts", 'import { b } from "./scheduler.js";\nexport const a = () => b;\n');
  write("src/scheduler.ts", 'import { a } from "./run.js";\nexport const b = () => a;\n');
  const lint = () =>
    execFileSync(process.execPath, [biome, "lint", "src"], { cwd: root, encoding: "utf8", stdio: "pipe" });
  expect(lint).toThrow(/noImportCycles/);
});
