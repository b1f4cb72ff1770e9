import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { setInConfigFile } from "../../../src/config/edit.js";
import { type Diagnostic, formatDiagnostics, parsePath } from "../../../src/document/diagnostics.js";

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "config-edit-"));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

async function set(name: string, key: string, value: unknown, check: () => Diagnostic[] = () => []) {
  const place = { name, path: join(dir, name) };
  const result = await setInConfigFile({ place, path: parsePath(key), value, check });
  return result.ok ? "ok" : formatDiagnostics(result.error, "nothing was changed");
}

async function edited(before: string, key: string, value: unknown, name = "config.yaml"): Promise<string> {
  writeFileSync(join(dir, name), before);
  expect(await set(name, key, value)).toBe("ok");
  return readFileSync(join(dir, name), "utf8");
}

const YAML = `# my settings

parallel:
    max_workers: 3 # not more
    fail_fast: false

backends:
    claude: {model: opus, extra_flags: []} # the good one
    codex:
        max_turns: 5
        # to be decided: model
`;

describe("YAML keeps comments, empty lines and order", () => {
  it.each([
    ["parallel.max_workers", 5, "max_workers: 3 ", "max_workers: 5 "],
    ["parallel.fail_fast", true, "fail_fast: false", "fail_fast: true"],
    ["backends.claude.model", "fast", "{model: opus,", "{model: fast,"],
    ["backends.claude.extra_flags", ["a", "b: c"], "extra_flags: []", 'extra_flags: [a, "b: c"]'],
    ["backends.claude.max_turns", 2, "extra_flags: []}", "extra_flags: [], max_turns: 2}"],
    ["backends.claude.env.A", "1", "extra_flags: []}", 'extra_flags: [], env: {A: "1"}}'],
    ["parallel.aggregate_output", false, " false\n\n", " false\n    aggregate_output: false\n\n"],
    ["backends.codex.model", "x", "max_turns: 5\n", "max_turns: 5\n        model: x\n"],
    [
      "backends.gemini.env.B",
      "2",
      "# to be decided: model\n",
      '# to be decided: model\n    gemini:\n        env:\n            B: "2"\n',
    ],
    ["runs.journal", false, "# to be decided: model\n", "# to be decided: model\nruns:\n    journal: false\n"],
  ])("%s", async (key, value, before, after) => {
    expect(YAML).toContain(before);
    expect(await edited(YAML, key, value)).toBe(YAML.replace(before, after));
  });

  it("in an empty file, in one of comments only, and in one without a last line break", async () => {
    expect(await edited("", "runs.journal", false)).toBe("runs:\n  journal: false\n");
    expect(await edited("# nothing yet\n", "default_backend", "codex")).toBe(
      "# nothing yet\n\ndefault_backend: codex\n",
    );
    expect(await edited("default_backend: codex", "runs.retention_days", 3)).toBe(
      "default_backend: codex\nruns:\n  retention_days: 3\n",
    );
  });

  it("also where the old value has lines of its own", async () => {
    const before = "# a\nredact:\n  patterns:\n    - one # 1\n    - two\nruns: {journal: true} # r\n";
    const after = await edited(before, "redact.patterns", ["three"]);
    for (const comment of ["# a", "# r"]) expect(after).toContain(comment);
    expect(after).not.toContain("one");
  });

  it("and the line breaks of Windows", async () => {
    const before = "parallel:\r\n  max_workers: 3 # few\r\n# the end\r\n";
    expect(await edited(before, "parallel.fail_fast", true)).toBe(
      "parallel:\r\n  max_workers: 3 # few\r\n  fail_fast: true\r\n\r\n# the end\r\n",
    );
  });

  it("when a value is removed", async () => {
    const after = YAML.replace("    max_workers: 3 # not more\n", "");
    expect(await edited(YAML, "parallel.max_workers", undefined)).toBe(after);
    expect(await edited(YAML, "runs.journal", undefined)).toBe(YAML);
    expect(await edited('{\n  // two\n  "runs": {"journal": true}\n}\n', "runs.journal", undefined, "c.jsonc")).toBe(
      '{\n  // two\n  "runs": {}\n}\n',
    );
  });

  it("in a file that says nothing but null", async () => {
    expect(await edited("null\n", "parallel.fail_fast", true)).toBe("parallel:\n  fail_fast: true\n");
  });

  it("texts stay texts", async () => {
    const after = await edited("", "backends.claude.env.A", "true");
    expect(after).toContain('A: "true"');
  });
});

