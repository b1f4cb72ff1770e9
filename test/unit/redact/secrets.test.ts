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
  ["STRIPE_SK", "sk_live_4eC39HqLyjWDarjtT1zdp7dc"],
  ["OP_SESSION_my", "Xk29fjsl3JKsd93kfjwlqmz0Alw9"],
  ["SESSION_JWT", "opaque-text-1"],
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

const JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9P";
const SLACK = "services/T0000/B0000/x8Kd93mzPq71LsWe";
it.each([
  ["DATABASE_URL", "postgres://me:s3cr3t-pw@db.internal:5432/app?sslmode=require", ["me:s3cr3t-pw", "s3cr3t-pw"]],
  ["DATABASE_URL", "mysql://root:pw@db/app", ["root:pw@db"]],
  ["DATABASE_URL", "postgres://postgres:postgres@localhost/db", ["postgres:postgres@localhost"]],
  ["REDIS_URL", "redis://:p%40ssw0rd-1@cache:6379/0", [":p%40ssw0rd-1", ":p@ssw0rd-1", "p%40ssw0rd-1", "p@ssw0rd-1"]],
  ["BROKERS", "amqp://a:pass-one1@h1,amqp://b:pass-two2@h2", ["pass-one1", "pass-two2"]],
  ["ODD", "postgres://me:p/w#1@host/db", ["me:p/w#1"]],
  ["HTTPS_PROXY", "http://me:hunter-22@proxy:3128", ["me:hunter-22", Buffer.from("me:hunter-22").toString("base64")]],
  ["NPM_OPTS", "--registry=https://me:hunter-22@npm.example/ --silent", ["hunter-22"]],
  ["SENTRY_DSN", "https://0a1b2c3d4e5f60718293@o1.ingest.sentry.io/42", ["0a1b2c3d4e5f60718293"]],
  ["GIT_REMOTE", "https://ghp_16C7e42F292c6912@github.com/a/b", ["ghp_16C7e42F292c6912"]],
  ["GO_DSN", "me:hunter-22@tcp(db:3306)/app", ["me:hunter-22", "hunter-22"]],
  ["JDBC_URL", "jdbc:postgresql://db/app?user=me&password=hunter-22", ["hunter-22"]],
  ["PG", "host=db user=me password='hunter-22'", ["hunter-22"]],
  ["MSSQL", "Server=db;User Id=sa;Password=Str0ng&Pass;Encrypt=true", ["Str0ng&Pass"]],
  ["MSSQL", "Server=db;Password=postgres", ["Password=postgres"]],
  ["STORAGE", "AccountName=a;AccountKey=Zm9vYmFyYmF6cXV4MTIz==;X=y", ["Zm9vYmFyYmF6cXV4MTIz=="]],
  ["BUS", "Endpoint=sb://b/;SharedAccessKeyName=Root;SharedAccessKey=Zm9vYmFyMTIz=", ["Zm9vYmFyMTIz="]],
  ["BLOB", "https://a.blob.core.windows.net/c?sv=2022&sig=dGhpc2lzYXNpZ25hdHVyZQ1%3D", ["dGhpc2lzYXNpZ25hdHVyZQ1%3D"]],
  ["SLACK_URL", `https://hooks.slack.com/${SLACK}`, [`https://hooks.slack.com/${SLACK}`, SLACK]],
  ["ALERTS", "https://discord.com/api/webhooks/123456789012345678/AbCdEfGh_1", ["123456789012345678/AbCdEfGh_1"]],
  ["TEAMS_WEBHOOK", "https://in.example/hook/9f8e7d6c5b4a39281706", ["hook/9f8e7d6c5b4a39281706"]],
  ["ID", `Bearer ${JWT}`, [JWT]],
  ["LOGIN", "user xoxb-123456789012-abcdef", ["xoxb-123456789012-abcdef"]],
  ["GCP", '{"type":"service_account","private_key":"MIIEvQIBADANBgkqhkiG9w0"}', ["MIIEvQIBADANBgkqhkiG9w0"]],
  ["DOCKER_AUTH", '{"auths":{"r.io":{"auth":"dXNlcjpwYXNz"}}}', ["dXNlcjpwYXNz"]],
])("%s=%s has secrets in it, whatever its name", (name, value, secrets) => {
  expect(secretValues({ [name]: value }, 8)).toEqual(expect.arrayContaining(secrets));
});

it.each([
  ["XDG_SESSION_ID", "2"],
  ["DESKTOP_SESSION", "plasma-wayland"],
  ["SESSION_MANAGER", "local/host:@/tmp/.ICE-unix/1234,unix/host:/tmp/.ICE-unix/1234"],
  ["TERM_SESSION_ID", "3F2504E0-4F89-11D3-9A0C-0305E82C3301"],
  ["DATABASE_URL", "postgres://localhost:5432/db"],
  ["DATABASE_URL", "sqlite:///var/lib/app.sqlite3"],
  ["REDIS_URL", "redis://localhost:6379/0"],
  ["GIT_URL", "ssh://git@github.com/org/repo"],
  ["REGISTRY", "https://registry.example:8080/@scope/package"],
  ["WEBHOOK_URL", "https://n8n.example.com/automation/"],
  ["SLACK_DOCS", "https://api.slack.com/messaging/webhooks"],
  ["CHAT", "https://chat.googleapis.com/v1/spaces"],
  ["MAINTAINER", "Grace <grace@example.com>"],
  ["LS_COLORS", "rs=0:di=01;34:*.tar=01;31"],
  ["NODE_OPTIONS", "--max-old-space-size=4096 --require=/opt/agent.js"],
  ["DBUS_SESSION_BUS_ADDRESS", "unix:path=/run/user/1000/bus"],
  ["JAVA_OPTS", "-Dkey.store=/etc/keys/store -Dtoken.kind=bearer"],
  ["SETTINGS", '{"auth":"required","user":"grace-hopper-22"}'],
  ["BROKEN", '{"password":"hunter-2'],
  ["SCRIPT", 'password="$DB_PASSWORD_OF_PRODUCTION"'],
  ["BASH_FUNC_login%%", "() {  token=abcdefgh-1234\n}"],
  ["DOCS_URL", "https://example.com/eyJ/sk-/a?page=12345678"],
])("%s=%s has none", (name, value) => {
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
