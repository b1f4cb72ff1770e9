import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type ConfigRequest, loadConfig } from "../../../src/config/load.js";
import { formatDiagnostics } from "../../../src/document/diagnostics.js";

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "config-"));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

function write(name: string, text: string): string {
  mkdirSync(join(dir, name, ".."), { recursive: true });
  writeFileSync(join(dir, name), text);
  return join(dir, name);
}

const request = (env: ConfigRequest["env"] = {}, config_flag?: string): ConfigRequest => ({
  env: { HOME: dir, ...env },
  cwd: dir,
  ...(config_flag === undefined ? {} : { config_flag }),
});

async function load(...args: Parameters<typeof request>) {
  const result = await loadConfig(request(...args));
  if (!result.ok) throw new Error(formatDiagnostics(result.error));
  return result.value;
}

async function problems(...args: Parameters<typeof request>) {
  const result = await loadConfig(request(...args));
  return result.ok ? "no problems" : formatDiagnostics(result.error).replaceAll(dir, "DIR").split("\n").slice(0, -1);
}

const workers = (count: number) => `parallel:\n  max_workers: ${count}\n`;

describe("which file is read", () => {
  it("none, if there is none", async () => {
    expect(await load()).toMatchObject({ config: {}, path: undefined, clinvk_home: join(dir, ".clinvk") });
  });

  it("--config, then $CLINVK_CONFIG, then $CLINVK_HOME, then the home directory", async () => {
    write(".clinvk/config.yaml", workers(1));
    write("own/config.yaml", workers(2));
    write("env.yaml", workers(3));
    write("flag.yaml", workers(4));
    const used = async (...args: Parameters<typeof request>) => (await load(...args)).config.parallel?.max_workers;
    const CLINVK_HOME = join(dir, "own");
    expect(await used()).toBe(1);
    expect(await used({ CLINVK_HOME })).toBe(2);
    expect(await used({ CLINVK_HOME, CLINVK_CONFIG: "env.yaml" })).toBe(3);
    expect(await used({ CLINVK_HOME, CLINVK_CONFIG: "env.yaml" }, "flag.yaml")).toBe(4);
    expect(await used({ CLINVK_HOME: "", CLINVK_CONFIG: "" })).toBe(1);
  });

  it("a file that was named must be there", async () => {
    write("config.yaml", "");
    expect(await problems({}, "confg.yaml")).toEqual([
      "confg.yaml: there is no such file (named by --config) — did you mean `config.yaml`?",
    ]);
    expect(await problems({ CLINVK_CONFIG: join(dir, "no/x.yaml") })).toEqual([
      "DIR/no/x.yaml: there is no such file, nor the directory it would be in (named by $CLINVK_CONFIG)",
    ]);
    expect(await problems({}, "")).toEqual(["--config: expected the path of a file, got nothing"]);
    expect(await problems({}, ".")).toEqual([".: this is a directory, not a file (named by --config)"]);
  });

  it("a file that is there, but is none, is a problem even if nobody named it", async () => {
    mkdirSync(join(dir, ".clinvk/config.yaml"), { recursive: true });
    expect(await problems()).toEqual(["DIR/.clinvk/config.yaml: this is a directory, not a file"]);
  });
});

