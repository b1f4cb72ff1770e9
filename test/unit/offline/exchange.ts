// Talks to the offline model as the CLIs do, without the CLIs: one small client per protocol, and a reader of events.
import type { OfflineScript } from "../../../src/offline/script.js";
import { type OfflineOptions, type OfflineServer, startOfflineServer } from "../../../src/offline/server.js";

/** JSON to look into without a cast at every step; what is found there is for `expect` and `String` only. */
export interface Json {
  readonly [key: string]: Json;
}

export async function jsonOf(response: Response): Promise<Json> {
  return (await response.json()) as Json;
}

/** Runs a test against a fresh server and closes it afterwards. */
export async function withServer(
  options: Omit<OfflineOptions, "script"> & { rules?: OfflineScript["rules"] },
  test: (server: OfflineServer) => Promise<void>,
): Promise<void> {
  const { rules = [], ...rest } = options;
  const server = await startOfflineServer({ ...rest, script: { rules } });
  try {
    await test(server);
  } finally {
    await server.close();
  }
}

export function post(url: string, body: unknown, headers: Record<string, string> = {}, signal?: AbortSignal) {
  return fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: typeof body === "string" ? body : JSON.stringify(body),
    ...(signal ? { signal } : {}),
  });
}

/** The `data:` lines of a stream, parsed. */
export function eventsOf(text: string): Json[] {
  return text
    .split(/\r?\n/)
    .filter((line) => line.startsWith("data: "))
    .map((line) => JSON.parse(line.slice(6)) as Json);
}

export const user = (text: string) => ({ role: "user", content: [{ type: "text", text }] });

export function claude(server: OfflineServer, messages: unknown[], more: Record<string, unknown> = {}) {
  return post(
    `${server.url}/v1/messages?beta=true`,
    { model: "claude-x", stream: true, messages, ...more },
    { "x-api-key": "task-1" },
  );
}

export const input = (text: string) => ({ type: "message", role: "user", content: [{ type: "input_text", text }] });

export function codex(server: OfflineServer, items: unknown[], more: Record<string, unknown> = {}) {
  return post(
    `${server.url}/v1/responses`,
    { model: "codex-x", stream: true, input: items, ...more },
    { authorization: "Bearer task-2" },
  );
}

export const content = (...texts: string[]) => ({ role: "user", parts: texts.map((text) => ({ text })) });

export function gemini(
  server: OfflineServer,
  contents: unknown[],
  more: Record<string, unknown> = {},
  method = "streamGenerateContent?alt=sse",
) {
  return post(`${server.url}/v1beta/models/gemini-x:${method}`, { contents, ...more }, { "x-goog-api-key": "task-3" });
}
