// Which variables of its surroundings each CLI gets: all for the user's own tasks, and only what it needs for a stranger's.
import { describe, expect, it } from "vitest";
import { backendsOf } from "../../../src/backends/index.js";
import type { Task } from "../../../src/schema/task.js";
import { makeTask } from "../../rig/plan.js";
import { contextFor } from "./tasks.js";

const NEEDED = {
  PATH: "/bin",
  HOME: "/home/me",
  LC_ALL: "C",
  TZ: "UTC",
  XDG_CONFIG_HOME: "/x",
  https_proxy: "http://p",
};
const VENDORS = { ANTHROPIC_API_KEY: "a", CLAUDE_CODE_OAUTH_TOKEN: "c", OPENAI_API_KEY: "o", GEMINI_API_KEY: "g" };
const FOREIGN = {
  GITHUB_TOKEN: "h",
  AWS_SECRET_ACCESS_KEY: "w",
  AWS_REGION: "r",
  DATABASE_URL: "postgres://me:pw@host/db",
  GOOGLE_APPLICATION_CREDENTIALS: "/key.json",
  AZURE_CLIENT_SECRET: "z",
  MY_MODEL_KEY: "m",
  MY_OTHER_KEY: "n",
};
const ENV: Record<string, string> = { ...NEEDED, ...VENDORS, ...FOREIGN };

const backends = backendsOf({ backends: { mine: { command: ["mine"] } } });

/** The inherited variables that reach a CLI. */
function inherited(backend: string, fields: Partial<Task>, context: Parameters<typeof contextFor>[0] = {}): string[] {
  const env = { ...ENV, ...context.env };
  const task = makeTask({ backend, ...fields });
  const made = backends.get(backend)?.invocation(task, contextFor({ ...context, env }));
  return Object.keys(env).filter((name) => made?.env[name] === env[name as keyof typeof env]);
}

const ALL = Object.keys(ENV).sort();
const only = (...names: string[]) => [...Object.keys(NEEDED), ...names].sort();

describe("a task of the user's own", () => {
  it.each(["claude", "codex", "gemini", "mine"])("gets everything, as by hand (%s)", (backend) => {
    expect(inherited(backend, {}).sort()).toEqual(ALL);
  });

  it("gets what it needs and what `pass_env` names, where that is set", () => {
    expect(inherited("claude", { pass_env: ["MY_MODEL_KEY"] }).sort()).toEqual(
      only("ANTHROPIC_API_KEY", "CLAUDE_CODE_OAUTH_TOKEN", "MY_MODEL_KEY"),
    );
    expect(inherited("mine", { pass_env: [] }).sort()).toEqual(only());
    expect(inherited("mine", { pass_env: ["MY_*"] }).sort()).toEqual(only("MY_MODEL_KEY", "MY_OTHER_KEY"));
    expect(inherited("mine", { pass_env: ["*"] }).sort()).toEqual(ALL);
  });
});

describe("a stranger's task", () => {
  it.each([
    ["claude", ["ANTHROPIC_API_KEY", "CLAUDE_CODE_OAUTH_TOKEN"]],
    ["codex", ["OPENAI_API_KEY"]],
    ["gemini", ["GEMINI_API_KEY", "GOOGLE_APPLICATION_CREDENTIALS"]],
    ["mine", []],
  ])("gets no keys but those of its own vendor (%s)", (backend, names) => {
    expect(inherited(backend, { untrusted: true }).sort()).toEqual(only(...names));
  });

  it("gets what `pass_env` names, and the configured `env`", () => {
    const fields = { untrusted: true, pass_env: ["DATABASE_URL"], env: { OWN: "1" } };
    expect(inherited("gemini", fields).sort()).toEqual(
      only("GEMINI_API_KEY", "GOOGLE_APPLICATION_CREDENTIALS", "DATABASE_URL"),
    );
    const made = backends
      .get("gemini")
      ?.invocation(makeTask({ backend: "gemini", ...fields }), contextFor({ env: ENV }));
    expect(made?.env.OWN).toBe("1");
  });

  it("names are whole: a variable with a longer name is another one", () => {
    const env = { PATHOLOGY: "x", HOME_SECRET: "x", MY_MODEL_KEY_2: "x" };
    expect(inherited("codex", { untrusted: true, pass_env: ["MY_MODEL_KEY"] }, { env }).sort()).toEqual(
      only("OPENAI_API_KEY", "MY_MODEL_KEY"),
    );
  });

  const claudes = ["ANTHROPIC_API_KEY", "CLAUDE_CODE_OAUTH_TOKEN"];
  it.each([
    ["CLAUDE_CODE_USE_BEDROCK", "1", ["AWS_SECRET_ACCESS_KEY", "AWS_REGION"]],
    ["CLAUDE_CODE_USE_VERTEX", "true", ["GOOGLE_APPLICATION_CREDENTIALS"]],
    ["CLAUDE_CODE_USE_FOUNDRY", "1", ["AZURE_CLIENT_SECRET"]],
    ["CLAUDE_CODE_USE_BEDROCK", "0", []],
  ])("claude gets a cloud's login where it is chosen: %s=%s", (name, value, names) => {
    const expected = only(...claudes, ...names);
    const chosen = inherited("claude", { untrusted: true }, { env: { [name]: value } });
    expect(chosen.filter((one) => one !== name).sort()).toEqual(expected);
    // The configuration may choose it, too.
    expect(inherited("claude", { untrusted: true, env: { [name]: value } }).sort()).toEqual(expected);
  });

  it("codex gets the key of the provider that the configured flags name", () => {
    const extra = ["-c", 'model_providers.m={name="m",base_url="http://h",env_key="MY_MODEL_KEY"}'];
    expect(inherited("codex", { untrusted: true, extra }).sort()).toEqual(only("OPENAI_API_KEY", "MY_MODEL_KEY"));
  });
});

it("codex gets the key of the provider in the user's config, where the config counts", () => {
  const user_files = {
    "/home/me/.codex/config.toml": 'model_provider = "m"\n[model_providers.m]\nenv_key = "MY_MODEL_KEY"\n',
  };
  const names = (fields: Partial<Task>) => inherited("codex", fields, { user_files }).sort();
  expect(names({ pass_env: [] })).toEqual(only("OPENAI_API_KEY", "MY_MODEL_KEY"));
  expect(names({ pass_env: [], untrusted: true })).toEqual(only("OPENAI_API_KEY"));
});

it("offline, no key gets through, whoever asks", () => {
  const offline = { url: "http://127.0.0.1:1", api_key: "offline-1" };
  for (const untrusted of [true, false]) {
    expect(inherited("mine", { untrusted, pass_env: ["*"] }, { offline })).not.toContain("DATABASE_URL");
  }
});
