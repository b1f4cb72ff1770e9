// The exact command lines, environments and files of every option on every backend.
import { describe, expect, test } from "vitest";
import { backends } from "../../../src/backends/index.js";
import { BACKEND_NAMES } from "../../../src/schema/built-in.js";
import type { Failure } from "../../../src/schema/failure.js";
import type { ApprovalMode, SandboxMode } from "../../../src/schema/task-input.js";
import { APPROVAL_MODES, SANDBOX_MODES } from "../../../src/schema/task-input.js";
import { omitUndefined } from "../../../src/util/omit-undefined.js";
import { content, invoke, settings } from "./invoke.js";
import { contextFor, taskFor } from "./tasks.js";

const CLAUDE = [
  "-p",
  "--output-format=stream-json",
  "--verbose",
  "--include-partial-messages",
  "--no-session-persistence",
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
];
const GEMINI = ["--skip-trust", "--output-format=stream-json"];

describe("with nothing set, the CLIs decide", () => {
  test("claude", () => expect(invoke("claude").args).toEqual(CLAUDE));
  test("codex", () => expect(invoke("codex").args).toEqual([...CODEX, "-"]));
  test("gemini", () => expect(invoke("gemini").args).toEqual(GEMINI));
  test.each(BACKEND_NAMES)("%s: prompt on stdin, workdir as cwd, the executable as located", (name) => {
    const invocation = invoke(name, {}, contextFor({ executable: ["/usr/bin/node", "/lib/cli.js"] }));
    expect(invocation.file).toBe("/usr/bin/node");
    expect(invocation.args[0]).toBe("/lib/cli.js");
    expect(invocation.stdin).toBe("PROMPT-TEXT");
    expect(invocation.cwd).toBe("/project");
  });
});

describe("approval mode × sandbox mode", () => {
  const claudeMode: Record<ApprovalMode, string[]> = {
    default: [],
    auto: ["--permission-mode=acceptEdits"],
    none: ["--permission-mode=bypassPermissions"],
    always: ["--permission-mode=default"],
  };
  const geminiMode: Record<ApprovalMode, string[]> = {
    default: [],
    auto: ["--approval-mode=auto_edit"],
    none: ["--approval-mode=yolo"],
    always: ["--approval-mode=default"],
  };
  const codexSandbox: Record<ApprovalMode, Record<SandboxMode, string | undefined>> = {
    default: { default: undefined, "read-only": "read-only", workspace: "workspace-write", full: "danger-full-access" },
    auto: {
      default: "workspace-write",
      "read-only": "read-only",
      workspace: "workspace-write",
      full: "danger-full-access",
    },
    none: {
      default: "workspace-write",
      "read-only": "read-only",
      workspace: "workspace-write",
      full: "danger-full-access",
    },
    always: { default: "read-only", "read-only": "read-only", workspace: "read-only", full: "read-only" },
  };
  const pairs = APPROVAL_MODES.flatMap((approval) => SANDBOX_MODES.map((sandbox) => [approval, sandbox] as const));

  test.each(pairs)("approval %s, sandbox %s", (approval_mode, sandbox_mode) => {
    const fields = { approval_mode, sandbox_mode };
    const readOnly = sandbox_mode === "read-only";

    const claude = invoke("claude", fields).args.slice(CLAUDE.length);
    const tools = readOnly ? ["--tools=Read,Grep,Glob"] : [];
    expect(claude).toEqual([...claudeMode[approval_mode], ...tools]);

    const mode = codexSandbox[approval_mode][sandbox_mode];
    expect(invoke("codex", fields).args).toEqual([...CODEX, ...(mode === undefined ? [] : [`--sandbox=${mode}`]), "-"]);

    const gemini = invoke("gemini", fields);
    const policy = readOnly ? ["--admin-policy=/scratch/task/read-only.toml"] : [];
    expect(gemini.args).toEqual([...GEMINI, ...geminiMode[approval_mode], ...policy]);
    const core = (settings(gemini).tools as { core?: string[] } | undefined)?.core;
    expect(core !== undefined).toBe(readOnly);
    if (readOnly) expect(core).not.toEqual(expect.arrayContaining(["run_shell_command"]));
  });
});

