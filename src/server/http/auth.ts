// Who calls, and may they? A key comes in `X-API-Key` or as a bearer token, never in an address.
import { getConnInfo } from "@hono/node-server/conninfo";
import { createMiddleware } from "hono/factory";
import type { Keys } from "../keys.js";
import { problem } from "./problem.js";
import type { AppContext, AppEnv } from "./route.js";

/** Finds out who calls; refuses nobody. */
export function identify(keys: Keys) {
  return createMiddleware<AppEnv>(async (c, next) => {
    const shown = shownKey(c);
    const known = shown === undefined ? undefined : keys.match(shown);
    c.set("caller", { id: known ?? addressOf(c), trusted: !keys.required || known !== undefined });
    await next();
  });
}

/** Refuses a caller without a key that is known. */
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
  // An empty one, as of a script whose variable is not set, is none.
  return c.req.header("X-API-Key") || bearer;
}

function addressOf(c: AppContext): string {
  // Without a port, as in tests, there is no connection.
  return typeof c.env === "object" && c.env !== null && "incoming" in c.env
    ? (getConnInfo(c).remote.address ?? "unknown")
    : "unknown";
}
