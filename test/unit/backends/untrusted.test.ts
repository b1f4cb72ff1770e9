// The exact command lines, environments and files of tasks that come from strangers.
import { describe, expect, test } from "vitest";
import type { Task } from "../../../src/schema/task.js";
import { content, invoke, settings } from "./invoke.js";
import { contextFor } from "./tasks.js";

const stranger = (fields: Partial<Task> = {}) => ({ untrusted: true, ...fields });

const CLAUDE = [
  "-p",
  "--output-format=stream-json",
  "--verbose",
  "--include-partial-messages",
  "--no-session-persistence",
  "--setting-sources=",
  "--strict-mcp-config",
];
const CODEX = [
  "exec",
  "--json",
  "--ephemeral",
  "--skip-git-repo-check",
  "-c",
  'shell_environment_policy.set.CLINVK_RUN_CHAIN=":run.0:"',
  "-c",
  'shell_environment_policy.set.RUST_LOG=""',
  "--ignore-user-config",
  "--ignore-rules",
  "-c",
  "features.plugins=false",
  "-c",
  "analytics.enabled=false",
];
const GEMINI = ["--skip-trust", "--output-format=stream-json"];

describe("`default` is said, and no settings are read", () => {
  test("claude", () => {
    expect(invoke("claude", stranger()).args).toEqual([...CLAUDE, "--permission-mode=default"]);
  });
  test("codex", () => {
    expect(invoke("codex", stranger()).args).toEqual([...CODEX, "--sandbox=read-only", "-"]);
  });
  test("gemini", () => {
    const { args, env } = invoke("gemini", stranger());
    expect(args).toEqual([...GEMINI, "--approval-mode=default"]);
    expect(env.GEMINI_CLI_TRUST_WORKSPACE).toBe("false");
    expect(invoke("gemini").env.GEMINI_CLI_TRUST_WORKSPACE).toBeUndefined();
  });
});

describe("what the task asks for is what it gets", () => {
  test("approval `auto`", () => {
    const fields = stranger({ approval_mode: "auto" });
    expect(invoke("claude", fields).args).toEqual([...CLAUDE, "--permission-mode=acceptEdits"]);
    expect(invoke("codex", fields).args).toEqual([...CODEX, "--sandbox=workspace-write", "-"]);
    expect(invoke("gemini", fields).args).toEqual([...GEMINI, "--approval-mode=auto_edit"]);
  });
  test("sandbox `workspace`", () => {
    const fields = stranger({ sandbox_mode: "workspace" });
    expect(invoke("claude", fields).args).toEqual([...CLAUDE, "--permission-mode=default"]);
    expect(invoke("codex", fields).args).toEqual([...CODEX, "--sandbox=workspace-write", "-"]);
    expect(invoke("gemini", fields).args).toEqual([...GEMINI, "--approval-mode=default"]);
  });
  test("the owner's flags and the harmless ones of the task stay", () => {
    expect(invoke("claude", stranger({ extra: ["--effort=high"] })).args.at(-1)).toBe("--effort=high");
  });
});

test("a session that the user began goes on under the rules for strangers", () => {
  const session = { id: "s", home: "/sessions/s/home", resume: { id: "x", usage: null } };
  const kept = (args: string[]) => args.filter((arg) => arg !== "--no-session-persistence");
  expect(invoke("claude", stranger({ session })).args).toEqual(
    expect.arrayContaining([...kept(CLAUDE), "--permission-mode=default", "--resume=x"]),
  );
  expect(invoke("codex", stranger({ session })).args).toEqual(
    expect.arrayContaining(["--ignore-user-config", "--ignore-rules", "--sandbox=read-only", "resume", "x"]),
  );
  expect(invoke("gemini", stranger({ session })).args).toEqual(
    expect.arrayContaining([...GEMINI, "--approval-mode=default", "--resume=x"]),
  );
});