describe("the other options", () => {
  test("model", () => {
    for (const name of BACKEND_NAMES) expect(invoke(name, { model: "m-1" }).args).toContain("--model=m-1");
  });

  test("max_turns and max_tokens", () => {
    const fields = { max_turns: 7, max_tokens: 99 };
    const claude = invoke("claude", fields);
    expect(claude.args).toContain("--max-turns=7");
    expect(claude.env.CLAUDE_CODE_MAX_OUTPUT_TOKENS).toBe("99");
    expect(invoke("codex", fields).args).toEqual(invoke("codex").args);
    const merged = settings(invoke("gemini", fields));
    expect(merged.model).toEqual({ maxSessionTurns: 7 });
    expect(JSON.stringify(merged.modelConfigs)).toContain('"maxOutputTokens":99');
  });

  test("system prompts are files of the scratch directory", () => {
    const fields = { system_prompt: "SYSTEM-TEXT", append_system_prompt: "APPEND-TEXT" };
    const claude = invoke("claude", fields);
    expect(claude.args).toContain("--system-prompt-file=/scratch/task/system-prompt.md");
    expect(claude.args).toContain("--append-system-prompt-file=/scratch/task/append-system-prompt.md");
    expect(content(claude.files, "/scratch/task/system-prompt.md")).toBe("SYSTEM-TEXT");
    expect(content(claude.files, "/scratch/task/append-system-prompt.md")).toBe("APPEND-TEXT");
    const codex = invoke("codex", fields);
    expect(codex.args).toContain('model_instructions_file="/scratch/task/system-prompt.md"');
    expect(codex.stdin).toBe("<instructions>\nAPPEND-TEXT\n</instructions>\n\nPROMPT-TEXT");
    const gemini = invoke("gemini", fields);
    expect(gemini.env.GEMINI_SYSTEM_MD).toBe("/scratch/task/system-prompt.md");
    expect(content(gemini.files, "/scratch/task/gemini/.gemini/GEMINI.md")).toBe("APPEND-TEXT");
  });

  test("claude's allowed tools, one flag each", () => {
    const { args } = invoke("claude", { allowed_tools: ["Bash(git *)", "Read"] });
    expect(args.slice(CLAUDE.length)).toEqual(["--allowedTools=Bash(git *)", "--allowedTools=Read"]);
  });

  test.each(BACKEND_NAMES)("%s: extra flags come last, as given", (name) => {
    expect(invoke(name, { model: "m", extra: ["--foo", "a b"] }).args.slice(-2)).toEqual(["--foo", "a b"]);
  });

  test("only a prompt that claude would take for a command gets a newline in front", () => {
    expect(invoke("claude", { prompt: "/help me" }).stdin).toBe("\n/help me");
    expect(invoke("codex", { prompt: "/help me" }).stdin).toBe("/help me");
    expect(invoke("gemini", { prompt: "/help me" }).stdin).toBe("/help me");
  });
});

describe("MCP servers of the user", () => {
  const config =
    '[mcp_servers.one]\ncommand = "x"\n[mcp_servers.one.env]\nA = "b"\n [ mcp_servers."two-2" ]\n[other.three]\n';
  const context = contextFor({ user_files: { "/home/me/.codex/config.toml": config } });
  test("codex: each is switched off by name, unless the task wants them", () => {
    expect(invoke("codex", {}, context).args).toContain("mcp_servers={one={enabled=false},two-2={enabled=false}}");
    expect(invoke("codex", { mcp: true }, context).args).toEqual(invoke("codex").args);
  });
  test("claude: none without `mcp: true`", () => {
    expect(invoke("claude").args).toContain("--strict-mcp-config");
    expect(invoke("claude", { mcp: true }).args).not.toContain("--strict-mcp-config");
    expect(invoke("claude", { mcp: true, sandbox_mode: "read-only" }).args).toContain("--strict-mcp-config");
  });
});

