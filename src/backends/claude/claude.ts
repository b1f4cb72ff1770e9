// Claude Code: `claude -p` with stream-json output (tested with 2.1.197).
import { dirname, join } from "node:path";
import { BUILT_IN } from "../../schema/built-in.js";
import type { Task } from "../../schema/task.js";
import { parseObject, textAt } from "../../util/json.js";
import type { Backend, BuiltIn, Invocation, InvocationContext, Probe, ScratchFile } from "../shared/backend.js";
import { childEnv, offlineHome } from "../shared/child-env.js";
import { claudeLiteral } from "../shared/prompt-text.js";
import { unsupportedFields } from "../shared/support.js";
import { claudeEnvNames } from "./claude-env.js";
import { claudeParser } from "./claude-parser.js";
import { listensForLongWaits, type OwnSettings, ownSettings } from "./claude-retries.js";
import { claudeWords } from "./claude-words.js";

const READING_TOOLS = "Read,Grep,Glob";

const support: Backend["support"] = {
  model: { level: "full", note: "`--model`" },
  approval_mode: {
    level: "full",
    note: "`--permission-mode` acceptEdits (`auto`), bypassPermissions (`none`; refused as root), default (`always`)",
  },
  sandbox_mode: {
    level: "partial",
    note: "`read-only`: only the reading tools exist; `workspace` and `full`: path checks of the CLI, no OS sandbox",
  },
  max_turns: { level: "full", note: "`--max-turns`" },
  max_tokens: { level: "full", note: "`CLAUDE_CODE_MAX_OUTPUT_TOKENS`" },
  system_prompt: { level: "full", note: "`--system-prompt-file`" },
  append_system_prompt: { level: "full", note: "`--append-system-prompt-file`" },
  allowed_tools: { level: "full", note: "`--allowedTools`" },
};

function permissionMode(task: Task): string | undefined {
  switch (task.approval_mode) {
    case "default":
      // Settings of the user or a project could say something else.
      return task.untrusted ? "default" : undefined;
    case "auto":
      return "acceptEdits";
    case "none":
      return "bypassPermissions";
    case "always":
      return "default";
    default:
      return task.approval_mode satisfies never;
  }
}

/** Values are joined with `=`, so that none can become a flag of its own. */
function flags(task: Task, context: InvocationContext, files: ScratchFile[]): string[] {
  const args = ["-p", "--output-format=stream-json", "--verbose", "--include-partial-messages"];
  if (task.session === undefined) args.push("--no-session-persistence");
  else if (task.session.resume !== undefined) args.push(`--resume=${task.session.resume.id}`);
  const readOnly = task.sandbox_mode === "read-only";
  // Without this a project's settings can send the CLI to another server, and its hooks and MCP servers run.
  const isolated = context.offline !== undefined || task.untrusted;
  if (isolated) args.push("--setting-sources=");
  if (!task.mcp || readOnly || isolated) args.push("--strict-mcp-config");
  const model = task.model ?? (context.offline === undefined ? undefined : "offline-model");
  if (model !== undefined) args.push(`--model=${model}`);
  const mode = permissionMode(task);
  if (mode !== undefined) args.push(`--permission-mode=${mode}`);
  if (readOnly) args.push(`--tools=${READING_TOOLS}`);
  for (const tool of task.allowed_tools) args.push(`--allowedTools=${tool}`);
  if (task.max_turns > 0) args.push(`--max-turns=${task.max_turns}`);
  if (task.output_schema !== undefined) args.push(`--json-schema=${JSON.stringify(task.output_schema)}`);
  for (const [flag, text] of [
    ["system-prompt", task.system_prompt],
    ["append-system-prompt", task.append_system_prompt],
  ] as const) {
    if (text === undefined) continue;
    const path = join(context.scratch, `${flag}.md`);
    files.push({ path, content: text });
    args.push(`--${flag}-file=${path}`);
  }
  return [...args, ...task.extra];
}

/** Where the CLI writes why a request failed; see `claude-retries.ts`. */
const ERRORS_FILE = "claude-errors.log";

