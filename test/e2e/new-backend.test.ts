// The recipe for a new backend in CONTRIBUTING.md, followed to the letter in a copy of the source: it compiles, and a task
// runs on the new CLI. A step that the page forgets fails here.
import { execFile } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { promisify } from "node:util";
import { build } from "esbuild";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { RunResult } from "../../src/schema/result.js";

const repository = resolve(import.meta.dirname, "../..");
const run = promisify(execFile);

let copy: string;
beforeAll(() => {
  copy = mkdtempSync(join(tmpdir(), "clinvk-recipe-"));
  for (const name of ["src", "scripts", "docs", "schemas", "package.json", "tsconfig.json", "test/golden/live-view"])
    cpSync(join(repository, name), join(copy, name), { recursive: true });
  symlinkSync(join(repository, "node_modules"), join(copy, "node_modules"));
});
afterAll(() => rmSync(copy, { recursive: true, force: true }));

interface Block {
  language: string;
  lines: string[];
}

/** The blocks of code in a section, without the indentation of the list that they stand in. */
function blocksIn(section: string): Block[] {
  const page = readFileSync(join(repository, "CONTRIBUTING.md"), "utf8");
  const [, text = ""] = page.split(`## ${section}\n`);
  const [own = ""] = text.split(/^## /m);
  return [...own.matchAll(/^ *```(\w+)\n([\s\S]*?)^ *```$/gm)].map(([, language = "", body = ""]) => ({
    language,
    lines: body
      .trimEnd()
      .split("\n")
      .map((line) => line.slice(3)),
  }));
}

/** Puts a change of a few lines into a file: what is there must be there once. */
function change([file = "", ...lines]: string[]): void {
  const path = join(copy, file);
  for (const hunk of lines.join("\n").split(/^@@\n/m).slice(1)) {
    const marked = hunk.trimEnd().split("\n");
    const side = (mark: string) =>
      marked
        .filter((line) => line[0] !== mark)
        .map((line) => `${line.slice(1)}\n`)
        .join("");
    const parts = readFileSync(path, "utf8").split(side("+"));
    expect(parts, `${file} has once:\n${side("+")}`).toHaveLength(2);
    writeFileSync(path, parts.join(side("-")));
  }
}

async function follow({ language, lines }: Block): Promise<void> {
  if (language === "diff") change(lines);
  else if (language === "ts") {
    const [, file = ""] = /^\/\/ (\S+)$/.exec(lines[0] ?? "") ?? [];
    mkdirSync(dirname(join(copy, file)), { recursive: true });
    writeFileSync(join(copy, file), `${lines.slice(1).join("\n")}\n`);
  } else for (const line of lines) await run("/bin/sh", ["-c", line], { cwd: copy });
}

/** Runs tasks with the library that is built of the copy; `acme` is a shell script on PATH. */
async function runTasks(script: string, tasks: object[]): Promise<RunResult> {
  const bin = join(copy, "bin");
  mkdirSync(bin);
  writeFileSync(join(bin, "acme"), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  const library = join(copy, "built.mjs");
  await build({
    ...{ entryPoints: [join(copy, "src/index.ts")], outfile: library, absWorkingDir: copy, logLevel: "silent" },
    ...{ bundle: true, platform: "node", target: "node20", format: "esm", packages: "external" },
    define: { __CLINVK_VERSION__: '"0.0.0"' },
  });
  const program = `import { parallel } from ${JSON.stringify(library)};
    console.log(JSON.stringify(await parallel(${JSON.stringify(tasks)})));`;
  const env = { PATH: `${bin}:/usr/bin:/bin`, HOME: copy, CLINVK_HOME: join(copy, "home") };
  const { stdout } = await run(process.execPath, ["--input-type=module", "-e", program], { cwd: copy, env });
  return JSON.parse(stdout) as RunResult;
}

it("makes a backend that works", async () => {
  for (const block of blocksIn("A new backend")) await follow(block);
  const config = { extends: "./tsconfig.json", include: ["src"] };
  writeFileSync(join(copy, "tsconfig.recipe.json"), JSON.stringify(config));
  const compiled = run(join(copy, "node_modules/.bin/tsc"), ["-p", "tsconfig.recipe.json"], { cwd: copy });
  expect(
    await compiled.then(
      () => "",
      ({ stdout }) => stdout,
    ),
  ).toBe("");
  expect(readFileSync(join(copy, "schemas/task-file.schema.json"), "utf8")).toContain('"acme"');
  expect(readFileSync(join(copy, "docs/guide/backends.md"), "utf8")).toContain("acme");

  const script = `[ "$1" = --version ] && echo "acme 1.2.3" && exit
    case "$(cat)" in
      fine) printf '%s\\n' '{"type":"text","text":"hello"}' '{"type":"done"}' ;;
      seats) echo "acme: no seats left" >&2; exit 1 ;;
      *) echo "Not logged in" >&2; exit 1 ;;
    esac`;
  const tasks = ["fine", "seats", "login"].map((prompt) => ({ backend: "acme", prompt }));
  const { results } = await runTasks(script, tasks);
  expect(results).toMatchObject([
    { backend: "acme", status: "OK", content: "hello" },
    { status: "FAILED", failure: { kind: "billing", message: expect.stringMatching(/: no seats left$/) } },
    { status: "FAILED", failure: { kind: "not_authenticated", hint: "run `acme login`, or set ACME_API_KEY" } },
  ]);
});
