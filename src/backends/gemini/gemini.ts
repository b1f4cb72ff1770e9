// Gemini CLI: `gemini -o stream-json` in a home that clinvk makes (tested with 0.61.0).
import { join } from "node:path";
import { BUILT_IN } from "../../schema/built-in.js";
import type { Task } from "../../schema/task.js";
import { isObject, parseObject } from "../../util/json.js";
import { omitUndefined } from "../../util/omit-undefined.js";
import { shellQuote } from "../../util/shell-quote.js";
import type { Backend, BuiltIn, Invocation, InvocationContext, Probe, ScratchFile } from "../shared/backend.js";
import { childEnv, offlineHome } from "../shared/child-env.js";
import { geminiLiteral, schemaRequest } from "../shared/prompt-text.js";
import { unsupportedFields } from "../shared/support.js";
import { geminiHome, READING_TOOLS, readSettings, selectedAuth, userGeminiDir } from "./gemini-home.js";
import { geminiParser } from "./gemini-parser.js";
import { geminiWords } from "./gemini-words.js";

const support: Backend["support"] = {
  model: { level: "full", note: "`--model`" },
  approval_mode: {
    level: "full",
    note: "`--approval-mode` auto_edit (`auto`), yolo (`none`), default (`always`: tools that write do not exist)",
  },
  sandbox_mode: {
    level: "partial",
    note: "`read-only`: only the reading tools exist; `workspace`: file tools stay in it, the shell tool does not",
  },
  max_turns: { level: "full", note: "setting `model.maxSessionTurns`" },
  max_tokens: { level: "full", note: "setting `maxOutputTokens` of the model configurations" },
  system_prompt: { level: "full", note: "`GEMINI_SYSTEM_MD`" },
  append_system_prompt: { level: "partial", note: "`GEMINI.md` of the throw-away home, after the user's own" },
  allowed_tools: { level: "none", note: "gemini uses a policy file instead" },
};

function approvalMode(task: Task): string | undefined {
  switch (task.approval_mode) {
    case "default":
      // Settings of the user or a project could say something else.
      return task.untrusted ? "default" : undefined;
    case "auto":
      return "auto_edit";
    case "none":
      return "yolo";
    case "always":
      return "default";
    default:
      return task.approval_mode satisfies never;
  }
}

/** The policy for `read-only`. It has the highest tier, so no project setting and no MCP server can override it. */
function readOnlyPolicy(): string {
  const names = READING_TOOLS.map((name) => `"${name}"`).join(", ");
  return [
    "[[rule]]",
    'toolName = "*"',
    'decision = "deny"',
    "priority = 100",
    "",
    "[[rule]]",
    `toolName = [${names}]`,
    'decision = "allow"',
    "priority = 200",
    "",
  ].join("\n");
}

function flags(task: Task, context: InvocationContext, files: ScratchFile[]): string[] {
  const args = ["--skip-trust", "--output-format=stream-json"];
  // Never `auto` offline: it would first ask another model which model to take.
  const model = context.offline !== undefined && (task.model ?? "auto") === "auto" ? "offline-model" : task.model;
  if (model !== undefined) args.push(`--model=${model}`);
  if (task.session?.resume !== undefined) args.push(`--resume=${task.session.resume.id}`);
  const mode = approvalMode(task);
  if (mode !== undefined) args.push(`--approval-mode=${mode}`);
  if (task.sandbox_mode === "read-only") {
    const path = join(context.scratch, "read-only.toml");
    files.push({ path, content: readOnlyPolicy() });
    args.push(`--admin-policy=${path}`);
  }
  return [...args, ...task.extra];
}

/** Telemetry into a file, and nowhere else: it tells why an answer ended. Without prompts (measured with 0.61.0). */
function localTelemetry(file: string): Record<string, string> {
  return {
    GEMINI_TELEMETRY_ENABLED: "true",
    GEMINI_TELEMETRY_TARGET: "local",
    GEMINI_TELEMETRY_OUTFILE: file,
    GEMINI_TELEMETRY_LOG_PROMPTS: "false",
    GEMINI_TELEMETRY_TRACES_ENABLED: "false",
    GEMINI_TELEMETRY_USE_COLLECTOR: "false",
    GEMINI_TELEMETRY_OTLP_ENDPOINT: "",
  };
}

function environment(
  task: Task,
  context: InvocationContext,
  files: ScratchFile[],
  warnings: string[],
): { env: Record<string, string>; reports: Record<string, string> } {
  const throwAway = context.offline === undefined ? join(context.scratch, "gemini") : offlineHome(task, context);
  const home = task.session?.home ?? throwAway;
  const made = geminiHome(task, context, home);
  files.push(...made.files);
  warnings.push(...made.warnings);
  const fixed: Record<string, string> = {
    GEMINI_CLI_HOME: home,
    // Otherwise the CLI runs under a parent process that ignores signals (measured with 0.61.0).
    GEMINI_CLI_NO_RELAUNCH: "true",
    // The CLI passes only variables with such names on to its commands; this keeps the marker by which we recognise them.
    ...omitUndefined({ GEMINI_CLI_CLINVK_RUN: context.marker }),
  };
  // The CLI reads settings before `--skip-trust`: this ignores a project's settings even if the user trusts its folder.
  if (task.untrusted) fixed.GEMINI_CLI_TRUST_WORKSPACE = "false";
  if (task.system_prompt !== undefined) {
    const path = join(context.scratch, "system-prompt.md");
    files.push({ path, content: task.system_prompt });
    fixed.GEMINI_SYSTEM_MD = path;
  }
  if (context.offline !== undefined) {
    fixed.GEMINI_API_KEY = context.offline.api_key;
    fixed.GOOGLE_GEMINI_BASE_URL = context.offline.url;
  }
  const reports = made.own_telemetry ? {} : { telemetry: join(context.scratch, "gemini-telemetry.log") };
  if (reports.telemetry !== undefined) Object.assign(fixed, localTelemetry(reports.telemetry));
  const env = childEnv(task, context, gemini.env_names, {}, fixed);
  return { env, reports };
}

