// The three CLIs as a person starts them who has a model service of their own: no clinvk, nothing set but where it is.
import { spawn } from "node:child_process";
import { join } from "node:path";
import type { BuiltInBackend } from "../../src/schema/backend-name.js";
import type { TaskInput } from "../../src/schema/task-input.js";
import type { Workspace } from "./clinvk.js";
import { ownService } from "./real-clis.js";

/** Command line for a prompt on stdin, and with `tools` for a task that may run commands. */
const COMMANDS: Record<BuiltInBackend, { plain: string[]; tools: string[]; task: Partial<TaskInput> }> = {
  claude: { plain: ["-p"], tools: ["--allowedTools", "Bash"], task: { extra: ["--allowedTools=Bash"] } },
  codex: {
    plain: ["exec", "--skip-git-repo-check"],
    tools: ["--sandbox", "danger-full-access"],
    task: { sandbox_mode: "full" },
  },
  // Without a model gemini asks one which model to ask.
  gemini: { plain: ["--skip-trust", "-m", "some-model"], tools: ["-y"], task: { approval_mode: "none" } },
};

/** The same for clinvk: fields of a task that does as the command line does. */
export function sameTask(cli: BuiltInBackend, tools: boolean): Partial<TaskInput> {
  return {
    ...(cli === "gemini" ? { model: "some-model" } : {}),
    ...(tools ? COMMANDS[cli].task : {}),
  };
}

/** The settings of the user's for a service at `url`; the variables that belong to them. */
export function settings(space: Workspace, url: string): Record<string, string> {
  space.file("home/.gemini/settings.json", {
    security: { auth: { selectedType: "gemini-api-key" } },
    general: { enableAutoUpdate: false, enableAutoUpdateNotification: false },
    privacy: { usageStatisticsEnabled: false },
  });
  return ownService(space, url, "a-key");
}

export interface Request {
  cli: BuiltInBackend;
  prompt: string;
  workdir: string;
  tools?: boolean;
  env: Record<string, string>;
  /** Nobody waits for longer; the CLI is then stopped. */
  limit_seconds: number;
}

/** Runs a CLI to its end, or to ours; `undefined` = it did not answer. */
export function byHand(space: Workspace, request: Request): Promise<string | undefined> {
  const { cli, prompt, workdir, tools = false, env, limit_seconds } = request;
  const { plain, tools: more } = COMMANDS[cli];
  const child = spawn(
    join(space.home, ".clinvk", "clis", "node_modules", ".bin", cli),
    [...plain, ...(tools ? more : []), ...(cli === "codex" ? ["-"] : [])],
    { cwd: workdir, env: { ...space.env, ...env }, stdio: ["pipe", "pipe", "ignore"], detached: true },
  );
  return new Promise((resolve, reject) => {
    let stdout = "";
    // The whole group: codex and gemini start a second process.
    const timer = setTimeout(
      () => child.pid !== undefined && process.kill(-child.pid, "SIGKILL"),
      limit_seconds * 1000,
    );
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      stdout += text;
    });
    child.once("error", reject);
    child.once("close", (code) => {
      clearTimeout(timer);
      resolve(code === 0 ? stdout : undefined);
    });
    child.stdin.on("error", () => {});
    child.stdin.end(prompt);
  });
}
