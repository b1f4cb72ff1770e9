// The throw-away home of gemini: what of the user's gets into it, and how.
import { describe, expect, test } from "vitest";
import { backends } from "../../../../src/backends/index.js";
import type { Task } from "../../../../src/schema/task.js";
import { content, invoke, settings } from "../invoke.js";
import { contextFor } from "../tasks.js";

describe("gemini's throw-away home", () => {
  const userSettings =
    '{ // mine\n "general": {"vimMode": true, "maxAttempts": 9}, "ui": {"theme": "x"}, "mcpServers": {"a": {"command": "x"}}, }';
  const context = (text: string, env = {}) =>
    contextFor({ user_files: { "/home/me/.gemini/settings.json": text }, env: { HOME: "/home/me", ...env } });

  test("keeps the user's settings and sets ours over them", () => {
    const merged = settings(invoke("gemini", {}, context(userSettings)));
    expect(merged.general).toMatchObject({ vimMode: true, maxAttempts: 9, enableAutoUpdate: false });
    expect(merged.ui).toEqual({ theme: "x" });
  });

  test("MCP servers only if the task wants them, and never for read-only: they could write", () => {
    const servers = (fields: Partial<Task>) => settings(invoke("gemini", fields, context(userSettings))).mcpServers;
    expect(servers({})).toBeUndefined();
    expect(servers({ mcp: true })).toEqual({ a: { command: "x" } });
    expect(servers({ mcp: true, sandbox_mode: "read-only" })).toBeUndefined();
  });

  test("links credentials; nothing of the user's is copied but settings and context", () => {
    const { files } = invoke("gemini", {}, context(userSettings));
    expect(files).toContainEqual({
      path: "/scratch/task/gemini/.gemini/oauth_creds.json",
      link_to: "/home/me/.gemini/oauth_creds.json",
    });
    expect(files.filter((file) => "content" in file).map((file) => file.path)).toEqual([
      "/scratch/task/gemini/.gemini/settings.json",
    ]);
    expect(new Set(files.map((file) => file.path)).size).toBe(files.length);
  });

  test("settings that are no JSON are left out, with a warning", () => {
    const invocation = invoke("gemini", {}, context("{ nonsense"));
    expect(settings(invocation).general).toMatchObject({ enableAutoUpdate: false });
    expect(invocation.warnings).toEqual([
      "/home/me/.gemini/settings.json is not valid JSON; gemini runs without these settings",
    ]);
    expect(invoke("gemini", {}, context(userSettings)).warnings).toEqual([]);
  });

  test("a key in the environment selects key authentication, unless something else is selected", () => {
    const key = { GEMINI_API_KEY: "k" };
    expect(settings(invoke("gemini", {}, context("{}", key))).security).toEqual({
      auth: { selectedType: "gemini-api-key" },
    });
    const other = '{"security":{"auth":{"selectedType":"oauth-personal"}}}';
    expect(settings(invoke("gemini", {}, context(other, key))).security).toEqual({
      auth: { selectedType: "oauth-personal" },
    });
    expect(
      settings(invoke("gemini", {}, context("{}", { ...key, GOOGLE_GENAI_USE_GCA: "true" }))).security,
    ).toBeUndefined();
  });

  test("the user's GEMINI.md is linked, or comes before what is appended", () => {
    const path = "/scratch/task/gemini/.gemini/GEMINI.md";
    expect(invoke("gemini").files).toContainEqual({ path, link_to: "/home/me/.gemini/GEMINI.md" });
    const own = contextFor({ user_files: { "/home/me/.gemini/GEMINI.md": "MINE" } });
    const { files } = invoke("gemini", { append_system_prompt: "MORE" }, own);
    expect(content(files, path)).toBe("MINE\n\nMORE");
    expect(files.filter((file) => file.path === path)).toHaveLength(1);
  });

  test("context files of other names stay, and can't lead out of the home", () => {
    const names = '{"context":{"fileName":["AGENTS.md","../../etc/passwd"]}}';
    const invocation = invoke("gemini", { append_system_prompt: "MORE" }, context(names));
    expect(settings(invocation).context).toEqual({ fileName: ["AGENTS.md", "GEMINI.md"] });
    const linked = invocation.files.filter((file) => "link_to" in file).map((file) => file.path);
    expect(linked).toContain("/scratch/task/gemini/.gemini/AGENTS.md");
    expect(linked.every((path) => path.startsWith("/scratch/task/gemini/"))).toBe(true);
  });

  test("GEMINI_CLI_HOME of the user moves the source", () => {
    const env = { HOME: "/home/me", GEMINI_CLI_HOME: "/other" };
    expect(backends.gemini.reads(env, [])).toContain("/other/.gemini/settings.json");
    const { files } = invoke("gemini", {}, contextFor({ env }));
    expect(files).toContainEqual({ path: "/scratch/task/gemini/.gemini/.env", link_to: "/other/.gemini/.env" });
  });
});
