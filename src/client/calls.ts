// One request of the client: address, key, JSON in and out, and the server's errors.
import type { ErrorBody, ErrorCode, ErrorDetail } from "../schema/api.js";

export interface ClientOptions {
  /** Where `clinvk serve` listens, such as `http://127.0.0.1:8080`; it may have a path, if a proxy adds one. */
  base_url: string;
  api_key?: string;
  /** Sends the requests; default: the global `fetch`. */
  fetch?: typeof fetch;
}

export interface CallOptions {
  /** Cancels the call, which then rejects with the signal's reason. */
  signal?: AbortSignal;
}

export interface Request extends CallOptions {
  method: "GET" | "POST" | "DELETE";
  path: string;
  /** Parameters without a value are left out. */
  query?: Readonly<Record<string, string | number | undefined>>;
  headers?: Readonly<Record<string, string>>;
  /** Sent as JSON. */
  body?: unknown;
}

/** `unknown`: the answer is not from clinvk; perhaps from a proxy. */
export type ClientErrorCode = ErrorCode | "unknown";

/** The server refused the request. If a request does not reach the server, the call rejects as `fetch` does. */
export class ClinvkApiError extends Error {
  override readonly name = "ClinvkApiError";
  /** HTTP status. */
  readonly status: number;
  readonly code: ClientErrorCode;
  /** What happened, in one sentence; `message` adds the `details`. */
  readonly reason: string;
  /** Every problem of the request's body. */
  readonly details: readonly ErrorDetail[];
  /** The id with which the server's log names the request. */
  readonly request_id: string | undefined;
  /** Seconds after which the call may be tried again; only with 429 and 503. */
  readonly retry_after: number | undefined;

  constructor(response: Response, { error }: Partial<ErrorBody>) {
    const {
      code = "unknown",
      message = `the server answered with status ${response.status}`,
      details = [],
    } = error ?? {};
    super([message, ...details.map(({ path, message: what }) => (path ? `${path}: ${what}` : what))].join("\n"));
    this.status = response.status;
    this.reason = message;
    this.code = code;
    this.details = details;
    this.request_id = error?.request_id ?? response.headers.get("X-Request-Id") ?? undefined;
    const seconds = Number(response.headers.get("Retry-After") ?? Number.NaN);
    this.retry_after = Number.isFinite(seconds) ? seconds : undefined;
  }
}

/** The requests behind the methods. */
export interface Calls {
  /** The answer if its status is a success; otherwise rejects with `ClinvkApiError`. */
  send(request: Request): Promise<Response>;
  /** The same for an answer in JSON. */
  json<T>(request: Request): Promise<T>;
}

export function callsOf({ base_url, api_key, fetch: own }: ClientOptions): Calls {
  const base = base_url.replace(/\/+$/, "");
  const send: Calls["send"] = async ({ method, path, query = {}, headers = {}, body, signal }) => {
    const search = new URLSearchParams();
    for (const [name, value] of Object.entries(query)) if (value !== undefined) search.set(name, String(value));
    // A browser's `fetch` fails when it is called as a method.
    const response = await (own ?? globalThis.fetch)(`${base}${path}${search.size > 0 ? `?${search}` : ""}`, {
      method,
      headers: {
        ...(api_key === undefined ? {} : { "X-API-Key": api_key }),
        ...(body === undefined ? {} : { "Content-Type": "application/json" }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      ...(signal === undefined ? {} : { signal }),
    });
    if (response.ok) return response;
    throw new ClinvkApiError(response, await errorOf(response));
  };
  return { send, json: async <T>(request: Request) => (await (await send(request)).json()) as T };
}

async function errorOf(response: Response): Promise<Partial<ErrorBody>> {
  try {
    const body = (await response.json()) as Partial<ErrorBody> | null;
    return typeof body?.error === "object" ? body : {};
  } catch {
    return {};
  }
}

/** `/api/v1/` and these steps, each escaped. */
export function apiPath(...steps: string[]): string {
  return `/api/v1/${steps.map(encodeURIComponent).join("/")}`;
}