test("MCP servers stay off, even if such a task were let through", () => {
  const config = contextFor({ user_files: { "/home/me/.codex/config.toml": "[mcp_servers.one]\n" } });
  expect(invoke("claude", stranger({ mcp: true })).args).toEqual([...CLAUDE, "--permission-mode=default"]);
  expect(invoke("codex", stranger({ mcp: true }), config).args).toEqual([...CODEX, "--sandbox=read-only", "-"]);
  const user = contextFor({ user_files: { "/home/me/.gemini/settings.json": '{"mcpServers":{"a":{}}}' } });
  expect(settings(invoke("gemini", stranger({ mcp: true }), user)).mcpServers).toBeUndefined();
});

describe("gemini's home", () => {
  const context = contextFor({
    user_files: {
      "/home/me/.gemini/settings.json": JSON.stringify({
        security: { auth: { selectedType: "oauth-personal" }, folderTrust: { enabled: false } },
        privacy: { usageStatisticsEnabled: false },
        general: { defaultApprovalMode: "auto_edit" },
        tools: { allowed: ["run_shell_command"], discoveryCommand: "x" },
        hooks: { SessionStart: [] },
        mcpServers: { a: { command: "x" } },
        context: { includeDirectories: ["/"], fileName: ["OTHER.md"] },
      }),
      "/home/me/.gemini/GEMINI.md": "MINE",
    },
  });

  test("has of the user's settings the login and what may be reported", () => {
    expect(settings(invoke("gemini", stranger(), context))).toEqual({
      general: {
        enableAutoUpdate: false,
        enableAutoUpdateNotification: false,
      },
      security: { auth: { selectedType: "oauth-personal" } },
      privacy: { usageStatisticsEnabled: false },
      advanced: { ignoreLocalEnv: true },
      hooksConfig: { enabled: false },
      skills: { enabled: false },
      experimental: { enableAgents: false },
    });
  });

  test("links the login and nothing else", () => {
    const links = invoke("gemini", stranger(), context).files.flatMap((file) =>
      "link_to" in file ? file.link_to : [],
    );
    expect(links).toEqual([
      "/home/me/.gemini/oauth_creds.json",
      "/home/me/.gemini/google_accounts.json",
      "/home/me/.gemini/gemini-credentials.json",
      "/home/me/.gemini/installation_id",
      "/home/me/.gemini/.env",
      "/home/me/.env",
    ]);
  });

  test("of a session loses what a turn of the user's own has put into it", () => {
    const session = { id: "s", home: "/sessions/s/home", resume: { id: "x", usage: null } };
    const { files } = invoke("gemini", stranger({ session }), context);
    const removed = files.flatMap((file) => ("removed" in file ? [file.path] : []));
    for (const name of ["policies", "extensions", "commands", "agents", "trusted_hooks.json", "GEMINI.md"])
      expect(removed).toContain(`/sessions/s/home/.gemini/${name}`);
    expect(removed).toContain("/sessions/s/home/.agents");
    expect(removed.some((path) => /oauth_creds|\.env/.test(path))).toBe(false);
    // The user's own next turn gets it back.
    const own = invoke("gemini", { session }, context).files;
    expect(own.filter((file) => "removed" in file)).toEqual([]);
    expect(own.flatMap((file) => ("link_to" in file ? [file.path] : []))).toContain(
      "/sessions/s/home/.gemini/policies",
    );
  });

  test("has what is appended to the system prompt, with nothing of the user's and no imports", () => {
    const { files } = invoke("gemini", stranger({ append_system_prompt: "see @./x" }), context);
    expect(content(files, "/scratch/task/gemini/.gemini/GEMINI.md")).toBe("see \\@./x");
  });
});

// The prompt itself has gone through `promptForStdin`.
describe("what a CLI is sent beside the prompt is literal", () => {
  test("a schema, for gemini", () => {
    const output_schema = { description: "@/etc/passwd" };
    expect(invoke("gemini", stranger({ output_schema })).stdin).toContain('"\\@/etc/passwd"');
    expect(invoke("gemini", { output_schema }).stdin).toContain('"@/etc/passwd"');
  });
  test("a command at the beginning, for claude", () => {
    expect(invoke("claude", stranger({ prompt: "/a x" })).stdin).toBe("\n/a x");
  });
});
