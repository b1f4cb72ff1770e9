// Keeps pages of other origins from driving the server: they can make a browser send requests, but not under our name
// (DNS rebinding), nor with an origin or a content type of ours.
import { createMiddleware } from "hono/factory";
import { problem } from "./problem.js";
import type { AppContext, AppEnv } from "./route.js";

export interface GuardOptions {
  /** Names under which the server is reached, besides those of the loopback interface; without ports. */
  allowed_hosts: readonly string[];
  /** Origins whose pages may use the API. */
  cors_origins: readonly string[];
}

const READS = new Set(["GET", "HEAD", "OPTIONS"]);

/** Is it a name of this machine for itself? */
export function isLoopback(host: string): boolean {
  return /^(localhost|127(\.\d{1,3}){3}|\[?::1\]?)$/i.test(host);
}

/** Refuses requests for other names, and changes that a foreign page asks for. */
export function guard({ allowed_hosts, cors_origins }: GuardOptions) {
  const names = new Set(allowed_hosts.map((name) => name.toLowerCase()));
  return createMiddleware<AppEnv>(async (c, next) => {
    const host = hostOf(c);
    const name = host.toLowerCase().replace(/:\d*$/, "");
    if (!isLoopback(name) && !names.has(name)) {
      const hint = "`server.allowed_hosts` of the configuration lists further ones";
      return problem(c, "forbidden", `this server does not answer to the name ${JSON.stringify(name)}; ${hint}`);
    }
    if (!READS.has(c.req.method) && isForeign(c, host, cors_origins))
      return problem(c, "forbidden", "a page of another origin may not change anything here");
    return next();
  });
}

function hostOf(c: AppContext): string {
  return c.req.header("Host") ?? new URL(c.req.url).host;
}

function isForeign(c: AppContext, host: string, friends: readonly string[]): boolean {
  const origin = c.req.header("Origin");
  if (origin !== undefined) {
    const own = [`http://${host}`, `https://${host}`];
    return ![...own, ...friends].some((one) => one.toLowerCase() === origin.toLowerCase());
  }
  const site = c.req.header("Sec-Fetch-Site");
  return site !== undefined && site !== "same-origin" && site !== "none";
}
