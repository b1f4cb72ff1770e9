// Every block of code in the README and the guide is run for real, in a project of its own with stand-ins for the CLIs:
// shell line by line, task files, chain files, scripts of the offline model, configurations, JavaScript and Python.
import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { parse as parseYaml } from "yaml";
import { parseDocument } from "../../src/document/document.js";
import { BUILT_IN } from "../../src/schema/built-in.js";
import type { RunResult } from "../../src/schema/result.js";
import type { TaskFile } from "../../src/schema/task-file.js";
import { type Started, Workspace } from "../rig/clinvk.js";
import { type Block, codeBlocks, markdownPages } from "../rig/docs.js";
import { FakeClis } from "../rig/fake-clis.js";
import { type Served, serve } from "../rig/serve.js";

const root = resolve(import.meta.dirname, "../..");

/** Statements that are not run, with the reason; each must stand somewhere in the docs. */
const NOT_RUN: Readonly<Record<string, string>> = {
  "npm run quickstart": "downloads the CLIs; examples.test.ts runs the same file with the real ones",
  "npm test": "is what runs this",
  "npm link": "would change the machine's own Node",
  'echo "clinvk runs resume …" | at 16:00': "would give this machine something to do at 16:00",
  "npm install /path/to/clinvk": "there is none; node_modules has the built package",
  "npm run build": "builds this repository",
  "npm pack --pack-destination ../tools": "packs this repository",
  "npm install --global ./tools/clinvk-0.1.0.tgz": "would change the machine's own Node",
  "npm uninstall --global clinvk": "would change the machine's own Node",
  "clinvk backends install claude": "downloads a CLI",
};

/** Statements that end with another exit code than 0. */
const EXIT_CODES: Readonly<Record<string, number>> = {
  // `expect: { files_changed: true }` finds out that the stand-ins change nothing.
  "clinvk parallel migrate.json --max-parallel 4 --on-quota wait": 1,
};

/** Languages of blocks that only show something. */
const SHOWN = ["", "text"];
const KEY = "your-key";

/** What every model says: something for each way in which the docs look at answers. */
const ANSWER = "8/10, because.\nVOTE: services\nVERDICT: PASS";

const pages = markdownPages("README.md", "docs/guide", "docs/server-safety.md", "docs/why.md").map((page) => ({
  page,
  name: relative(root, page),
  blocks: codeBlocks(page).filter(({ language }) => !SHOWN.includes(language)),
}));

/** Ordinary names of files that a careless recipe breaks on. */
const AWKWARD = ["src/[id].js", "src/it's: new.js", "src/my file, v2.js"];

/** A project as the docs assume it: the examples' files, some more, and a change that git knows of. */
class Project {
  readonly space: Workspace;
  readonly #clis: FakeClis;
  readonly #ids = new Map<"run" | "session", string>();
  #server: Served | undefined;

  private constructor(clis: FakeClis) {
    this.#clis = clis;
    this.space = new Workspace({ bin: [clis.bin] });
    const { dir } = this.space;
    cpSync(join(root, "examples"), join(dir, "examples"), { recursive: true });
    cpSync(join(root, "examples"), dir, { recursive: true });
    this.space.file("auth.js", "export const user = null;\n");
    this.space.file("prompts/security.md", "Identify security vulnerabilities.\n");
    this.space.file("rules.json", { rules: [{ reply: { text: "as you say" } }] });
    mkdirSync(join(dir, "node_modules"));
    symlinkSync(root, join(dir, "node_modules/clinvk"));
    if (!["/usr/bin/jq", "/bin/jq"].some((path) => existsSync(path)))
      writeFileSync(join(dir, "bin/jq"), `#!/bin/sh\nexec node '${join(root, "test/rig/jq.mjs")}' "$@"\n`, {
        mode: 0o755,
      });
    const git = (...args: string[]) =>
      spawnSync("git", ["-c", "user.name=a", "-c", "user.email=a@example.com", ...args], {
        cwd: dir,
        env: this.space.env,
      });
    git("init", "-q");
    for (const name of AWKWARD) this.space.file(name, "export default 1;\n");
    git("add", "auth.js", ...AWKWARD);
    git("commit", "-q", "-m", "first");
    git("add", "fibonacci.py");
    git("commit", "-q", "-m", "second");
    this.space.file("auth.js", "export const user = undefined;\n");
    void this.#answerAll();
  }

  static async create(): Promise<Project> {
    return new Project(await FakeClis.start());
  }

