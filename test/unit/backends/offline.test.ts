// With the offline model, nothing of the user's takes part and nothing can lead elsewhere.
import { describe, expect, test } from "vitest";
import { BACKEND_NAMES } from "../../../src/schema/built-in.js";
import { content, invoke } from "./invoke.js";
import { contextFor } from "./tasks.js";

describe("offline", () => {
  const offline = { url: "http://127.0.0.1:4711", api_key: "offline-task-1" };
  const env = {
    HOME: "/home/me",
    PATH: "/bin",
    LC_ALL: "C",
    ANTHROPIC_API_KEY: "mine",
    OPENAI_API_KEY: "mine",
    GEMINI_API_KEY: "mine",
    HTTPS_PROXY: "http://proxy:1",
    NODE_OPTIONS: "--require x",
    IS_SANDBOX: "1",
  };
  const context = contextFor({
    offline,
    env,
    user_files: { "/home/me/.gemini/settings.json": '{"mcpServers":{"a":{}}}' },
  });

  test.each(BACKEND_NAMES)("%s: nothing of the user's, and no way out", (name) => {
    const invocation = invoke(name, { env: { ANTHROPIC_BASE_URL: "http://evil", EXTRA: "1" } }, context);
    const { env: child } = invocation;
    expect(child).toMatchObject({ HOME: "/scratch/task/home", PATH: "/bin", LC_ALL: "C" });
    expect(child).toMatchObject({ HTTPS_PROXY: "http://127.0.0.1:9", no_proxy: "127.0.0.1,localhost" });
    expect(Object.values(child)).not.toContain("mine");
    expect(child.EXTRA).toBeUndefined();
    expect(child.NODE_OPTIONS).toBeUndefined();
    expect(child.IS_SANDBOX).toBeUndefined();
    expect(JSON.stringify(invocation)).not.toMatch(/evil|proxy:1|mcpServers|\/home\/me/);
    expect(invocation.args).toContain("--model=offline-model");
  });

  test("each CLI is pointed at the offline model with the task's key", () => {
    const claude = invoke("claude", {}, context);
    expect(claude.env).toMatchObject({ ANTHROPIC_BASE_URL: offline.url, ANTHROPIC_API_KEY: offline.api_key });
    expect(claude.args).toEqual(expect.arrayContaining(["--setting-sources=", "--strict-mcp-config"]));
    const codex = invoke("codex", {}, context);
    expect(codex.env.CLINVK_OFFLINE_KEY).toBe(offline.api_key);
    expect(codex.args.join(" ")).toContain('base_url="http://127.0.0.1:4711/v1"');
    expect(codex.args).toContain("--ignore-user-config");
    const gemini = invoke("gemini", {}, context);
    expect(gemini.env).toMatchObject({ GOOGLE_GEMINI_BASE_URL: offline.url, GEMINI_API_KEY: offline.api_key });
    const file = content(gemini.files, "/scratch/task/home/.gemini/settings.json") ?? "";
    expect(JSON.parse(file)).toMatchObject({
      security: { auth: { selectedType: "gemini-api-key" } },
      advanced: { ignoreLocalEnv: true },
    });
  });

  test("models that bring a wire format or a router of their own are not asked for", () => {
    expect(invoke("codex", { model: "gpt-6.1-sol" }, context).args).toContain("--model=offline-model");
    expect(invoke("codex", { model: "my-model" }, context).args).toContain("--model=my-model");
    expect(invoke("gemini", { model: "auto" }, context).args).toContain("--model=offline-model");
  });
});
