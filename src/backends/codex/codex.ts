// Codex CLI: `codex exec --json` (tested with 0.169.0).
import { dirname, join } from "node:path";
import { BUILT_IN } from "../../schema/built-in.js";
import type { Task } from "../../schema/task.js";
import { type Json, objectAt, textAt } from "../../util/json.js";
import type { Backend, BuiltIn, Invocation, InvocationContext, Probe, ScratchFile } from "../shared/backend.js";
import { childEnv, offlineHome } from "../shared/child-env.js";
import { withInstructions } from "../shared/prompt-text.js";
import { unsupportedFields } from "../shared/support.js";
import { configFiles, providerOf, readConfig, tomlKey, tomlString } from "./codex-config.js";
import { LOG_FILTER } from "./codex-log.js";
import { offlineFlags } from "./codex-offline.js";
import { codexParser } from "./codex-parser.js";
import { retriesOf } from "./codex-retries.js";
import { codexSandbox } from "./codex-sandbox.js";
import { codexWords } from "./codex-words.js";

const support: Backend["support"] = {
  model: { level: "full", note: "`--model`" },
  approval_mode: {
    level: "partial",
    note: "`codex exec` never asks; the sandbox decides: workspace-write (`auto`, `none`), read-only (`always`)",
  },
  sandbox_mode: { level: "full", note: "`--sandbox` read-only, workspace-write, danger-full-access" },
  max_turns: { level: "none", note: "codex has no such limit" },
  max_tokens: { level: "none", note: "codex has no such limit" },
  system_prompt: { level: "full", note: "`-c model_instructions_file=…`" },
  append_system_prompt: {
    level: "partial",
    note: "sent in front of the prompt, because codex takes it only on its command line, where other users can read it",
  },
  allowed_tools: { level: "none", note: "codex has no permissions per tool" },
};

/** Ignores the settings of the user and of projects, and with them their hooks and MCP servers. */
const ISOLATED = [
  "--ignore-user-config",
  "--ignore-rules",
  // Without these two codex looks for plugins and reports usage at every start (measured with 0.169.0).
  "-c",
  "features.plugins=false",
  "-c",
  "analytics.enabled=false",
];

/** codex's settings for this task, with or without its flags; our own modes ignore the files of the user. */
function configOf(task: Task, context: InvocationContext, extra: readonly string[]): Json {
  const files = isolated(task, context) ? [] : configFiles(envOf(task, context), task.extra);
  return readConfig(files, context.user_files, extra);
}

function isolated(task: Task, context: InvocationContext): boolean {
  return context.offline !== undefined || task.untrusted;
}

/** The variables that codex will see, of those that name its files. */
function envOf(task: Task, { env }: InvocationContext) {
  return { CODEX_HOME: task.env.CODEX_HOME ?? env.CODEX_HOME, HOME: task.env.HOME ?? env.HOME };
}

/** Switches off each MCP server of the configuration; an empty table would leave them (measured with 0.169.0). */
function withoutServers(config: Json): string[] {
  const names = Object.keys(objectAt(config, "mcp_servers") ?? {});
  if (names.length === 0) return [];
  return ["-c", `mcp_servers={${names.map((name) => `${tomlKey(name)}={enabled=false}`).join(",")}}`];
}

function flags(
  task: Task,
  context: InvocationContext,
  config: Json,
  env: Record<string, string>,
  files: ScratchFile[],
): string[] {
  const args = ["exec", "--json", ...(task.session === undefined ? ["--ephemeral"] : []), "--skip-git-repo-check"];
  // codex cleans the environment of the commands that it runs; this keeps the marker by which we recognise them.
  if (context.marker !== undefined)
    args.push("-c", `shell_environment_policy.set.CLINVK_RUN_CHAIN=${tomlString(context.marker)}`);
  args.push(...ownLog(config, env));
  if (isolated(task, context)) args.push(...ISOLATED);
  if (context.offline !== undefined) args.push(...offlineFlags(task, context.offline.url));
  else if (task.model !== undefined) args.push(`--model=${task.model}`);
  if (!task.mcp) args.push(...withoutServers(configOf(task, context, [])));
  const mode = codexSandbox(task);
  if (mode !== undefined) args.push(`--sandbox=${mode}`);
  if (task.system_prompt !== undefined) {
    const path = join(context.scratch, "system-prompt.md");
    files.push({ path, content: task.system_prompt });
    args.push("-c", `model_instructions_file=${tomlString(path)}`);
  }
  if (task.output_schema !== undefined) {
    const path = join(context.scratch, "output-schema.json");
    files.push({ path, content: JSON.stringify(task.output_schema) });
    args.push(`--output-schema=${path}`);
  }
  return args;
}

/** Adds the user's own flags, what must come after them because it depends on them, and where the prompt is. */
function withPrompt(args: string[], last: string[], { extra, session }: Task): string[] {
  // `-` = the prompt is on stdin. It stands before `extra`, where no flag with several values can swallow it.
  const resumed = session?.resume;
  if (resumed === undefined) return [...args, "-", ...extra, ...last];
  // After `resume` only flags of that subcommand are allowed (`--sandbox` is not one), so `extra` stands before it.
  return [...args, ...extra, ...last, "resume", resumed.id, "-"];
}

/** Switches on what codex tells only in its log, beside what the user wants to see of it. */
function logEnv({ RUST_LOG }: Record<string, string>): Record<string, string> {
  return { RUST_LOG: `${RUST_LOG || "error"},${LOG_FILTER}` };
}

/** The commands that codex runs get the user's RUST_LOG, not ours. There is no way to leave a single variable out, so it may be empty. */
function ownLog(config: Json, { RUST_LOG = "" }: Record<string, string>): string[] {
  const set = objectAt(objectAt(config, "shell_environment_policy"), "set");
  return set?.RUST_LOG === undefined ? ["-c", `shell_environment_policy.set.RUST_LOG=${tomlString(RUST_LOG)}`] : [];
}

