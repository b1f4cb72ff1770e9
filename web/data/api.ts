// Calls of the server's API: always with the key, always to this page's own origin.
import type { ErrorBody, ErrorDetail } from "../../src/schema/api.js";
import { err, ok, type Result } from "../../src/util/result.js";
import { keptKey } from "./key.js";

/** Why a call got no answer that can be used. */
export interface ApiFailure {
  /** HTTP status; 0 = the server could not be reached. */
  status: number;
  message: string;
  details: readonly ErrorDetail[];
}

export interface CallOptions {
  method?: "GET" | "POST" | "DELETE";
  /** Sent as JSON. */
  body?: unknown;
  headers?: Record<string, string>;
  signal?: AbortSignal;
}

let askForKey = () => {};

/** Is told whenever the server wants a key, or another one. */
export function onKeyWanted(listener: () => void): void {
  askForKey = listener;
}

/** `runs/R/cancel` → the address below this page's; each step is escaped. */
export function apiPath(...steps: string[]): string {
  return `api/v1/${steps.map(encodeURIComponent).join("/")}`;
}

/** The answer, if its status is one of success. */
export async function request(path: string, options: CallOptions = {}): Promise<Result<Response, ApiFailure>> {
  const { method = "GET", body, signal } = options;
  const key = keptKey();
  const headers = {
    ...(key === undefined ? {} : { "X-API-Key": key }),
    ...(body === undefined ? {} : { "Content-Type": "application/json" }),
    ...options.headers,
  };
  let response: Response;
  try {
    response = await fetch(path, {
      method,
      headers,
      cache: "no-store",
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      ...(signal ? { signal } : {}),
    });
  } catch {
    return err({ status: 0, message: "The server can't be reached. Is clinvk serve still running?", details: [] });
  }
  if (response.ok) return ok(response);
  if (response.status === 401) askForKey();
  return err(await failureOf(response));
}

/** The same for an answer in JSON. */
export async function call<T>(path: string, options: CallOptions = {}): Promise<Result<T, ApiFailure>> {
  const response = await request(path, options);
  if (!response.ok) return response;
  try {
    return ok((await response.value.json()) as T);
  } catch {
    return err({ status: 0, message: "The server's answer was cut off.", details: [] });
  }
}

async function failureOf(response: Response): Promise<ApiFailure> {
  try {
    const { error } = (await response.json()) as ErrorBody;
    return { status: response.status, message: error.message, details: error.details ?? [] };
  } catch {
    return { status: response.status, message: `The server answered with status ${response.status}.`, details: [] };
  }
}
