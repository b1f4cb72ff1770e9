import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { secretValues } from "../../../src/redact/secrets.js";

let dir: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), "secrets-"));
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

it.each([
  ["OPENAI_API_KEY", "sk-proj-abc123"],
  ["anthropic_auth_token", "x1y2z3a4b5"],
  ["GITHUB_TOKEN", "ghp_16C7e42F292c"],
  ["apiToken", "a1b2c3d4e5"],
  ["AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE"],
  ["AWS_SECRET_ACCESS_KEY", "/JalrXUtnFEMI/K7MDENG/bPxRfiCY"],
  ["API_KEY", "//starts/with/slashes"],
  ["DB_PASSWORD", "correcthorse"],
  ["DB_PASSWORD", "12345678"],
  ["PGPASSWORD", "pass word"],
  ["SMTP_PASS", "hunter-two"],
  ["MYSQL_PWD", "letmeinplease"],
  ["NPM_CONFIG__AUTH", "dXNlcjpwYXNzd29yZA=="],
  ["HTTP_AUTH", "Basic dXNlcjpwYXNz"],
  ["SESSION_COOKIE", "k=v1; other=v2"],
  ["GITLAB_PAT", "glpat-1234567"],
  ["WEBHOOK_SECRET", "https://hooks.example/T0/B0/xyz"],
  ["AUTH_URL", "https://user:password@example.com/"],
])("%s=%s is a secret", (name, value) => {
  expect(secretValues({ [name]: value }, 8)).toEqual([value]);
});

it.each([
  ["PATH", "/usr/local/bin:/usr/bin"],
  ["HOME_TOWN", "a1b2c3d4e5"],
  ["GIT_AUTHOR_NAME", "Grace Hopper 2"],
  ["KEYBOARD_LAYOUT", "de-nodeadkeys-1"],
  ["TOKENIZERS_PARALLELISM", "nonsense-1"],
  ["MAX_THINKING_TOKENS", "31999000"],
  ["API_KEY", "short-1"],
  ["API_KEY", "disabled"],
  ["KEY_NAME", "production"],
  ["KEY_STORE", "eu-west.production"],
  ["AUTH_MODE", "read-only"],
  ["DB_PASSWORD", "required"],
  ["TOKEN_URL", "https://login.example.com/oauth2/token"],
  ["SSH_AUTH_SOCK", "./agent-1.sock"],
  ["KEY_FILE", "~/.ssh/id_ed25519"],
  ["PWD", "/a/directory/that/is/gone"],
])("%s=%s is none", (name, value) => {
  expect(secretValues({ [name]: value }, 8)).toEqual([]);
});

it("a file that exists, or its directory, makes a value a path", () => {
  const env = { GOOGLE_APPLICATION_CREDENTIALS: dir, SSH_AUTH_SOCK: join(dir, "agent.1") };
  expect(secretValues(env, 8)).toEqual([]);
});

it("white space around a value does not count, and an unset variable is no secret", () => {
  expect(secretValues({ API_KEY: " abc12345\n", OTHER_KEY: undefined, A_KEY: "   1234567   " }, 8)).toEqual([
    "abc12345",
  ]);
});

it("of a key in lines, each line of key material counts as well", () => {
  const lines = ["MIIEvQIBADANBgkqhkiG9w0", "BAQEFAASCBKcwggSjAgEAAo", "AQ=="];
  const value = ["-----BEGIN PRIVATE KEY-----", ...lines, "-----END PRIVATE KEY-----"].join("\n");
  expect(secretValues({ SIGNING_KEY: value }, 8)).toEqual([value, ...lines.slice(0, 2)]);
});