describe("output schema", () => {
  const output_schema = { type: "object", properties: { a: { type: "integer" } } };
  const text = JSON.stringify(output_schema);
  test("claude as a flag, codex as a file, gemini in words", () => {
    expect(invoke("claude", { output_schema }).args).toContain(`--json-schema=${text}`);
    const codex = invoke("codex", { output_schema });
    expect(codex.args).toContain("--output-schema=/scratch/task/output-schema.json");
    expect(content(codex.files, "/scratch/task/output-schema.json")).toBe(text);
    expect(invoke("gemini", { output_schema }).stdin).toMatch(/^PROMPT-TEXT\n\nAnswer with .*\n.*"integer"/);
  });
});

describe("nothing hostile gets into a command line", () => {
  const hostile = '--dangerously-skip-permissions"\n$(touch /x)\u0000\u007f';
  test.each(BACKEND_NAMES)("%s", (name) => {
    const invocation = invoke(name, {
      prompt: hostile,
      system_prompt: hostile,
      append_system_prompt: hostile,
      id: hostile,
      name: hostile,
      tags: [hostile],
      meta: { [hostile]: hostile },
    });
    for (const arg of invocation.args) expect(arg).not.toContain("dangerously");
    expect(invocation.stdin).toContain(hostile);
  });

  test("a scratch path with quotes stays one TOML string", () => {
    const { args } = invoke("codex", { system_prompt: "s" }, contextFor({ scratch: '/a"b\\c\u007f' }));
    expect(args).toContain('model_instructions_file="/a\\"b\\\\c\\u007f/system-prompt.md"');
  });
});

