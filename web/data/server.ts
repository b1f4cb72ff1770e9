// Calls the server of this page, with the public client and the tab's key. Failures are values.
import { type Calls, type ClientOptions, ClinvkApiError, callsOf } from "../../src/client/calls.js";
import { type Client, createClient } from "../../src/client/client.js";
import type { ErrorDetail } from "../../src/schema/api.js";
import { err, ok, type Result } from "../../src/util/result.js";
import { keptKey } from "./key.js";

/** Why a call failed. */
export interface ApiFailure {
  /** HTTP status; 0 = the server could not be reached. */
  status: number;
  message: string;
  details: readonly ErrorDetail[];
}

let askForKey = () => {};

/** Called whenever the server asks for a key, or for another one. */
export function onKeyWanted(listener: () => void): void {
  askForKey = listener;
}

/** A client with the current key. */
export function clientOf(own: typeof fetch = uncached): Client {
  return createClient(optionsOf(own, keptKey()));
}

/** Whether the server accepts a key; unknown while it can't be reached. */
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

/** The same for an answer that is read in pieces: the client has no method for it. */
export function askRaw<T>(use: (calls: Calls) => Promise<T>): Promise<Result<T, ApiFailure>> {
  return caught(() => use(callsOf(optionsOf(uncached, keptKey()))));
}

/** The relative address: a proxy may add a path in front of the page. */
function optionsOf(own: typeof fetch, api_key: string | undefined): ClientOptions {
  return { base_url: ".", ...(api_key === undefined ? {} : { api_key }), fetch: own };
}

/** The browser's `fetch`, without its cache. */
export const uncached: typeof fetch = (input, init) => fetch(input, { ...init, cache: "no-store" });

async function caught<T>(use: () => Promise<T>): Promise<Result<T, ApiFailure>> {
  try {
    return ok(await use());
  } catch (error) {
    return err(failureOf(error));
  }
}

/** The text for a call's error; asks for the key if it is missing or wrong. */
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
