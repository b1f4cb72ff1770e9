// `clinvk serve` on a free port, as a user starts it.
import type { Started, Workspace } from "./clinvk.js";

export interface Served {
  started: Started;
  /** `http://127.0.0.1:PORT` */
  url: string;
  /** A request with the server's key. */
  ask(path: string, options?: RequestInit): Promise<Response>;
  /** Begins a run of claude's tasks and tells its id. */
  begin(...prompts: string[]): Promise<string>;
}

/** Resolves when it listens; the caller ends it. `open_files`: how many it may have open, if fewer than usual. */
export async function serve(
  workspace: Workspace,
  args: string[] = [],
  env: Record<string, string> = {},
  open_files?: number,
): Promise<Served> {
  const all = ["serve", "--port", "0", ...args];
  const options = { env, cwd: workspace.served };
  const started =
    open_files === undefined
      ? workspace.start(all, options)
      : workspace.shell(`ulimit -n ${open_files}; exec clinvk ${all.join(" ")}`, options);
  let printed = "";
  started.child.stdout?.on("data", (text) => {
    printed += text;
  });
  await started.printed("Dashboard: ");
  const url = /listens on (\S+)/.exec(printed)?.[1] ?? "";
  const key = /#key=(\w+)/.exec(printed)?.[1] ?? env.CLINVK_API_KEYS;
  const ask: Served["ask"] = (path, options) =>
    fetch(`${url}${path}`, {
      ...options,
      headers: { "Content-Type": "application/json", ...(key ? { "X-API-Key": key } : {}), ...options?.headers },
    });
  return {
    started,
    url,
    ask,
    async begin(...prompts) {
      const body = JSON.stringify({ tasks: prompts.map((prompt) => ({ backend: "claude", prompt })), max_parallel: 8 });
      const response = await ask("/api/v1/parallel", { method: "POST", body, headers: { Prefer: "respond-async" } });
      return ((await response.json()) as { run_id: string }).run_id;
    },
  };
}