describe("environment", () => {
  test.each(BACKEND_NAMES)(
    "%s inherits ours, then the config's on top; temporary files stay in the scratch",
    (name) => {
      const { env } = invoke(name, { env: { EXTRA: "1", PATH: "/mine", TMPDIR: "/elsewhere" } });
      expect(env).toMatchObject({ SECRET_OF_MINE: "s3cret", EXTRA: "1", PATH: "/mine" });
      for (const variable of ["TMPDIR", "TMP", "TEMP"]) expect(env[variable]).toBe("/scratch/task/tmp");
    },
  );

  test("claude keeps its own retries and the repetition of a cut stream", () => {
    const { env, retries_asked, warnings } = invoke("claude");
    expect(env).not.toHaveProperty("CLAUDE_CODE_MAX_RETRIES");
    expect(env).not.toHaveProperty("CLAUDE_CODE_DISABLE_NONSTREAMING_FALLBACK");
    expect(env).not.toHaveProperty("CLAUDE_CODE_RETRY_WATCHDOG");
    expect({ retries_asked, warnings }).toEqual({ retries_asked: undefined, warnings: [] });
  });

  test("a user's own count of claude's retries is kept, and what it does is said", () => {
    const asked = invoke("claude", { env: { CLAUDE_CODE_MAX_RETRIES: "3" } });
    expect(asked.env.CLAUDE_CODE_MAX_RETRIES).toBe("3");
    expect(asked.retries_asked).toBe(true);
    expect(asked.warnings).toEqual([
      "CLAUDE_CODE_MAX_RETRIES=3 is set: a throttled Claude Code task waits by itself, and clinvk pauses the other tasks only after it gives up; unset it and clinvk waits for all tasks at once",
    ]);
    const none = invoke("claude", {}, contextFor({ env: { CLAUDE_CODE_MAX_RETRIES: "0" } }));
    expect(none.warnings).toEqual([
      "CLAUDE_CODE_MAX_RETRIES=0 is set: Claude Code does not tell how long the service asks to wait; unset it and clinvk waits for all tasks at once",
    ]);
    const offline = { url: "http://127.0.0.1:1", api_key: "k" };
    const set = { env: { CLAUDE_CODE_MAX_RETRIES: "3" } };
    expect(invoke("claude", set, contextFor({ offline })).warnings).toEqual([]);
  });

  test("claude changes to its --fallback-model by retries of its own", () => {
    expect(invoke("claude", { extra: ["--fallback-model=haiku"] }).retries_asked).toBe(true);
  });

  test("claude logs errors into the scratch, unless the user debugs it", () => {
    const file = "/scratch/task/claude-errors.log";
    const { env, reports } = invoke("claude");
    expect(env).toMatchObject({ CLAUDE_CODE_DEBUG_LOGS_DIR: file, CLAUDE_CODE_DEBUG_LOG_LEVEL: "error" });
    expect(reports).toEqual({ errors: file });
    const debugged = invoke("claude", { extra: ["--debug-file=/mine"] });
    expect(debugged.env).not.toHaveProperty("CLAUDE_CODE_DEBUG_LOG_LEVEL");
    expect(debugged.reports).toEqual({});
  });

  test.each<[string, Failure | undefined, boolean]>([
    ["none", undefined, false],
    ["a throttle that told no wait", { kind: "rate_limited", message: "", http_status: 429 }, true],
    ["an overload that told no wait", { kind: "overloaded", message: "", http_status: 529 }, true],
    ["a throttle with a wait", { kind: "rate_limited", message: "", http_status: 429, retry_after_seconds: 5 }, false],
    ["a cut connection", { kind: "network", message: "" }, false],
  ])("claude tells long waits after a failure: %s", (_, previous_failure, listens) => {
    const { env } = invoke("claude", {}, contextFor(omitUndefined({ previous_failure })));
    expect(env.CLAUDE_CODE_RETRY_WATCHDOG).toBe(listens ? "1" : undefined);
  });

  test("gemini keeps its own retries", () => {
    expect(settings(invoke("gemini")).general).not.toHaveProperty("maxAttempts");
    expect(settings(invoke("gemini")).general).not.toHaveProperty("retryFetchErrors");
  });

  test("IS_SANDBOX is never set by us", () => {
    for (const name of BACKEND_NAMES) expect(invoke(name, { approval_mode: "none" }).env.IS_SANDBOX).toBeUndefined();
  });

  test("gemini runs without its parent process and carries the marker", () => {
    const { env } = invoke("gemini");
    expect(env.GEMINI_CLI_NO_RELAUNCH).toBe("true");
    expect(env.GEMINI_CLI_CLINVK_RUN).toBe(":run.0:");
    expect(env.GEMINI_CLI_HOME).toBe("/scratch/task/gemini");
  });
});

describe("warnings about what a CLI can't honour", () => {
  const everything = {
    max_turns: 1,
    max_tokens: 1,
    allowed_tools: ["Read"],
    system_prompt: "s",
    append_system_prompt: "a",
  };
  test.each(BACKEND_NAMES)("%s: none for a plain task", (name) => {
    expect(backends[name].warnings(taskFor(name))).toEqual([]);
  });
  test("the same text whatever the task", () => {
    expect(backends.claude.warnings(taskFor("claude", everything))).toEqual([]);
    expect(backends.codex.warnings(taskFor("codex", everything))).toEqual([
      "codex does not honour `max_turns`; it is ignored",
      "codex does not honour `max_tokens`; it is ignored",
      "codex does not honour `allowed_tools`; it is ignored",
    ]);
    expect(backends.gemini.warnings(taskFor("gemini", { ...everything, sandbox_mode: "workspace" }))).toEqual([
      "gemini does not honour `allowed_tools`; it is ignored",
      "gemini does not confine its shell tool: `sandbox_mode: workspace` holds for its file tools only",
    ]);
  });
});