function invocation(task: Task, context: InvocationContext): Invocation {
  const files: ScratchFile[] = [];
  const [file = "gemini", ...before] = context.executable;
  const args = [...before, ...flags(task, context, files)];
  const warnings: string[] = [];
  const { env, reports } = environment(task, context, files, warnings);
  const request = schemaRequest(task.output_schema);
  const stdin = task.prompt + (task.untrusted ? geminiLiteral(request) : request);
  return { file, args, env, stdin, stdout: "pipe", cwd: task.workdir, files, reports, warnings };
}

const probe: Probe = {
  version_args: ["--version"],
  parse_version: (output) => /(\d+\.\d+\.\d+\S*)/.exec(output)?.[1],
  // The CLI has no command that tells its login, so clinvk reads the same files as the CLI.
  env: { GEMINI_TELEMETRY_ENABLED: "false", GEMINI_CLI_NO_RELAUNCH: "true", NO_UPDATE_NOTIFIER: "1" },
  auth_state({ env, user_files }) {
    const dir = userGeminiDir(env);
    const file = (name: string) => (dir === undefined ? undefined : user_files[join(dir, name)]);
    const has = (name: string) =>
      Boolean(env[name]) || new RegExp(`^\\s*(?:export )?${name}=\\S`, "m").test(file(".env") ?? "");
    for (const name of ["GEMINI_API_KEY", "GOOGLE_API_KEY", "GOOGLE_APPLICATION_CREDENTIALS"]) {
      if (has(name)) return { logged_in: true, how: `${name} is set` };
    }
    if (has("GOOGLE_GENAI_USE_VERTEXAI") && has("GOOGLE_CLOUD_PROJECT")) {
      return { logged_in: true, how: "Vertex AI, by GOOGLE_CLOUD_PROJECT" };
    }
    const accounts = parseObject(file("google_accounts.json") ?? "");
    const login =
      selectedAuth(readSettings(file("settings.json")).settings) === "oauth-personal" || has("GOOGLE_GENAI_USE_GCA");
    if (login && isObject(accounts) && typeof accounts.active === "string") {
      return { logged_in: true, how: "a Google account (best effort: clinvk is tested with API keys)" };
    }
    return { logged_in: false };
  },
};

function warnings(task: Task): string[] {
  const list = unsupportedFields(gemini, task);
  if (task.sandbox_mode === "workspace") {
    list.push("gemini does not confine its shell tool: `sandbox_mode: workspace` holds for its file tools only");
  }
  return list;
}

export const gemini: BuiltIn = {
  name: "gemini",
  title: "Gemini CLI",
  binary: "gemini",
  ...BUILT_IN.gemini,
  failure_words: geminiWords,
  // Measured with 0.61.0: "No previous sessions found" where the first prompt failed.
  keeps_sessions: "answered",
  // Measured with 0.61.0: about every third run exits with `projects.json.lock` left behind, and the next start waits for it
  // for up to 52 s.
  locks_in: (home) => join(home, ".gemini"),
  resume_command: ({ id, home }, command) => `GEMINI_CLI_HOME=${shellQuote([home])} ${command} --resume ${id}`,
  login: (command, env) =>
    env?.GEMINI_API_KEY
      ? "check the key in GEMINI_API_KEY: the service does not accept it"
      : `run \`${command}\` once and log in, or set GEMINI_API_KEY`,
  reports_cost: false,
  // Measured with 0.61.0: it cuts stdin at 8 MiB and only warns.
  prompt_limit: { max: 8 * 1024 * 1024, unit: "bytes" },
  support,
  models: { fast: "flash", balanced: "flash", best: "pro" },
  reads(env) {
    const dir = userGeminiDir(env);
    if (dir === undefined) return [];
    return ["settings.json", "GEMINI.md", "google_accounts.json", ".env"].map((name) => join(dir, name));
  },
  // Google's own clouds have the same beginning, and so has the variable that chooses Vertex AI.
  env_names: () => ["GEMINI_*", "GOOGLE_*", "CLOUD_SHELL", "CODE_ASSIST_ENDPOINT"],
  warnings,
  invocation,
  literal: geminiLiteral,
  parser: (task) => geminiParser(task),
  probe,
  offline_hint: (url) => [
    `export GOOGLE_GEMINI_BASE_URL=${url}`,
    "export GEMINI_API_KEY=offline",
    'gemini --skip-trust --model=offline-model   # with "security.auth.selectedType": "gemini-api-key" in settings.json',
  ],
};
