// The server that this page came from: asked by the client that any program uses, with the tab's key. Failures are values.
import { type Calls, type ClientOptions, ClinvkApiError, callsOf } from "../../src/client/calls.js";
import { type Client, createClient } from "../../src/client/client.js";
import type { ErrorDetail } from "../../src/schema/api.js";
import { err, ok, type Result } from "../../src/util/result.js";
import { keptKey } from "./key.js";

/** Why a call got no answer that can be used. */
export interface ApiFailure {
  /** HTTP status; 0 = the server could not be reached. */
  status: number;
  message: string;
  details: readonly ErrorDetail[];
}

let askForKey = () => {};

/** Is told whenever the server wants a key, or another one. */
export function onKeyWanted(listener: () => void): void {
  askForKey = listener;
}

/** A client with the key of this moment. */
export function clientOf(own: typeof fetch = uncached): Client {
  return createClient(optionsOf(own, keptKey()));
}

/** Whether the server accepts a key; while it can't be reached, nobody knows. */
export async function isGoodKey(key: string): Promise<boolean> {
  try {
    await createClient(optionsOf(uncached, key)).runs.list({ limit: 1 });
    return true;
  } catch (error) {
    return !(error instanceof ClinvkApiError && error.status === 401);
  }
}

/** Calls `use` with a client. The failure is one sentence for a person; without a valid key the page asks for one. */
export function ask<T>(use: (client: Client) => Promise<T>): Promise<Result<T, ApiFailure>> {
  return caught(() => use(clientOf()));
}

/** The same for what the client has no method for: an answer that is read piece by piece. */
export function askRaw<T>(use: (calls: Calls) => Promise<T>): Promise<Result<T, ApiFailure>> {
  return caught(() => use(callsOf(optionsOf(uncached, keptKey()))));
}

/** The relative address: the page may lie below a path that a proxy adds. */
function optionsOf(own: typeof fetch, api_key: string | undefined): ClientOptions {
  return { base_url: ".", ...(api_key === undefined ? {} : { api_key }), fetch: own };
}

/** The browser's `fetch`, past its cache. */
export const uncached: typeof fetch = (input, init) => fetch(input, { ...init, cache: "no-store" });

async function caught<T>(use: () => Promise<T>): Promise<Result<T, ApiFailure>> {
  try {
    return ok(await use());
  } catch (error) {
    return err(failureOf(error));
  }
}

/** What a call rejected with, in words; a key that is missing or wrong is asked for. */
export function failureOf(error: unknown): ApiFailure {
  if (error instanceof ClinvkApiError) {
    if (error.status === 401) askForKey();
    return { status: error.status, message: error.reason, details: error.details };
  }
  const isCutOff = error instanceof SyntaxError;
  const message = isCutOff
    ? "The server's answer was cut off."
    : "The server can't be reached. Is clinvk serve still running?";
  return { status: 0, message, details: [] };
}
