// Logs one line per request.
import { createMiddleware } from "hono/factory";
import { routePath } from "hono/route";
import type { Log } from "./log.js";
import type { AppEnv } from "./route.js";

export function accessLog(log: Log) {
  return createMiddleware<AppEnv>(async (c, next) => {
    const began = performance.now();
    await next();
    const route = routePath(c, -1);
    log.request({
      method: c.req.method,
      route,
      // A refused path may hold anything, even a key pasted in the wrong place.
      path: c.res.status < 400 ? c.req.path : route,
      status: c.res.status,
      ms: Math.round(performance.now() - began),
      request_id: c.get("request_id"),
      caller: c.get("caller")?.id ?? "unknown",
    });
  });
}
