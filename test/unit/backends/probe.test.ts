// What `clinvk backends` can tell without spending a token, and where native binaries are looked for.
import { describe, expect, test } from "vitest";
import { backends } from "../../../src/backends/index.js";

const { claude, codex, gemini } = backends;

function run(exit_code: number, stdout: string, stderr = "") {
  return { exit_code, stdout, stderr };
}

test("versions", () => {
  expect(claude.probe.parse_version("2.1.197 (Claude Code)\n")).toBe("2.1.197");
  expect(codex.probe.parse_version("codex-cli 0.169.0\n")).toBe("0.169.0");
  expect(gemini.probe.parse_version("0.61.0\n")).toBe("0.61.0");
  for (const backend of Object.values(backends))
    expect(backend.probe.parse_version("command not found")).toBeUndefined();
});

describe("logged in", () => {
  const judge = (backend: keyof typeof backends, facts: Partial<Parameters<typeof claude.probe.auth_state>[0]>) =>
    backends[backend].probe.auth_state({ env: { HOME: "/h" }, user_files: {}, ...facts });

  test("claude says so itself, or a key is set", () => {
    expect(judge("claude", { run: run(0, '{"loggedIn":true,"authMethod":"api_key"}') })).toEqual({
      logged_in: true,
      how: "api_key",
    });
    expect(judge("claude", { run: run(1, '{"loggedIn":false}') }).logged_in).toBe(false);
    expect(judge("claude", { env: { ANTHROPIC_API_KEY: "k" } }).logged_in).toBe(true);
    expect(judge("claude", { run: run(1, "garbage") }).logged_in).toBe(false);
  });

  test("codex says so by its exit code, or the configured provider has its key", () => {
    expect(judge("codex", { run: run(0, "", "Logged in using ChatGPT\n") })).toEqual({
      logged_in: true,
      how: "Logged in using ChatGPT",
    });
    expect(judge("codex", { run: run(1, "", "Not logged in\n") }).logged_in).toBe(false);
    const config =
      'model_provider = "acme"\n[model_providers.acme]\nname = "Acme"\nenv_key = "ACME_KEY"\n[other]\nenv_key = "NO"\n';
    const facts = { user_files: { "/h/.codex/config.toml": config }, run: run(1, "", "Not logged in") };
    expect(judge("codex", { ...facts, env: { HOME: "/h", ACME_KEY: "k" } }).logged_in).toBe(true);
    expect(judge("codex", { ...facts, env: { HOME: "/h", NO: "k" } }).logged_in).toBe(false);
  });

  test("gemini: key, Vertex AI, or a Google account that the settings select", () => {
    expect(judge("gemini", { env: { GEMINI_API_KEY: "k" } }).logged_in).toBe(true);
    expect(judge("gemini", { user_files: { "/h/.gemini/.env": "GEMINI_API_KEY=k\n" } }).logged_in).toBe(true);
    expect(judge("gemini", { env: { GOOGLE_GENAI_USE_VERTEXAI: "1", GOOGLE_CLOUD_PROJECT: "p" } }).logged_in).toBe(
      true,
    );
    const account = { "/h/.gemini/google_accounts.json": '{"active":"me@example.org"}' };
    const settings = { "/h/.gemini/settings.json": '{"security":{"auth":{"selectedType":"oauth-personal"}}}' };
    expect(judge("gemini", { user_files: { ...account, ...settings } }).logged_in).toBe(true);
    expect(judge("gemini", { user_files: account }).logged_in).toBe(false);
    expect(judge("gemini", { env: {} }).logged_in).toBe(false);
  });
});

test("native binaries: inside the package, beside it, and where older releases had it", () => {
  expect(codex.native_binaries?.("/n/@openai/codex", "linux", "x64")).toEqual([
    "/n/@openai/codex/node_modules/@openai/codex-linux-x64/vendor/x86_64-unknown-linux-musl/bin/codex",
    "/n/@openai/codex-linux-x64/vendor/x86_64-unknown-linux-musl/bin/codex",
    "/n/@openai/codex/vendor/x86_64-unknown-linux-musl/bin/codex",
  ]);
  expect(codex.native_binaries?.("/n/@openai/codex", "aix", "ppc64")).toEqual([]);
  expect(claude.native_binaries?.("/n/@anthropic-ai/claude-code", "linux", "x64")[0]).toBe(
    "/n/@anthropic-ai/claude-code-linux-x64/claude",
  );
});

test("files are named only where a home is known", () => {
  for (const backend of Object.values(backends)) expect(backend.reads({}, [])).toEqual([]);
  expect(codex.reads({ HOME: "/h", CODEX_HOME: "/c" }, [])).toEqual(["/c/config.toml"]);
});

test("each says how to point it at the offline model by hand", () => {
  for (const backend of Object.values(backends)) {
    expect(backend.offline_hint("http://127.0.0.1:1").join("\n")).toContain("http://127.0.0.1:1");
  }
});
