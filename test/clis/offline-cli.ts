// Runs a real CLI against the offline model: isolated home, dummy key, an allow-list of variables, no way out but loopback.
import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";

export type CliName = "claude" | "codex" | "gemini";
export const CLI_NAMES: readonly CliName[] = ["claude", "codex", "gemini"];

export type Record_ = Record<string, unknown>;

export interface CliRun {
  exit_code: number | null;
  stdout: string;
  stderr: string;
  /** The lines of stdout that are JSON. */
  events: Record_[];
  /** Live or final answer text, as the CLI's own stream has it. */
  text: string;
}

export interface CliOptions {
  url: string;
  key: string;
  prompt: string;
  workdir: string;
  home: string;
  args?: readonly string[];
  /** Takes arguments of the recipe away. */
  without?: readonly string[];
  /** Where a CLI that wants to leave this machine would have to pass; nobody listens there if left out. */
  proxy?: string;
  /** Seen after each piece of stdout; returns true when the process should be stopped. */
  stopWhen?: (stdout: string) => boolean;
}

const cliFolder = process.env.CLINVK_TEST_CLIS;

/** A temporary directory, and the way to get rid of it. */
export function temporary(): { path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), "clinvk-offline-"));
  return { path, remove: () => rmSync(path, { recursive: true, force: true, maxRetries: 5 }) };
}

/** The variables every CLI gets. Loopback is exempt from the proxies. */
function commonEnv(home: string, proxy = "http://127.0.0.1:9"): Record<string, string> {
  const direct = "127.0.0.1,localhost";
  mkdirSync(join(home, "tmp"), { recursive: true });
  return {
    PATH: process.env.PATH ?? "",
    HOME: home,
    LANG: "C.UTF-8",
    TERM: "dumb",
    TMPDIR: join(home, "tmp"),
    HTTPS_PROXY: proxy,
    HTTP_PROXY: proxy,
    ALL_PROXY: proxy,
    https_proxy: proxy,
    http_proxy: proxy,
    all_proxy: proxy,
    NO_PROXY: direct,
    no_proxy: direct,
  };
}

const GEMINI_SETTINGS = {
  security: { auth: { selectedType: "gemini-api-key" } },
  general: {
    maxAttempts: 1,
    retryFetchErrors: false,
    enableAutoUpdate: false,
    enableAutoUpdateNotification: false,
  },
  privacy: { usageStatisticsEnabled: false },
  telemetry: { enabled: false },
  advanced: { ignoreLocalEnv: true },
};

/** Arguments and variables with which a CLI talks to the offline model only, whatever the workdir holds. */
function recipe(
  cli: CliName,
  { url, key, home, proxy }: Pick<CliOptions, "url" | "key" | "home" | "proxy">,
): { args: string[]; env: Record<string, string> } {
  const env = commonEnv(home, proxy);
  switch (cli) {
    case "claude":
      return {
        args: [
          ...["-p", "--output-format", "stream-json", "--verbose", "--include-partial-messages"],
          ...["--no-session-persistence", "--setting-sources=", "--strict-mcp-config", "--model=offline-model"],
        ],
        env: {
          ...env,
          ANTHROPIC_BASE_URL: url,
          ANTHROPIC_API_KEY: key,
          CLAUDE_CONFIG_DIR: join(home, ".claude"),
          // Each request is asked once here: what the offline model answers is under test, not how patient the CLI is.
          CLAUDE_CODE_MAX_RETRIES: "0",
          CLAUDE_CODE_DISABLE_NONSTREAMING_FALLBACK: "1",
          CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: "1",
          DISABLE_TELEMETRY: "1",
          DISABLE_AUTOUPDATER: "1",
          DISABLE_ERROR_REPORTING: "1",
        },
      };
    case "codex": {
      mkdirSync(join(home, ".codex"), { recursive: true });
      const provider = `{name="clinvk offline model",base_url="${url}/v1",env_key="CLINVK_OFFLINE_KEY",wire_api="responses",request_max_retries=0,stream_max_retries=0}`;
      return {
        args: [
          ...["exec", "--json", "--ephemeral", "--skip-git-repo-check", "--ignore-user-config", "--ignore-rules"],
          // Without these two it calls github.com, chatgpt.com and ab.chatgpt.com at every start.
          ...["--disable", "plugins", "-c", "analytics.enabled=false"],
          ...["-m", "offline-model", "-c", 'model_provider="clinvk_offline"'],
          ...["-c", `model_providers.clinvk_offline=${provider}`],
        ],
        env: { ...env, CODEX_HOME: join(home, ".codex"), CLINVK_OFFLINE_KEY: key },
      };
    }
    case "gemini":
      mkdirSync(join(home, ".gemini"), { recursive: true });
      writeFileSync(join(home, ".gemini", "settings.json"), JSON.stringify(GEMINI_SETTINGS));
      return {
        args: ["--skip-trust", "-o", "stream-json", "-m", "offline-model"],
        env: {
          ...env,
          GEMINI_CLI_HOME: home,
          GEMINI_API_KEY: key,
          GOOGLE_GEMINI_BASE_URL: url,
          GEMINI_CLI_NO_RELAUNCH: "true",
          GEMINI_TELEMETRY_ENABLED: "false",
        },
      };
    default:
      return cli satisfies never;
  }
}

/** Runs a CLI to its end, with the prompt on stdin. */
export function runCli(cli: CliName, options: CliOptions): Promise<CliRun> {
  if (!cliFolder) throw new Error("CLINVK_TEST_CLIS must name a folder whose node_modules/.bin has the real CLIs");
  const { args, env } = recipe(cli, options);
  const bin = join(cliFolder, "node_modules", ".bin");
  return new Promise((resolve, reject) => {
    const child = spawn(
      join(bin, cli),
      [
        ...args.filter((arg) => !options.without?.includes(arg)),
        ...(options.args ?? []),
        ...(cli === "codex" ? ["-"] : []),
      ],
      {
        cwd: options.workdir,
        env: { ...env, PATH: `${env.PATH}${delimiter}${bin}` },
        stdio: ["pipe", "pipe", "pipe"],
        detached: true,
      },
    );
    let stdout = "";
    let stderr = "";
    child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
      stdout += chunk;
      // The whole group: codex is a script with the real program below it.
      if (child.pid !== undefined && options.stopWhen?.(stdout)) process.kill(-child.pid, "SIGKILL");
    });
    child.stderr.setEncoding("utf8").on("data", (chunk: string) => {
      stderr += chunk;
    });
    child.once("error", reject);
    child.once("close", (exit_code) => {
      const events = parseLines(stdout);
      resolve({ exit_code, stdout, stderr, events, text: answerText(cli, events) });
    });
    child.stdin.on("error", () => undefined);
    child.stdin.end(options.prompt);
  });
}

function parseLines(text: string): Record_[] {
  return text.split("\n").flatMap((line) => {
    try {
      return [JSON.parse(line) as Record_];
    } catch {
      return [];
    }
  });
}

function answerText(cli: CliName, events: readonly Record_[]): string {
  return events
    .map((event) => {
      if (cli === "claude") return deep(event, "event", "delta", "text");
      if (cli === "codex") return deep(event, "item", "type") === "agent_message" ? deep(event, "item", "text") : "";
      return event.role === "assistant" ? event.content : "";
    })
    .filter((text) => typeof text === "string")
    .join("");
}

/** The value at a path of keys, or `undefined`. */
export function deep(value: unknown, ...keys: string[]): unknown {
  return keys.reduce<unknown>(
    (at, key) => (typeof at === "object" && at !== null ? (at as Record_)[key] : undefined),
    value,
  );
}
