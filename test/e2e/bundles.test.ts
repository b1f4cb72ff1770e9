// The built command line: self-contained, and no command loads the code of another.
import { execFileSync, spawnSync } from "node:child_process";
import {
  accessSync,
  constants,
  cpSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, join, resolve } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";

const repository = resolve(import.meta.dirname, "../..");
const { version } = JSON.parse(readFileSync(join(repository, "package.json"), "utf8")) as { version: string };

let root: string;
let clinvk: string;
/** A copy without node_modules beside it: what a bundle does not contain is not there. */
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), "bundles-"));
  cpSync(join(repository, "dist/cli"), join(root, "cli"), { recursive: true });
  clinvk = join(root, "cli/clinvk.cjs");
  writeFileSync(
    join(root, "trace.cjs"),
    "process.on('exit', () => process.stderr.write(Object.keys(require.cache).join('\\n')));",
  );
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

/** The files that a run of the command loads. */
function loadedBy(...args: string[]): string[] {
  const trace = join(root, "trace.cjs");
  return spawnSync(process.execPath, ["--require", trace, clinvk, ...args], { encoding: "utf8" })
    .stderr.split("\n")
    .map((file) => basename(file))
    .filter((file) => file !== "trace.cjs")
    .sort();
}

it("is a program that can be started", () => {
  accessSync(clinvk, constants.X_OK);
  expect(readFileSync(clinvk, "utf8").startsWith("#!/usr/bin/env node\n")).toBe(true);
});

it("knows its version", () => {
  expect(execFileSync(clinvk, ["--version"], { encoding: "utf8" })).toContain(`clinvk ${version}\n`);
});

it("loads the entry point and the one command that is run", () => {
  expect(loadedBy("--version")).toEqual(["clinvk.cjs", "version.cjs"]);
  expect(loadedBy("--help")).toEqual(["clinvk.cjs", "help.cjs"]);
  expect(loadedBy("schema", "config")).toEqual(["clinvk.cjs", "schema.cjs"]);
});

it("has an entry point that holds no library", () => {
  expect(statSync(clinvk).size).toBeLessThan(16 * 1024);
});

it.each(["parallel", "backends", "schema", "offline", "version"])(
  "`clinvk %s --help` works without node_modules",
  (name) => {
    expect(execFileSync(clinvk, [name, "--help"], { encoding: "utf8" })).not.toBe("");
  },
);

it("keeps Node's loader for ES modules out of every start", () => {
  for (const file of readdirSync(join(root, "cli"))) {
    const code = readFileSync(join(root, "cli", file), "utf8");
    // `import(` in a comment or a text is harmless; a call stands after a space, a bracket or an operator.
    const calls = code
      .split("\n")
      .filter((line) => /(^|[\s(=>,;])import\(/.test(line.replace(/\/\/.*|`[^`]*`|"[^"]*"/g, "")));
    expect(calls, file).toEqual([]);
  }
});

it("measures names that are not ASCII, for which a bundle of its own is loaded", () => {
  const tasks = [{ backend: "claude", prompt: "x", name: "grüße 日本", dry_run: true }];
  const input = JSON.stringify({ tasks });
  const env = { PATH: "/usr/bin:/bin", HOME: root, CLINVK_HOME: join(root, "home") };
  const { stdout, stderr, status } = spawnSync(process.execPath, [clinvk, "parallel", "--no-journal"], {
    ...{ input, env, encoding: "utf8" },
  });
  expect([stderr, status]).toEqual(["", 0]);
  expect(stdout).toMatch(/^grüße 日本 +claude +OK/m);
});