describe("what is in it", () => {
  it("may be nothing, or comments only", async () => {
    for (const text of ["", "\n", "# nothing yet\n"]) {
      write(".clinvk/config.yaml", text);
      expect((await load()).config).toEqual({});
    }
  });

  it("may be JSON, if the name says so", async () => {
    write("c.json", '{"parallel": {"max_workers": 2}, // two\n}');
    expect((await load({}, "c.json")).config).toEqual({ parallel: { max_workers: 2 } });
  });

  it("is checked as a whole", async () => {
    write(
      "c.yaml",
      `default_backend: cladue
paralel:
  max_workers: 2
parallel:
  max_worker: 2
  max_workers: 0
backends:
  claude:
    model: -m
    env:
      SECRET: 12345
  claud: {}
  codex:
    max_turns: 1.5
`,
    );
    expect(await problems({}, "c.yaml")).toEqual([
      'c.yaml:1:18: default_backend: expected one of `claude`, `codex`, `gemini`, got "cladue" — did you mean `claude`?',
      "c.yaml:2:1: paralel: unknown key — did you mean `parallel`?",
      "c.yaml:5:3: parallel.max_worker: unknown key — did you mean `max_workers`?",
      "c.yaml:6:16: parallel.max_workers: must be at least 1, got 0",
      'c.yaml:9:12: backends.claude.model: may not begin with `-`, got "-m"',
      "c.yaml:11:15: backends.claude.env.SECRET: expected a string",
      "c.yaml:12:3: backends.claud: is not built in, and has no `command` that makes it a backend — did you mean `claude`?",
      "c.yaml:14:16: backends.codex.max_turns: expected a whole number, got 1.5",
    ]);
  });

  it("is a syntax error with its place, or no object", async () => {
    write("c.yaml", "parallel:\n\tmax_workers: 2\n");
    expect(await problems({}, "c.yaml")).toEqual(["c.yaml:2:1: lines are indented with spaces, not with tabs"]);
    write("c.yaml", "- a\n");
    expect(await problems({}, "c.yaml")).toEqual(["c.yaml:1:1: expected an object, got a list"]);
  });
});

describe("the environment", () => {
  it("wins over the file", async () => {
    write(".clinvk/config.yaml", "default_backend: codex\nbackends:\n  claude: {model: a, max_turns: 3}\n");
    const { config } = await load({ CLINVK_BACKEND: "gemini", CLINVK_CLAUDE_MODEL: "b", CLINVK_GEMINI_MODEL: "c" });
    expect(config).toEqual({
      default_backend: "gemini",
      backends: { claude: { model: "b", max_turns: 3 }, gemini: { model: "c" } },
    });
  });

  it("is checked as well, together with the file, and counts as unset where it is empty", async () => {
    write(".clinvk/config.yaml", "x: 1\n");
    const env = { CLINVK_BACKEND: "clade", CLINVK_CODEX_MODEL: "-x", CLINVK_GEMINI_MODEL: "" };
    expect(await problems(env)).toEqual([
      "DIR/.clinvk/config.yaml:1:1: x: unknown key — `clinvk schema config` lists all keys",
      '$CLINVK_BACKEND: expected one of `claude`, `codex`, `gemini`, got "clade" — did you mean `claude`?',
      '$CLINVK_CODEX_MODEL: may not begin with `-`, got "-x"',
    ]);
  });
});

it("remembers where each value came from", async () => {
  const path = write(".clinvk/config.yaml", "backends:\n  claude:\n    model: a\n    max_turns: 3\n");
  const { origin } = await load({ CLINVK_CLAUDE_MODEL: "b", CLINVK_CODEX_MODEL: "c" });
  expect(origin("backends.claude.model")).toBe("$CLINVK_CLAUDE_MODEL");
  expect(origin("backends.codex.model")).toBe("$CLINVK_CODEX_MODEL");
  expect(origin("backends.claude.max_turns")).toBe(`${path}:4`);
  expect(origin("backends.claude.enabled")).toBe("default");
  expect(origin("parallel.max_workers")).toBe("default");
});

describe("what the system can't take", () => {
  it("in the environment of a CLI is refused, without its value", async () => {
    write(
      ".clinvk/config.yaml",
      'backends:\n  claude:\n    env:\n      GOOD: x\n      "A=B": secret\n      "": secret\n      "N\\0": secret\n      VALUE: "sec\\0ret"\n    extra_flags: ["--a\\0b"]\n',
    );
    expect(await problems()).toEqual([
      'DIR/.clinvk/config.yaml:5:7: backends.claude.env["A=B"]: is no name of an environment variable',
      'DIR/.clinvk/config.yaml:6:7: backends.claude.env[""]: is no name of an environment variable',
      'DIR/.clinvk/config.yaml:7:7: backends.claude.env["N\\u0000"]: is no name of an environment variable',
      "DIR/.clinvk/config.yaml:8:14: backends.claude.env.VALUE: may not contain a NUL character",
      'DIR/.clinvk/config.yaml:9:19: backends.claude.extra_flags[0]: may not contain a NUL character, got "--a\\u0000b"',
    ]);
  });
});
