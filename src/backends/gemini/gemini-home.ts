// Builds the home of a gemini run: merged settings, the user's context file, links to credentials and extensions. Gemini has
// no flag against storing conversations; they are removed with the home: after the run, or with the session.
import { join } from "node:path";
import { type ParseError, parse } from "jsonc-parser";
import type { Task } from "../../schema/task.js";
import { isObject, type Json, objectAt, textAt } from "../../util/json.js";
import type { InvocationContext, ScratchFile } from "../shared/backend.js";
import { geminiLiteral } from "../shared/prompt-text.js";

/** Tools that only read. */
export const READING_TOOLS = [
  "read_file",
  "read_many_files",
  "list_directory",
  "glob",
  "grep_search",
  "search_file_content",
];

/** Files that the CLI reads in `~/.gemini` and `~` (0.61.0, from its source). Linked, so that refreshed tokens are kept. */
const LOGIN = ["oauth_creds.json", "google_accounts.json", "gemini-credentials.json", "installation_id", ".env"];
const LINKED = [
  ...LOGIN,
  "mcp-oauth-tokens.json",
  "trustedFolders.json",
  "trusted_hooks.json",
  "extensions",
  "commands",
  "skills",
  "agents",
  "acknowledgments",
  "policies",
];
const LINKED_IN_HOME = [".env", ".agents"];

/** The user's settings that an untrusted task keeps: they choose the service that answers, and what may be reported. */
const KEPT_SETTINGS = ["privacy", "telemetry", "billing", "model", "modelConfigs"];

type Env = Readonly<Record<string, string | undefined>>;

/** The user's own `.gemini`; `GEMINI_CLI_HOME` moves it. */
export function userGeminiDir(env: Env): string | undefined {
  const home = env.GEMINI_CLI_HOME || env.HOME;
  return home ? join(home, ".gemini") : undefined;
}

/** Parses settings with comments; `broken` = there is a text, but it is not an object. */
export function readSettings(text: string | undefined): { settings: Json; broken: boolean } {
  if (text === undefined || text.trim() === "") return { settings: {}, broken: false };
  const errors: ParseError[] = [];
  const value: unknown = parse(text, errors, { allowTrailingComma: true });
  return isObject(value) && errors.length === 0 ? { settings: value, broken: false } : { settings: {}, broken: true };
}

/** Whether the user collects telemetry of their own, which must go on: by the settings or the environment. */
function hasOwnTelemetry(settings: Json, env: Env): boolean {
  const on = env.GEMINI_TELEMETRY_ENABLED ?? objectAt(settings, "telemetry")?.enabled;
  return on === true || on === "true" || on === "1";
}

export function selectedAuth(settings: Json): string | undefined {
  return textAt(objectAt(objectAt(settings, "security"), "auth"), "selectedType");
}

/** The files to write into the directory `home`, online or offline. */
export function geminiHome(
  task: Task,
  context: InvocationContext,
  home: string,
): { files: ScratchFile[]; warnings: string[]; own_telemetry: boolean } {
  const dir = join(home, ".gemini");
  const env = { ...context.env, ...task.env };
  const userDir = context.offline === undefined ? userGeminiDir(env) : undefined;
  const settingsPath = userDir === undefined ? undefined : join(userDir, "settings.json");
  const { settings: whole, broken } = readSettings(context.user_files[settingsPath ?? ""]);
  const userSettings = task.untrusted ? forStrangers(whole) : whole;
  const warnings = broken ? [`${settingsPath} is not valid JSON; gemini runs without these settings`] : [];
  const own_telemetry = context.offline === undefined && hasOwnTelemetry(whole, env);
  const settings = merge(userSettings, ourSettings(task, context, userSettings, env));
  const files: ScratchFile[] = [];
  const append = task.append_system_prompt;
  // In a context file `@file` would include that file's content.
  if (append !== undefined && task.untrusted)
    files.push(contextFile(dir, geminiLiteral(append), undefined, context, settings));
  else if (append !== undefined) files.push(contextFile(dir, append, userDir, context, settings));
  files.push({ path: join(dir, "settings.json"), content: `${JSON.stringify(settings, null, 2)}\n` });
  if (userDir === undefined) return { files, warnings, own_telemetry };
  if (task.untrusted) {
    for (const name of LOGIN) files.push({ path: join(dir, name), link_to: join(userDir, name) });
    files.push({ path: join(home, ".env"), link_to: join(userDir, "..", ".env") });
    if (task.session?.resume !== undefined) files.push(...trustedLeftovers(home, append === undefined));
    return { files, warnings, own_telemetry };
  }
  for (const name of LINKED) files.push({ path: join(dir, name), link_to: join(userDir, name) });
  for (const name of contextNames(userSettings)) {
    if (append !== undefined && name === "GEMINI.md") continue;
    files.push({ path: join(dir, name), link_to: join(userDir, name) });
  }
  for (const name of LINKED_IN_HOME) files.push({ path: join(home, name), link_to: join(userDir, "..", name) });
  return { files, warnings, own_telemetry };
}