  async close(): Promise<void> {
    if (this.#server) await stop(this.#server.started);
    await this.#clis.close();
    this.space.close();
  }

  /** Runs one block; the sum of what went wrong, nothing if all is well. */
  async run(block: Block): Promise<string[]> {
    const { language, text } = block;
    switch (language) {
      case "sh":
      case "bash":
        return this.#shell(language, statementsOf(text));
      case "yml":
        return this.#shell("sh", commandsOfPipeline(parseYaml(text)).flatMap(statementsOf), {
          GITHUB_STEP_SUMMARY: join(this.space.dir, "step-summary.md"),
          CI_MERGE_REQUEST_DIFF_BASE_SHA: "HEAD",
        });
      case "yaml":
        return this.#ends(["config", "show", "--config", this.space.file("block.yaml", text)]);
      case "json":
      case "jsonc":
        return this.#file(text);
      case "js":
        // The client of a server: http-docs.test.ts runs it, with agents that answer.
        if (text.includes('"clinvk/client"')) return [];
        return this.#program(process.execPath, this.space.file("block.mjs", text));
      case "python":
        return this.#program("python3", this.space.file("block.py", text), await this.#serverEnv());
      default:
        return [`no one knows how to run ${language}`];
    }
  }

  async #file(text: string): Promise<string[]> {
    const name = /^\/\/ (\w+\.jsonc)\n/.exec(text)?.[1];
    const file = this.space.file(name ?? "block.jsonc", text);
    const document = await parseDocument(text, file);
    const value = document.ok ? (document.value.value as object) : {};
    if ("rules" in value) return this.#shell("sh", [`clinvk offline --script ${file}`]);
    // What follows it on its page speaks of this file.
    if ("steps" in value) return this.#ends(["chain", "-f", this.space.file("chain.json", text), "--dry-run"]);
    return this.#ends(["parallel", "-f", file, "--dry-run"]);
  }

  async #ends(args: string[]): Promise<string[]> {
    const { code, stderr } = await this.space.run(args);
    return code === 0 ? [] : [`clinvk ${args.join(" ")} → ${code}\n${stderr}`];
  }

  async #program(file: string, path: string, env: Record<string, string> = {}): Promise<string[]> {
    const { code, stderr } = await this.space.shell(`${file} ${path}`, { env }).done;
    return code === 0 ? [] : [`${file} → ${code}\n${stderr}`];
  }

  /** Statements in one shell, one after another, each of which must end well; servers are stopped once they listen. */
  async #shell(shell: string, all: readonly string[], extra: Record<string, string> = {}): Promise<string[]> {
    const statements = all.filter((statement) => notRun(statement) === undefined);
    const servers = statements.filter((statement) => SERVER.test(statement));
    for (const statement of servers) {
      const line = statement.replace(SERVER, "$1exec clinvk $2 --port 0").replace(/--port \d\d+/, "");
      const server = this.space.shell(line);
      await server.printed("http://127.0.0.1:");
      const { code, stderr } = await stop(server);
      if (code !== 0) return [`${statement} → ${code}\n${stderr}`];
    }
    const others = statements.filter((statement) => !servers.includes(statement));
    if (others.length === 0) return [];
    const lines: string[] = [];
    // Each has the same text on its stdin.
    const stdin = this.space.file("stdin.txt", "and then?\n");
    for (const [index, statement] of others.entries())
      lines.push(
        `{
${await this.#withIds(statement)}
} <'${stdin}'`,
        `status=$?; echo "${index} $status" >&9; (exit $status)`,
      );
    const script = this.space.file("block.sh", `${lines.join("\n")}\nexit 0\n`);
    const needs_server = others.some((statement) => statement.includes("localhost:8080"));
    const env = needs_server ? { ...extra, ...(await this.#serverEnv()) } : extra;
    const codes = join(this.space.dir, "codes");
    const { stderr } = await this.space.shell(`${shell} '${script}' 9>'${codes}'`, { env }).done;
    const ended = new Map(
      readFileSync(codes, "utf8")
        .trimEnd()
        .split("\n")
        .map((line) => line.split(" ") as [string, string]),
    );
    return others.flatMap((statement, index) => {
      const code = ended.get(String(index));
      return code === String(EXIT_CODES[statement] ?? 0)
        ? []
        : [`${statement} → ${code ?? "never came to it"}\n${stderr}`];
    });
  }

  /** `3f9a1c` stands for a run or a session of the reader's own, `localhost:8080` for a server. */
  async #withIds(statement: string): Promise<string> {
    const with_server = statement.includes("localhost:8080")
      ? statement.replaceAll("http://localhost:8080", (await this.#serverEnv()).CLINVK_URL)
      : statement;
    if (/clinvk (?:resume|sessions)|prompt -c/.test(statement)) await this.#id("session");
    if (!with_server.includes("3f9a1c")) return with_server;
    return with_server.replaceAll(
      "3f9a1c",
      await this.#id(/clinvk (?:resume|sessions)/.test(statement) ? "session" : "run"),
    );
  }

  async #id(of: "run" | "session"): Promise<string> {
    const known = this.#ids.get(of);
    if (known !== undefined) return known;
    const args =
      of === "run" ? ["parallel", "-f", "quickstart.json", "--json"] : ["prompt", "hello there", "-o", "json"];
    // Somebody may ask for the latest session of codex, too.
    if (of === "session") await this.space.run(["prompt", "-b", "codex", "hello there"]);
    const { stdout } = await this.space.run(args);
    const result = JSON.parse(stdout) as RunResult;
    const id = (of === "run" ? result.run_id : result.session) ?? "none";
    this.#ids.set(of, id);
    return id;
  }

  async #serverEnv(): Promise<{ CLINVK_URL: string; CLINVK_API_KEY: string }> {
    this.#server ??= await serve(this.space, [], { CLINVK_API_KEYS: KEY });
    return { CLINVK_URL: this.#server.url, CLINVK_API_KEY: KEY };
  }

  /** Every CLI gives its version, is logged in, and has one answer to everything. */
  async #answerAll(): Promise<void> {
    for (;;) {
      const cli = await this.#clis.next();
      const { argv, name } = cli;
      if (argv.includes("--version")) {
        await cli.stdout(`${BUILT_IN[name as keyof typeof BUILT_IN].tested_version}\n`);
        cli.exit(0);
      } else if (argv[0] === "auth" || argv[0] === "login") {
        await cli.stdout('{"loggedIn":true,"authMethod":"api_key"}\n');
        cli.exit(0);
      } else void cli.answer(ANSWER);
    }
  }
}

