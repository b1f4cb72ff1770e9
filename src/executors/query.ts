// Asks a CLI for its version or its login: starts it with a few arguments and closed standard input, and reads its output.
import { tmpdir } from "node:os";
import type { Backend, Probe } from "../backends/shared/backend.js";
import type { ProcessRun } from "../process/process-run.js";
import type { Found } from "./locate.js";

/** The result of a query: the CLI's output, or a sentence that says why there is no answer. */
export type Answer = { exit_code: number | null; stdout: string; stderr: string } | { problem: string };

export interface Query {
  located: Found;
  /** Marks the query's processes, so that none is left behind. */
  marker: string;
  args: readonly string[];
  env: Readonly<Record<string, string | undefined>>;
  /** After this long a CLI that does not answer is stopped. */
  limit_ms?: number | undefined;
  /** Aborted = the CLI is stopped, and there is no answer. */
  signal?: AbortSignal | undefined;
}

/** A version or a login takes a few lines; a program that floods must not fill the memory. */
const MAX_OUTPUT_BYTES = 256 * 1024;

/** Starts a CLI in a directory where no project's settings apply. Never rejects. */
export async function ask(
  processes: ProcessRun,
  backend: Pick<Backend, "binary"> & { probe: Pick<Probe, "env"> },
  { located, marker, args, env, limit_ms = 10_000, signal }: Query,
): Promise<Answer> {
  const [file, ...leading] = located.executable;
  const stdout: string[] = [];
  const child = processes.spawn(
    {
      file,
      args: [...leading, ...args],
      env: { ...defined(env), ...backend.probe.env },
      cwd: tmpdir(),
      stdin: "",
      task_marker: marker,
      spool_dir: tmpdir(),
    },
    {
      onLine: (line) => stdout.push(line),
      onData(bytes) {
        if (bytes > MAX_OUTPUT_BYTES) stop(`printed more than ${MAX_OUTPUT_BYTES} bytes`);
      },
    },
  );
  let stopped: string | undefined;
  const stop = (why = `gave no answer within ${limit_ms / 1000} s`) => {
    stopped ??= why;
    child.stop(0);
  };
  const timer = setTimeout(stop, limit_ms);
  const onAbort = () => stop();
  signal?.addEventListener("abort", onAbort);
  if (signal?.aborted) stop();
  const end = await child.done;
  clearTimeout(timer);
  signal?.removeEventListener("abort", onAbort);
  if (end.spawn_error) return { problem: `${file} does not start: ${end.spawn_error.message}` };
  if (stopped !== undefined) return { problem: `\`${[backend.binary, ...args].join(" ")}\` ${stopped}` };
  return { exit_code: end.exit_code, stdout: stdout.join("\n"), stderr: end.stderr };
}

function defined(env: Query["env"]): Record<string, string> {
  return Object.fromEntries(Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined));
}
