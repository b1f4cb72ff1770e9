// `clinvk backends` with stand-ins for the CLIs.
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { run } from "../../src/cli/commands/backends.js";
import type { BackendReport } from "../../src/executors/probe.js";

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "backends-"));
  mkdirSync(join(root, "bin"));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

async function clinvk(args: string[], path = "", extra: Record<string, string> = {}) {
  let [stdout, stderr] = ["", ""];
  const node = join(root, "node");
  if (!existsSync(node)) {
    mkdirSync(node);
    symlinkSync(process.execPath, join(node, "node"));
  }
  const code = await run(args, {
    stdout: (text) => (stdout += text),
    stderr: (text) => (stderr += text),
    env: {
      HOME: join(root, "user"),
      PATH: [join(root, "bin"), path, node, "/usr/bin", "/bin"].filter(Boolean).join(":"),
      // Whatever a CLI might want from the internet is refused at once.
      HTTPS_PROXY: "http://127.0.0.1:9",
      ...extra,
    },
    cwd: root,
  });
  return { code, stdout, stderr };
}

async function reports(path?: string, extra?: Record<string, string>): Promise<Record<string, BackendReport>> {
  const { stdout } = await clinvk(["--json"], path, extra);
  const { backends } = JSON.parse(stdout) as { backends: BackendReport[] };
  return Object.fromEntries(backends.map((report) => [report.backend, report]));
}

function fake(name: string, script: string): void {
  writeFileSync(join(root, "bin", name), `#!/bin/sh\n${script}\n`);
  chmodSync(join(root, "bin", name), 0o755);
}

describe("without a CLI", () => {
  it("names the command that installs them, and fails", async () => {
    const { code, stdout, stderr } = await clinvk([]);
    expect(code).toBe(1);
    expect(stdout).toContain("gemini: not installed; `clinvk backends install gemini` installs it");
    expect(stderr).toBe("clinvk backends: no backend is usable yet: `clinvk backends install` installs the CLIs\n");
  });

  it("lists all three in the JSON, with what each honours", async () => {
    const all = await reports();
    expect(Object.keys(all)).toEqual(["claude", "codex", "gemini"]);
    expect(all.codex).toMatchObject({ installed: false, usable: false, path: null, version: null, logged_in: null });
    expect(all.codex?.options.max_turns.level).toBe("none");
    expect(all.claude?.options.max_turns.level).toBe("full");
  });
});