const SERVER = /(^|\s)clinvk (serve|offline)\b/;

async function stop(server: Started) {
  server.child.kill("SIGTERM");
  return await server.done;
}

function notRun(statement: string): string | undefined {
  return Object.keys(NOT_RUN).find((one) => statement.replace(/\s+#.*$/, "").endsWith(one));
}

/** Lines of shell, put together where one goes on in the next. */
function statementsOf(text: string): string[] {
  const statements: string[] = [];
  let open = "";
  for (const line of text.trimEnd().split("\n")) {
    open = open === "" ? line : `${open}\n${line}`;
    if (open.endsWith("\\") || spawnSync("bash", ["-n"], { input: open }).status !== 0) continue;
    if (open.trim() !== "" && !open.startsWith("#")) statements.push(open);
    open = "";
  }
  if (open !== "") throw new Error(`unfinished: ${open}`);
  return statements;
}

/** What a CI system would run: the texts under `script` and `run`. */
function commandsOfPipeline(value: unknown): string[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => {
    if (key !== "script" && key !== "run") return commandsOfPipeline(inner);
    return (Array.isArray(inner) ? inner : [inner]).map(String);
  });
}

describe.concurrent("the blocks of", () => {
  it.each(pages.filter(({ blocks }) => blocks.length > 0).map(({ name, blocks }) => [name, blocks] as const))(
    "%s",
    async (_, blocks) => {
      const project = await Project.create();
      try {
        const wrong: string[] = [];
        for (const block of blocks) wrong.push(...(await project.run(block)).map((text) => `${block.place}: ${text}`));
        expect(wrong).toEqual([]);
      } finally {
        await project.close();
      }
    },
    120_000,
  );
});

it("the recipe for a hundred files makes a task of each, whatever its name", async () => {
  const recipe = pages.flatMap(({ blocks }) => blocks).find(({ text }) => text.includes("> migrate.json"));
  const project = await Project.create();
  try {
    expect(await project.run(recipe as Block)).toEqual([]);
    const file = JSON.parse(readFileSync(join(project.space.dir, "migrate.json"), "utf8")) as TaskFile;
    expect(file.tasks.map(({ name }) => name)).toEqual(AWKWARD);
    expect(file.tasks.map(({ prompt }) => AWKWARD.filter((name) => prompt?.includes(JSON.stringify(name))))).toEqual(
      AWKWARD.map((name) => [name]),
    );
  } finally {
    await project.close();
  }
});

it("nothing is on the list of what is not run that does not stand in the docs", () => {
  const all = pages.map(({ page }) => readFileSync(page, "utf8")).join("\n");
  expect([...Object.keys(NOT_RUN), ...Object.keys(EXIT_CODES)].filter((statement) => !all.includes(statement))).toEqual(
    [],
  );
});
