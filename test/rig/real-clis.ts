// Runs the built `clinvk` with the real AI CLIs: a home of its own, answers from a scripted offline model.
import { existsSync, lstatSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import type { OfflineScript } from "../../src/offline/script.js";
import type { BuiltInBackend } from "../../src/schema/backend-name.js";
import type { RunEvent } from "../../src/schema/event.js";
import type { RunResult, TaskResult } from "../../src/schema/result.js";
import type { TaskFile } from "../../src/schema/task-file.js";
import type { TaskInput } from "../../src/schema/task-input.js";
import { type Finished, type Started, type StartOptions, Workspace } from "./clinvk.js";

export type Rules = OfflineScript["rules"];

/** How each CLI's model calls the tools for a shell command and for writing and reading a file. */
export const TOOLS = {
  claude: {
    shell: (command: string) => ({ name: "Bash", input: { command } }),
    write: (file_path: string, content: string) => ({ name: "Write", input: { file_path, content } }),
    read: (file_path: string) => ({ name: "Read", input: { file_path } }),
  },
  // codex reads and writes by shell commands.
  codex: {
    shell: (cmd: string) => ({ name: "exec_command", input: { cmd } }),
    write: (path: string, content: string) => ({
      name: "exec_command",
      input: { cmd: `printf %s '${content}' > '${path}'` },
    }),
    read: (path: string) => ({ name: "exec_command", input: { cmd: `cat '${path}'` } }),
  },
  gemini: {
    shell: (command: string) => ({ name: "run_shell_command", input: { command } }),
    write: (file_path: string, content: string) => ({ name: "write_file", input: { file_path, content } }),
    read: (file_path: string) => ({ name: "read_file", input: { file_path } }),
  },
} as const satisfies Record<BuiltInBackend, unknown>;

/** A workspace in which the three tested CLIs are installed as `clinvk backends install` does it. */
export function realClis(): Workspace {
  const folder = process.env.CLINVK_TEST_CLIS;
  if (!folder || !existsSync(join(folder, "node_modules", ".bin"))) {
    throw new Error(
      "CLINVK_TEST_CLIS must name a folder whose node_modules/.bin has the real CLIs (`npm test` sets it)",
    );
  }
  return new Workspace({ clis: folder });
}

/** Nobody listens there. */
export const CLOSED = "http://127.0.0.1:9";

/** The variables that point the three CLIs, as a user would, at another service. codex has a file for that. */
export function ownService(space: Workspace, url: string, key: string | undefined): Record<string, string> {
  space.file(
    "home/.codex/config.toml",
    [
      'model = "some-model"\nmodel_provider = "local"',
      `[model_providers.local]\nname = "local"\nbase_url = "${url}/v1"\nenv_key = "LOCAL_KEY"\nwire_api = "responses"`,
      // It would ask for them on the internet.
      "[features]\nplugins = false\n[analytics]\nenabled = false",
    ].join("\n"),
  );
  return {
    HTTP_PROXY: CLOSED,
    ANTHROPIC_BASE_URL: url,
    GOOGLE_GEMINI_BASE_URL: url,
    GEMINI_TELEMETRY_ENABLED: "false",
    ...(key === undefined ? {} : { ANTHROPIC_API_KEY: key, GEMINI_API_KEY: key, LOCAL_KEY: key }),
  };
}

/** What a run with `--json` and `--events` gave. */
export interface RealRun {
  finished: Finished;
  result: RunResult;
  events: RunEvent[];
  /** The result of one task. */
  of(id: string): TaskResult;
}

export interface RealRequest {
  tasks: readonly TaskInput[];
  rules: Rules;
  /** Further keys of the task file. */
  file?: Partial<TaskFile>;
  flags?: readonly string[];
  options?: StartOptions;
}

/** Starts `clinvk parallel` on the offline model. */
export function startOffline(space: Workspace, { tasks, rules, file, flags = [], options }: RealRequest): Started {
  const taskFile = space.file("tasks.json", {
    max_parallel: 4,
    ...file,
    defaults: { retries: 0, ...file?.defaults },
    tasks,
  });
  const script = space.file("rules.json", { rules });
  return space.start(["parallel", "-f", taskFile, "--offline-script", script, ...flags], options);
}

/** Runs tasks to their end. */
export async function runOffline(space: Workspace, request: RealRequest): Promise<RealRun> {
  const events = join(space.dir, "events.ndjson");
  const flags = ["--json", "--events", events, ...(request.flags ?? [])];
  const finished = await startOffline(space, { ...request, flags }).done;
  return readRun(finished, events);
}

/** What a finished run with `--json --events FILE` printed. */
export function readRun(finished: Finished, events: string): RealRun {
  if (!finished.stdout.startsWith("{")) throw new Error(`no result (exit ${finished.code}): ${finished.stderr}`);
  const result = JSON.parse(finished.stdout) as RunResult;
  return {
    finished,
    result,
    events: readFileSync(events, "utf8")
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as RunEvent),
    of(id) {
      const found = result.results.find((one) => one.task_id === id);
      if (!found) throw new Error(`there is no task ${id}`);
      return found;
    },
  };
}

export interface ProcessSeen {
  pid: number;
  argv: string;
}

/** Every process, zombies left out, whose arguments, directory or environment name this text. */
export function processesWith(text: string): ProcessSeen[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name) && name !== String(process.pid))
    .flatMap((name) => {
      const argv = procFile(name, "cmdline").replaceAll("\0", " ").trim();
      const places = [argv, procFile(name, "environ"), cwdOf(name)];
      return argv !== "" && places.some((place) => place.includes(text)) ? [{ pid: Number(name), argv }] : [];
    });
}

function procFile(pid: string, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, "utf8");
  } catch {
    // It ended meanwhile, or is somebody else's.
    return "";
  }
}

function cwdOf(pid: string): string {
  try {
    return readlinkSync(`/proc/${pid}/cwd`);
  } catch {
    return "";
  }
}

/** The files at or below a path, links not followed, whose content has the text. */
export function filesWith(path: string, text: string): string[] {
  try {
    const stat = lstatSync(path);
    if (stat.isDirectory()) return readdirSync(path).flatMap((name) => filesWith(join(path, name), text));
    return stat.isFile() && readFileSync(path).includes(text) ? [path] : [];
  } catch {
    // Gone meanwhile, or not ours to read.
    return [];
  }
}