describe("JSON keeps comments", () => {
  it("and the indentation", async () => {
    const before = '{\n\t// two\n\t"parallel": {"max_workers": 2}, // few\n}\n';
    expect(await edited(before, "parallel.max_workers", 4, "c.jsonc")).toBe(before.replace(": 2}", ": 4}"));
    expect(await edited("", "runs.journal", false, "c.json")).toBe('{\n  "runs": {\n    "journal": false\n  }\n}\n');
  });
});

describe("nothing is changed", () => {
  it.each([
    [
      "a damaged file",
      "parallel:\n\tmax_workers: 2\n",
      "config.yaml:2:1: lines are indented with spaces, not with tabs",
    ],
    ["an invalid file", "paralel: {}\n", "config.yaml:1:1: paralel: unknown key — did you mean `parallel`?"],
  ])("in %s", async (_, text, message) => {
    writeFileSync(join(dir, "config.yaml"), text);
    expect(await set("config.yaml", "parallel.max_workers", 3)).toBe(`${message}\n1 problem; nothing was changed.`);
    expect(readFileSync(join(dir, "config.yaml"), "utf8")).toBe(text);
  });

  it.each([
    ["parallel.max_worker", 3, "parallel.max_worker: unknown key — did you mean `max_workers`?"],
    ["parallel.max_workers", "many", 'parallel.max_workers: expected a whole number, got "many"'],
    ["default_backend", "llm", 'default_backend: expected one of `claude`, `codex`, `gemini`, got "llm"'],
  ])("by a value that is not valid: %s", async (key, value, message) => {
    expect(await set("config.yaml", key, value)).toBe(`${message}\n1 problem; nothing was changed.`);
    expect(existsSync(join(dir, "config.yaml"))).toBe(false);
  });

  it("where a reference stands for the place", async () => {
    const text = "backends:\n  claude: &a\n    model: x\n  codex: *a\n";
    writeFileSync(join(dir, "config.yaml"), text);
    expect(await set("config.yaml", "backends.codex.model", "y")).toMatch(
      /^backends\.codex\.model: this value is a reference/,
    );
    expect(readFileSync(join(dir, "config.yaml"), "utf8")).toBe(text);
  });

  it("if it has changed in the meantime, and nothing is left lying about", async () => {
    writeFileSync(join(dir, "config.yaml"), "default_backend: codex\n");
    const meanwhile = () => {
      writeFileSync(join(dir, "config.yaml"), "default_backend: gemini\n");
      return [];
    };
    expect(await set("config.yaml", "runs.journal", false, meanwhile)).toContain("it has changed in the meantime");
    expect(readFileSync(join(dir, "config.yaml"), "utf8")).toBe("default_backend: gemini\n");
    expect(existsSync(join(dir, `config.yaml.${process.pid}.new`))).toBe(false);
  });
});

describe("the file", () => {
  it("is made for its user alone, with its directories", async () => {
    expect(await set("a/b/config.yaml", "runs.journal", false)).toBe("ok");
    expect(statSync(join(dir, "a/b/config.yaml")).mode & 0o777).toBe(0o600);
    expect(statSync(join(dir, "a/b")).mode & 0o777).toBe(0o700);
  });

  it("keeps its mode, and a link stays a link", async () => {
    writeFileSync(join(dir, "real.yaml"), "default_backend: codex\n");
    chmodSync(join(dir, "real.yaml"), 0o640);
    symlinkSync("real.yaml", join(dir, "config.yaml"));
    expect(await set("config.yaml", "default_backend", "gemini")).toBe("ok");
    expect(readFileSync(join(dir, "real.yaml"), "utf8")).toBe("default_backend: gemini\n");
    expect(statSync(join(dir, "real.yaml")).mode & 0o777).toBe(0o640);
  });
});
