// Keeps pages of other origins from driving the server: they can make a browser send requests, but not under our name
// (DNS rebinding), nor with an origin or a content type of ours.
import { isIPv4 } from "node:net";
import { createMiddleware } from "hono/factory";
import { problem } from "./problem.js";
import type { AppContext, AppEnv } from "./route.js";

export interface GuardOptions {
  /** Names of the server, in addition to those of the loopback interface; without ports. */
  allowed_hosts: readonly string[];
  /** Origins whose pages may use the API. */
  cors_origins: readonly string[];
}

const READS = new Set(["GET", "HEAD", "OPTIONS"]);

/** Whether the name is one of the loopback interface. */
export function isLoopback(host: string): boolean {
  const plain = host.replace(/^\[(.*)\]$/, "$1");
  return /^(localhost\.?|::1)$/i.test(plain) || (isIPv4(plain) && plain.startsWith("127."));
}

/** Refuses requests for other names, and changes requested by a foreign page. */
export function guard({ allowed_hosts, cors_origins }: GuardOptions) {
  const names = new Set(allowed_hosts.map((name) => name.toLowerCase()));
  return createMiddleware<AppEnv>(async (c, next) => {
    const host = hostOf(c);
    // A request line may name a host as well: `GET http://name/ HTTP/1.1`. Neither may be another's.
    const asked = [host, hostInAddress(c)].map((one) => one.toLowerCase().replace(/:\d*$/, ""));
    const name = asked.find((one) => !isLoopback(one) && !names.has(one));
    if (name !== undefined) {
      const hint = "`server.allowed_hosts` of the configuration lists further ones";
      return problem(c, "forbidden", `this server does not answer to the name ${JSON.stringify(name)}; ${hint}`);
    }
    if (!READS.has(c.req.method) && isForeign(c, host, cors_origins))
      return problem(c, "forbidden", "a page of another origin may not change anything here");
    return next();
  });
}

function hostOf(c: AppContext): string {
  return c.req.header("Host") ?? hostInAddress(c);
}

/** Not parsed by `URL`, which throws: an invalid host must be refused. */
function hostInAddress(c: AppContext): string {
  return /^\w+:\/\/([^/?#]*)/.exec(c.req.url)?.[1] ?? "";
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
