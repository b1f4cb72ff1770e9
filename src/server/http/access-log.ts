// One line per request.
import { createMiddleware } from "hono/factory";
import { routePath } from "hono/route";
import type { Log } from "./log.js";
import type { AppEnv } from "./route.js";

export function accessLog(log: Log) {
  return createMiddleware<AppEnv>(async (c, next) => {
    const began = performance.now();
    await next();
    log.request({
      method: c.req.method,
      route: routePath(c, -1),
      status: c.res.status,
      ms: Math.round(performance.now() - began),
      request_id: c.get("request_id"),
      caller: c.get("caller")?.id ?? "unknown",
    });
  });
}