function environment(task: Task, context: InvocationContext, files: ScratchFile[]): Record<string, string> {
  if (context.offline === undefined) return childEnv(task, context, codex.env_names, {}, {});
  const home = join(offlineHome(task, context), ".codex");
  // codex refuses a CODEX_HOME that does not exist.
  files.push({ path: join(home, "config.toml"), content: "" });
  return childEnv(
    task,
    context,
    codex.env_names,
    {},
    { CODEX_HOME: home, CLINVK_OFFLINE_KEY: context.offline.api_key },
  );
}

function invocation(task: Task, context: InvocationContext): Invocation {
  const files: ScratchFile[] = [];
  const config = configOf(task, context, task.extra);
  const { args: last, ...retries } = retriesOf(config, task.extra);
  const [file = "codex", ...before] = context.executable;
  const env = environment(task, context, files);
  const args = flags(task, context, config, env, files);
  return {
    file,
    args: [...before, ...withPrompt(args, last, task)],
    env,
    cli_env: logEnv(env),
    stdin: withInstructions(task.prompt, task.append_system_prompt),
    stdout: "pipe",
    cwd: task.workdir,
    files,
    ...retries,
  };
}

/** The variables with the keys of the providers that the flags, or the user's config where it counts, name. */
function keyVariables(
  { untrusted, extra }: Pick<Task, "untrusted" | "extra">,
  { env, user_files }: Pick<InvocationContext, "env" | "user_files">,
): string[] {
  const ofFlags = Object.values(objectAt(readConfig([], {}, extra), "model_providers") ?? {});
  // A stranger's task does not read the config.
  const config = readConfig(untrusted ? [] : configFiles(env, extra), user_files, extra);
  return [...ofFlags, providerOf(config, extra)?.settings].flatMap((settings) => textAt(settings, "env_key") ?? []);
}

const probe: Probe = {
  version_args: ["--version"],
  parse_version: (output) => /(\d+\.\d+\.\d+\S*)/.exec(output)?.[1],
  auth_args: ["login", "status"],
  env: { NO_UPDATE_NOTIFIER: "1" },
  auth_state({ env, user_files, run }) {
    if (run?.exit_code === 0) {
      const line = /^.*(?:logged in|configured).*$/im.exec(`${run.stdout}\n${run.stderr}`)?.[0].trim();
      return { logged_in: true, how: line ?? "`codex login status`" };
    }
    // A provider with its own key needs no login, and `codex login status` does not know it.
    const [key] = keyVariables({ untrusted: false, extra: [] }, { env, user_files });
    if (key !== undefined && env[key]) return { logged_in: true, how: `${key} is set for the configured provider` };
    return { logged_in: false };
  },
};

const TRIPLES: Readonly<Record<string, string>> = {
  "linux-x64": "x86_64-unknown-linux-musl",
  "linux-arm64": "aarch64-unknown-linux-musl",
  "darwin-x64": "x86_64-apple-darwin",
  "darwin-arm64": "aarch64-apple-darwin",
  "win32-x64": "x86_64-pc-windows-msvc",
  "win32-arm64": "aarch64-pc-windows-msvc",
};

/** The only setting that an untrusted task may make; any other could name a command, a server or a file. */
const REASONING_EFFORT =
  /^model_reasoning_effort=(?:(?:none|minimal|low|medium|high|xhigh)|"(?:none|minimal|low|medium|high|xhigh)")$/;

export const codex: BuiltIn = {
  name: "codex",
  title: "Codex",
  binary: "codex",
  ...BUILT_IN.codex,
  failure_words: codexWords,
  keeps_sessions: "always",
  keeps_own_copy: true,
  resume_command: ({ id }, command) => `${command} resume ${id}`,
  login: (command) => `run \`${command} login\`, or configure a provider with a key in ~/.codex/config.toml`,
  reports_cost: false,
  // Measured with 0.169.0: "Input exceeds the maximum length of 1048576 characters".
  prompt_limit: { max: 1_048_576, unit: "characters" },
  support,
  models: {},
  reads: configFiles,
  env_names: (task, context) => ["OPENAI_*", "CODEX_*", ...keyVariables(task, context)],
  native_binaries(packageDir, platform, arch) {
    // npm puts the platform's package beside the main one or inside it; older releases had `vendor` in the main one.
    const triple = TRIPLES[`${platform}-${arch}`];
    if (triple === undefined) return [];
    const tail = join("vendor", triple, "bin", platform === "win32" ? "codex.exe" : "codex");
    const folder = `codex-${platform}-${arch}`;
    return [
      join(packageDir, "node_modules", "@openai", folder, tail),
      join(dirname(packageDir), folder, tail),
      join(packageDir, tail),
    ];
  },
  warnings: (task) => unsupportedFields(codex, task),
  invocation,
  // codex does not expand `@file`, `/command` and links (measured with 0.169.0). `$name` of a skill adds only that skill's
  // own text, never another file, and `$` is too common in other languages to escape it.
  literal: (text) => text,
  allowed_flags: { "-c": REASONING_EFFORT, "--config": REASONING_EFFORT },
  parser: (task, offline) => codexParser(task, undefined, offline),
  probe,
  offline_hint: (url) => [
    "export CLINVK_OFFLINE_KEY=offline",
    `codex exec --ignore-user-config --model=offline-model -c 'model_provider="offline"' -c 'model_providers.offline={name="offline",base_url="${url}/v1",env_key="CLINVK_OFFLINE_KEY",wire_api="responses"}'`,
  ],
};
