// Identifies the caller and checks the key, which comes in `X-API-Key` or as a bearer token, never in an address.
import { getConnInfo } from "@hono/node-server/conninfo";
import { createMiddleware } from "hono/factory";
import type { Keys } from "../keys.js";
import { problem } from "./problem.js";
import type { AppContext, AppEnv } from "./route.js";

/** Identifies the caller, and refuses none. */
export function identify(keys: Keys) {
  return createMiddleware<AppEnv>(async (c, next) => {
    const shown = shownKey(c);
    const known = shown === undefined ? undefined : keys.match(shown);
    c.set("caller", { id: known ?? addressOf(c), trusted: !keys.required || known !== undefined });
    await next();
  });
}

/** Refuses a caller without a valid key. */
export function requireKey({ source }: Keys) {
  return createMiddleware<AppEnv>(async (c, next) => {
    if (c.get("caller").trusted) return next();
    const message =
      shownKey(c) === undefined
        ? "an API key is needed, in the header `X-API-Key` or as `Authorization: Bearer`"
        : "the API key is not known";
    return problem(c, "unauthorized", `${message}; ${source}`, { headers: { "WWW-Authenticate": "Bearer" } });
  });
}

function shownKey(c: AppContext): string | undefined {
  const bearer = /^Bearer +(\S+)$/i.exec(c.req.header("Authorization") ?? "")?.[1];
  // An empty key, as from a script with an unset variable, counts as none.
  return c.req.header("X-API-Key") || bearer;
}

function addressOf(c: AppContext): string {
  // Tests call the app without a port: then there is no connection.
  return typeof c.env === "object" && c.env !== null && "incoming" in c.env
    ? (getConnInfo(c).remote.address ?? "unknown")
    : "unknown";
}
