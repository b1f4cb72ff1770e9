// Codex CLI: `codex exec --json` (tested with 0.169.0).
import { dirname, join } from "node:path";
import { BUILT_IN } from "../../schema/built-in.js";
import type { Task } from "../../schema/task.js";
import type { Backend, BuiltIn, Invocation, InvocationContext, Probe, ScratchFile } from "../shared/backend.js";
import { childEnv, offlineHome } from "../shared/child-env.js";
import { withInstructions } from "../shared/prompt-text.js";
import { unsupportedFields } from "../shared/support.js";
import { codexParser } from "./codex-parser.js";
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

/** Names a model for the offline run. A name from codex's own catalogue would choose a wire format that the offline model does not speak. */
function offlineModel(task: Task): string {
  return task.model === undefined || /^(?:gpt|o\d|codex)/i.test(task.model) ? "offline-model" : task.model;
}

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

/** A provider of our own: plain HTTP, its key from the environment, no retries. */
function offlineFlags(task: Task, url: string): string[] {
  const base = tomlString(`${url}/v1`);
  const provider = `{name="clinvk offline model",base_url=${base},env_key="CLINVK_OFFLINE_KEY",wire_api="responses",request_max_retries=0,stream_max_retries=0}`;
  return [
    `--model=${offlineModel(task)}`,
    "-c",
    'model_provider="clinvk_offline"',
    "-c",
    `model_providers.clinvk_offline=${provider}`,
  ];
}

/** Switches off each MCP server of the user's config; an empty table would leave them (measured with 0.169.0). */
function withoutServers(context: InvocationContext): string[] {
  const config = context.user_files[configPath(context.env) ?? ""] ?? "";
  const sections = config.matchAll(/^\s*\[\s*mcp_servers\s*\.\s*["']?([A-Za-z0-9_-]+)["']?\s*[\].]/gm);
  const names = [...new Set([...sections].map((match) => match[1]))];
  if (names.length === 0) return [];
  return ["-c", `mcp_servers={${names.map((name) => `${name}={enabled=false}`).join(",")}}`];
}

function flags(task: Task, context: InvocationContext, files: ScratchFile[]): string[] {
  const args = ["exec", "--json", ...(task.session === undefined ? ["--ephemeral"] : []), "--skip-git-repo-check"];
  // Otherwise codex waits for the network for ever. Set with `-c`, because a release without this feature then only warns.
  args.push("-c", "features.unbounded_connection_retries=false");
  // codex cleans the environment of the commands that it runs; this keeps the marker by which we recognise them.
  if (context.marker !== undefined)
    args.push("-c", `shell_environment_policy.set.CLINVK_RUN_CHAIN=${tomlString(context.marker)}`);
  const isolated = context.offline !== undefined || task.untrusted;
  if (isolated) args.push(...ISOLATED);
  if (context.offline !== undefined) args.push(...offlineFlags(task, context.offline.url));
  else if (task.model !== undefined) args.push(`--model=${task.model}`);
  if (!task.mcp && !isolated) args.push(...withoutServers(context));
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
  // `-` = the prompt is on stdin. It stands before `extra`, where no flag with several values can swallow it.
  const resumed = task.session?.resume;
  if (resumed === undefined) return [...args, "-", ...task.extra];
  // After `resume` only flags of that subcommand are allowed (`--sandbox` is not one), so `extra` stands before it.
  return [...args, ...task.extra, "resume", resumed.id, "-"];
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
  const [file = "codex", ...before] = context.executable;
  const args = [...before, ...flags(task, context, files)];
  return {
    file,
    args,
    env: environment(task, context, files),
    stdin: withInstructions(task.prompt, task.append_system_prompt),
    stdout: "pipe",
    cwd: task.workdir,
    files,
  };
}

function configPath(env: Readonly<Record<string, string | undefined>>): string | undefined {
  const home = env.CODEX_HOME || (env.HOME ? join(env.HOME, ".codex") : undefined);
  return home === undefined ? undefined : join(home, "config.toml");
}

/** The variable with the key of the provider that the user's config names; `undefined` if it names none. */
function providerKey(config: string): string | undefined {
  const provider = /^\s*model_provider\s*=\s*["']([\w.-]+)["']/m.exec(config)?.[1];
  if (provider === undefined) return undefined;
  const section = config.split(/^\s*\[/m).find((part) => part.startsWith(`model_providers.${provider}]`));
  return section === undefined ? undefined : /^\s*env_key\s*=\s*["'](\w+)["']/m.exec(section)?.[1];
}

/** The variables with the keys of the providers that the flags, or the user's config where it counts, name. */
function keyVariables(
  { untrusted, extra }: Pick<Task, "untrusted" | "extra">,
  { env, user_files }: Pick<InvocationContext, "env" | "user_files">,
): string[] {
  const ofFlags = extra.flatMap((flag) =>
    [...flag.matchAll(/\benv_key\s*=\s*["']?(\w+)/g)].map(([, name = ""]) => name),
  );
  // A stranger's task does not read the config.
  const ofConfig = untrusted ? undefined : providerKey(user_files[configPath(env) ?? ""] ?? "");
  return ofConfig === undefined ? ofFlags : [...ofFlags, ofConfig];
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
    const key = providerKey(user_files[configPath(env) ?? ""] ?? "");
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
  reads(env) {
    const path = configPath(env);
    return path === undefined ? [] : [path];
  },
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

/** A TOML basic string. Its escapes are JSON's, except that TOML wants DEL escaped as well. */
export function tomlString(text: string): string {
  return JSON.stringify(text).replaceAll("\u007f", "\\u007f");
}
