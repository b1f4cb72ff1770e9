// One request of the client: address, key, JSON in and out, and errors as the server words them.
import type { ErrorBody, ErrorCode, ErrorDetail } from "../schema/api.js";

export interface ClientOptions {
  /** Where `clinvk serve` listens, such as `http://127.0.0.1:8080`; it may have a path, if a proxy adds one. */
  base_url: string;
  api_key?: string;
  /** Carries out the requests; the global `fetch` if not given. */
  fetch?: typeof fetch;
}

export interface CallOptions {
  /** Gives up; then the call rejects with the signal's reason. */
  signal?: AbortSignal;
}

export interface Request extends CallOptions {
  method: "GET" | "POST" | "DELETE";
  path: string;
  /** Those without a value are left out. */
  query?: Readonly<Record<string, string | number | undefined>>;
  headers?: Readonly<Record<string, string>>;
  /** Sent as JSON. */
  body?: unknown;
}

/** `unknown`: the answer is not one of clinvk's, but perhaps a proxy's. */
export type ClientErrorCode = ErrorCode | "unknown";

/** The server refused. What keeps a request from reaching it is whatever `fetch` rejects with. */
export class ClinvkApiError extends Error {
  override readonly name = "ClinvkApiError";
  /** HTTP status. */
  readonly status: number;
  readonly code: ClientErrorCode;
  /** What happened, in one sentence; `message` has the `details` besides. */
  readonly reason: string;
  /** Every problem of the request's body. */
  readonly details: readonly ErrorDetail[];
  /** The id with which the server's log names the request. */
  readonly request_id: string | undefined;
  /** Seconds after which it may be tried again; only of 429 and 503. */
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

/** What the methods ask with. */
export interface Calls {
  /** The answer, if its status is one of success; otherwise it rejects with `ClinvkApiError`. */
  send(request: Request): Promise<Response>;
  /** The same for an answer in JSON. */
  json<T>(request: Request): Promise<T>;
}

export function callsOf({ base_url, api_key, fetch: own }: ClientOptions): Calls {
  const base = base_url.replace(/\/+$/, "");
  const send: Calls["send"] = async ({ method, path, query = {}, headers = {}, body, signal }) => {
    const search = new URLSearchParams();
    for (const [name, value] of Object.entries(query)) if (value !== undefined) search.set(name, String(value));
    // A browser's `fetch` wants to be called as a function, not as a method.
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