/** Removes what a trusted turn left in the session's home: untrusted tasks get no extensions, policies, hooks and rules. */
function trustedLeftovers(home: string, also_context: boolean): ScratchFile[] {
  const names = [...LINKED.filter((name) => !LOGIN.includes(name)), ...(also_context ? ["GEMINI.md"] : [])];
  return [...names.map((name) => join(home, ".gemini", name)), join(home, ".agents")].map((path) => ({
    path,
    removed: true,
  }));
}

function forStrangers(user: Json): Json {
  const auth = selectedAuth(user);
  const kept = Object.fromEntries(KEPT_SETTINGS.flatMap((name) => (name in user ? [[name, user[name]]] : [])));
  return auth === undefined ? kept : { ...kept, security: { auth: { selectedType: auth } } };
}

function ourSettings(task: Task, context: InvocationContext, user: Json, env: Env): Json {
  const ours: Json = {
    general: {
      enableAutoUpdate: false,
      enableAutoUpdateNotification: false,
    },
  };
  const auth = selectedAuth(user);
  const byKey = env.GEMINI_API_KEY && !env.GOOGLE_GENAI_USE_VERTEXAI && !env.GOOGLE_GENAI_USE_GCA;
  // If the environment sets a base URL, the CLI does not choose a login method by itself (exit 41).
  if (context.offline !== undefined || (auth === undefined && byKey)) {
    ours.security = { auth: { selectedType: "gemini-api-key" } };
  }
  if (context.offline !== undefined) {
    ours.privacy = { usageStatisticsEnabled: false };
    ours.telemetry = undefined;
  }
  // A project's .env must not add keys or addresses.
  if (context.offline !== undefined || task.untrusted) ours.advanced = { ignoreLocalEnv: true };
  if (task.untrusted) {
    ours.hooksConfig = { enabled: false };
    ours.skills = { enabled: false };
    ours.experimental = { enableAgents: false };
  }
  if (task.max_turns > 0) ours.model = { maxSessionTurns: task.max_turns };
  if (task.max_tokens > 0) ours.modelConfigs = { customAliases: { "chat-base": chatBase(task.max_tokens) } };
  if (task.sandbox_mode === "read-only") {
    ours.tools = { core: READING_TOOLS };
  }
  if (!task.mcp || task.sandbox_mode === "read-only") ours.mcpServers = undefined;
  return ours;
}

/** The CLI's own "chat-base" (0.61.0), which all chat models extend, with the limit added. */
function chatBase(maxOutputTokens: number): Json {
  const generateContentConfig = {
    thinkingConfig: { includeThoughts: true },
    temperature: 1,
    topP: 0.95,
    topK: 64,
    maxOutputTokens,
  };
  return { extends: "base", modelConfig: { generateContentConfig } };
}

/** `GEMINI.md` with the user's text first; the settings are made to load it if they name other files only. */
function contextFile(
  dir: string,
  append: string,
  userDir: string | undefined,
  context: InvocationContext,
  settings: Json,
): ScratchFile {
  const own = userDir === undefined ? undefined : context.user_files[join(userDir, "GEMINI.md")];
  const names = contextNames(settings);
  const loaded = names.includes("GEMINI.md");
  if (!loaded) settings.context = { ...objectAt(settings, "context"), fileName: [...names, "GEMINI.md"] };
  const content = own === undefined || !loaded ? append : `${own}\n\n${append}`;
  return { path: join(dir, "GEMINI.md"), content };
}

/** Names of context files from `context.fileName`; only plain names, which can't leave the directory. */
function contextNames(settings: Json): string[] {
  const value = objectAt(settings, "context")?.fileName;
  const names = (Array.isArray(value) ? value : [value]).filter((name) => typeof name === "string");
  const plain = names.filter((name) => /^[^/\\]+$/.test(name) && name !== "." && name !== "..");
  return plain.length === 0 ? ["GEMINI.md"] : plain;
}

/** Merges objects; any other value of `over` replaces, and `undefined` in `over` removes. */
function merge(base: Json, over: Json): Json {
  const merged: Json = { ...base };
  for (const [key, value] of Object.entries(over)) {
    const old = merged[key];
    if (value === undefined) delete merged[key];
    else merged[key] = isObject(old) && isObject(value) ? merge(old, value) : value;
  }
  return merged;
}