describe("with stand-ins", () => {
  beforeEach(() => {
    fake(
      "claude",
      `case "$1" in --version) echo "2.1.197 (Claude Code)";; auth) echo '{"loggedIn":true,"authMethod":"api_key"}';; esac`,
    );
    fake("codex", `case "$1" in --version) echo "codex-cli 0.170.0";; *) echo "Not logged in" >&2; exit 1;; esac`);
  });

  it("tells version, tested or not, and login", async () => {
    const all = await reports();
    expect(all.claude).toMatchObject({
      version: "2.1.197",
      tested: true,
      logged_in: true,
      usable: true,
      source: "PATH",
    });
    expect(all.claude?.path).toBe(join(root, "bin/claude"));
    expect(all.codex).toMatchObject({ version: "0.170.0", tested: false, logged_in: false, usable: false });
    expect(all.gemini).toMatchObject({ installed: false });
  });

  it("succeeds as soon as one is usable, and shows a table that lines up", async () => {
    const { code, stdout, stderr } = await clinvk([]);
    expect(code).toBe(0);
    expect(stderr).toBe("");
    const [head = "", claude = "", codex = ""] = stdout.split("\n");
    expect(head).toMatch(/^BACKEND +USABLE +VERSION +TESTED +LOGGED IN +PATH$/);
    expect(claude).toMatch(/^claude +yes +2\.1\.197 +yes +yes +\//);
    expect(codex).toMatch(/^codex +no +0\.170\.0 +no \(0\.169\.0 is\) +no +\//);
    for (const line of [claude, codex]) expect(line.indexOf("/")).toBe(head.indexOf("PATH"));
    expect(stdout).toMatch(/^max_turns +yes +no +yes$/m);
  });

  it("explains the mapping of each field on request", async () => {
    const { stdout } = await clinvk(["--options"]);
    expect(stdout).toMatch(/^max_turns +claude +yes +.*--max-turns/m);
    expect(stdout).toMatch(/^ +codex +no +/m);
  });

  it("shows backends of the configuration and those that it disables, which are not usable", async () => {
    fake("mine", `echo started >> ${join(root, "calls")}`);
    const own = { mine: { command: ["mine", "{model}"] }, gone: { command: ["no-such-thing"] } };
    const config = join(root, "config.json");
    writeFileSync(config, JSON.stringify({ backends: { ...own, claude: { enabled: false } } }));
    const { code, stdout } = await clinvk(["--config", config, "--json"]);
    expect(code).toBe(0);
    const all = (JSON.parse(stdout) as { backends: BackendReport[] }).backends;
    expect(all.map(({ backend, custom, enabled, usable }) => ({ backend, custom, enabled, usable }))).toEqual([
      { backend: "claude", custom: false, enabled: false, usable: false },
      { backend: "codex", custom: false, enabled: true, usable: false },
      { backend: "gemini", custom: false, enabled: true, usable: false },
      { backend: "mine", custom: true, enabled: true, usable: true },
      { backend: "gone", custom: true, enabled: true, usable: false },
    ]);
    expect(all[3]).toMatchObject({ path: join(root, "bin/mine"), source: "PATH", logged_in: null, tested: null });
    const text = (await clinvk(["--config", config])).stdout;
    expect(text).toContain("claude: disabled; `clinvk config set backends.claude.enabled true` enables it\n");
    expect(text).toContain("gone: not found; `backends.gone.command` says what to start\n");
    expect(existsSync(join(root, "calls"))).toBe(false);
  });

  it("asks no CLI for more than its version and its login", async () => {
    fake("gemini", `echo "$@" >> ${join(root, "calls")}; echo 0.61.0`);
    await reports();
    expect(readFileSync(join(root, "calls"), "utf8")).not.toMatch(/(^|\s)(-p|--prompt|exec)(\s|$)/m);
  });
});

describe("install", () => {
  const fakeNpm = resolve(import.meta.dirname, "../rig/fake-npm.mjs");
  const log = () => ({ FAKE_NPM_LOG: join(root, "log") });
  beforeEach(() => symlinkSync(fakeNpm, join(root, "bin/npm")));

  it("gets all that are missing, into ~/.clinvk, in one go", async () => {
    fake("codex", "echo codex-cli 0.1.0");
    const { code, stdout, stderr } = await clinvk(["install"], "", log());
    expect(code, stderr).toBe(0);
    const bin = join(root, "user/.clinvk/clis/node_modules/.bin");
    expect(stdout.split("\n").sort()).toEqual([
      "",
      `claude: 2.1.197 installed, ${join(bin, "claude")}`,
      `codex: on PATH already, ${join(root, "bin/codex")}`,
      `gemini: 0.61.0 installed, ${join(bin, "gemini")}`,
    ]);
    expect(readFileSync(join(root, "log"), "utf8").trim().split("\n")).toHaveLength(1);
    expect(await reports()).toMatchObject({ claude: { source: "clinvk", version: "2.1.197", tested: true } });
  });

  it("gets a named one although another is on PATH, and says which comes first", async () => {
    fake("codex", "echo codex-cli 0.1.0");
    const { code, stdout, stderr } = await clinvk(["install", "codex"], "", {
      ...log(),
      CLINVK_HOME: join(root, "own"),
    });
    expect(code).toBe(0);
    expect(stdout).toBe(`codex: 0.169.0 installed, ${join(root, "own/clis/node_modules/.bin/codex")}\n`);
    expect(stderr).toContain(`note: ${join(root, "bin/codex")} is on PATH and comes first\n`);
  });

  it("fails with npm's words when npm fails", async () => {
    const { code, stdout, stderr } = await clinvk(["install", "gemini"], "", { ...log(), FAKE_NPM: "fail" });
    expect(code).toBe(1);
    expect(stdout).toBe("");
    expect(stderr).toContain("npm could not install @google/gemini-cli@0.61.0 (exit code 7):\n");
    expect(stderr).toContain("  npm error line 30\n");
  });

  it.each([
    [
      ["install", "gemni"],
      'clinvk backends install: "gemni" is not known — did you mean "gemini"?; known: claude, codex, gemini\n',
    ],
    [["instal"], 'clinvk backends: "instal" is not known — did you mean "install"?; known: install\n'],
  ])("refuses %j before anything is installed", async (args, message) => {
    expect(await clinvk(args, "", log())).toEqual({ code: 2, stdout: "", stderr: message });
    expect(existsSync(join(root, "log"))).toBe(false);
  });
});