function environment(task: Task, context: InvocationContext, own: OwnSettings): Record<string, string> {
  const ours: Record<string, string> = { DISABLE_AUTOUPDATER: "1" };
  // Its records tell only the class of an error that it repeats; its log of errors has the words of the service.
  if (!own.debugs) {
    ours.DEBUG_SDK = "1";
    ours.CLAUDE_CODE_DEBUG_LOGS_DIR = join(context.scratch, ERRORS_FILE);
    ours.CLAUDE_CODE_DEBUG_LOG_LEVEL = "error";
  }
  if (listensForLongWaits(context.previous_failure) && !own.retries) ours.CLAUDE_CODE_RETRY_WATCHDOG = "1";
  if (task.max_tokens > 0) ours.CLAUDE_CODE_MAX_OUTPUT_TOKENS = String(task.max_tokens);
  if (context.offline === undefined) return childEnv(task, context, claudeEnvNames, ours, {});
  return childEnv(task, context, claudeEnvNames, ours, {
    ANTHROPIC_BASE_URL: context.offline.url,
    ANTHROPIC_API_KEY: context.offline.api_key,
    CLAUDE_CONFIG_DIR: join(offlineHome(task, context), ".claude"),
    CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: "1",
    DISABLE_TELEMETRY: "1",
    DISABLE_ERROR_REPORTING: "1",
  });
}

function invocation(task: Task, context: InvocationContext): Invocation {
  const files: ScratchFile[] = [];
  const [file = "claude", ...before] = context.executable;
  const args = [...before, ...flags(task, context, files)];
  const { prompt } = task;
  // The CLI would take a prompt that begins with `/` for one of its commands; a newline in front makes it text.
  const stdin = prompt.startsWith("/") ? `\n${prompt}` : prompt;
  const own = ownSettings(task, context);
  return {
    file,
    args,
    env: environment(task, context, own),
    stdin,
    // Measured with 2.1.197: if the reader of a pipe is slower than the CLI, the CLI drops the end of its output when it exits,
    // with exit code 0: the last line is cut and there is no `result`. Output to a file is always complete.
    stdout: "file",
    cwd: task.workdir,
    files,
    reports: own.debugs ? {} : { errors: join(context.scratch, ERRORS_FILE) },
    ...(own.retries ? { retries_asked: true } : {}),
    warnings: own.warnings,
  };
}

const probe: Probe = {
  version_args: ["--version"],
  parse_version: (output) => /^\s*(\d+\.\d+\.\d+\S*)/.exec(output)?.[1],
  auth_args: ["auth", "status"],
  env: {
    CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: "1",
    DISABLE_TELEMETRY: "1",
    DISABLE_AUTOUPDATER: "1",
    DISABLE_ERROR_REPORTING: "1",
  },
  auth_state({ env, run }) {
    const status = run === undefined ? undefined : parseObject(run.stdout);
    if (status?.loggedIn === true) {
      return { logged_in: true, how: textAt(status, "authMethod") ?? "`claude auth status`" };
    }
    for (const name of ["ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN", "CLAUDE_CODE_OAUTH_TOKEN"]) {
      if (env[name]) return { logged_in: true, how: `${name} is set` };
    }
    return { logged_in: false };
  },
};

export const claude: BuiltIn = {
  name: "claude",
  title: "Claude Code",
  binary: "claude",
  ...BUILT_IN.claude,
  failure_words: claudeWords,
  keeps_sessions: "always",
  keeps_own_copy: true,
  resume_command: ({ id }, command) => `${command} --resume ${id}`,
  login: (command, env) =>
    env?.ANTHROPIC_API_KEY
      ? "check the key in ANTHROPIC_API_KEY: the service does not accept it"
      : `run \`${command}\` and use /login, or set ANTHROPIC_API_KEY`,
  reports_cost: true,
  // Measured with 2.1.197: "piped stdin input exceeds 10MB". One byte is kept for the newline before a `/`.
  prompt_limit: { max: 10 * 1024 * 1024 - 1, unit: "bytes" },
  support,
  models: { fast: "haiku", balanced: "sonnet", best: "opus" },
  reads: () => [],
  env_names: claudeEnvNames,
  native_binaries(packageDir, platform, arch) {
    // `bin/claude.exe` is a stub until the package's install script has run, and npm may skip that.
    const name = platform === "win32" ? "claude.exe" : "claude";
    const variants = platform === "linux" ? ["", "-musl"] : [""];
    return variants.flatMap((variant) => {
      const folder = `claude-code-${platform}-${arch}${variant}`;
      return [join(dirname(packageDir), folder, name), join(packageDir, "node_modules", "@anthropic-ai", folder, name)];
    });
  },
  warnings: (task) => unsupportedFields(claude, task),
  invocation,
  literal: claudeLiteral,
  allowed_flags: {
    "--effort": /^(?:low|medium|high|xhigh|max)$/,
    "--fallback-model": /^[A-Za-z0-9][\w.,:[\]-]*$/,
  },
  parser: (task) => claudeParser(task),
  probe,
  offline_hint: (url) => [
    `export ANTHROPIC_BASE_URL=${url}`,
    "export ANTHROPIC_API_KEY=offline",
    "export CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC=1",
    "claude -p --setting-sources= --strict-mcp-config",
  ],
};
