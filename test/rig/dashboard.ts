// The dashboard of a built `clinvk serve`, in a real browser: what it asks for, and what goes wrong in it, is recorded.
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import type { BrowserContext, Page } from "playwright-core";
import type { Started, Workspace } from "./clinvk.js";

export interface Dashboard {
  started: Started;
  /** Without a slash at the end. */
  url: string;
  /** What has to follow `url` to be let in. */
  entrance: string;
  /** A call of the API with the key. */
  ask(path: string, options?: RequestInit): Promise<Response>;
  /** Begins a run, as `command` does, and tells its id. */
  begin(file: object, command?: "parallel" | "chain" | "compare" | "prompt"): Promise<string>;
  stop(): Promise<void>;
}

/** Starts the server on a free port and waits until it listens. */
export async function startDashboard(
  space: Workspace,
  args: string[],
  env: Record<string, string> = {},
): Promise<Dashboard> {
  const started = space.start(["serve", "--port", "0", ...args], { env, cwd: space.served });
  let printed = "";
  started.child.stdout?.on("data", (text) => {
    printed += text;
  });
  await started.printed("Dashboard: ");
  const [, url = "", entrance = ""] = /Dashboard: (http:\/\/[\d.:]+)(\S*)/.exec(printed) ?? [];
  const key = /#key=(\w+)/.exec(entrance)?.[1] ?? env.CLINVK_API_KEYS ?? "";
  const ask: Dashboard["ask"] = (path, options) =>
    fetch(`${url}${path}`, { ...options, headers: { "X-API-Key": key, ...options?.headers } });
  return {
    started,
    url,
    entrance,
    ask,
    async begin(file, command = "parallel") {
      const response = await ask(`/api/v1/${command}`, {
        method: "POST",
        headers: { "Content-Type": "application/json", Prefer: "respond-async" },
        body: JSON.stringify(file),
      });
      if (response.status !== 202) throw new Error(await response.text());
      return ((await response.json()) as { run_id: string }).run_id;
    },
    async stop() {
      started.child.kill("SIGKILL");
      await started.done;
    },
  };
}

export interface Wire {
  /** The server as it is seen through the wire. */
  url: string;
  cut(): void;
  mend(): void;
  close(): Promise<void>;
}

/** Connections to a server that can be cut; while it is cut, there are no new ones. */
export async function startWire(target: string): Promise<Wire> {
  const ends = new Set<Socket>();
  let isCut = false;
  const server = createServer((near) => {
    const far = connect(Number(new URL(target).port), "127.0.0.1");
    for (const end of [near, far]) {
      ends.add(end);
      end.on("error", () => {});
      end.on("close", () => {
        ends.delete(end);
        near.destroy();
        far.destroy();
      });
    }
    if (isCut) near.destroy();
    near.pipe(far).pipe(near);
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const cut = () => {
    isCut = true;
    for (const end of ends) end.destroy();
  };
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    cut,
    mend() {
      isCut = false;
    },
    async close() {
      cut();
      await new Promise((done) => server.close(done));
    },
  };
}

/** A page, and everything about it that a quiet page does not do. */
export interface Watched {
  page: Page;
  /** Addresses of all requests, those that were never sent included. */
  requests: string[];
  /** Errors and warnings of the console, exceptions, dialogs, new windows. */
  complaints: string[];
}

export async function newPage(context: BrowserContext): Promise<Watched> {
  const page = await context.newPage();
  page.setDefaultTimeout(45_000);
  const [requests, complaints]: [string[], string[]] = [[], []];
  page.on("request", (request) => requests.push(request.url()));
  page.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warning") complaints.push(message.text());
  });
  page.on("pageerror", (error) => complaints.push(error.message));
  page.on("popup", (other) => complaints.push(`opened ${other.url()}`));
  page.on("dialog", (dialog) => {
    complaints.push(`said ${dialog.message()}`);
    void dialog.dismiss();
  });
  // Violations of the security policy are told to the page also where they are not told to the console.
  await page.addInitScript(
    'addEventListener("securitypolicyviolation", (event) => console.error("policy", event.violatedDirective, event.blockedURI))',
  );
  return { page, requests, complaints };
}
