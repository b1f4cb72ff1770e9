// The HTTP app: its middlewares and routes. It knows no port; listen.ts does.
import { Hono } from "hono";
import { cors } from "hono/cors";
import { accessLog } from "./http/access-log.js";
import { identify, requireKey } from "./http/auth.js";
import { jsonBody } from "./http/body.js";
import { CORS, secureHeaders } from "./http/headers.js";
import { guard } from "./http/host-guard.js";
import type { Log } from "./http/log.js";
import { problem } from "./http/problem.js";
import { rateLimit } from "./http/rate-limit.js";
import { requestId } from "./http/request-id.js";
import type { AppContext, AppEnv, Route } from "./http/route.js";
import type { Keys } from "./keys.js";
import type { ServerSettings } from "./settings.js";

export interface AppOptions {
  routes: readonly Route[];
  settings: ServerSettings;
  keys: Keys;
  log: Log;
}

/** The app that serves these routes. The order of the middlewares is the order of the refusals. */
export function createApp({ routes, settings, keys, log }: AppOptions): Hono<AppEnv> {
  const app = new Hono<AppEnv>();
  const { cors_origins, max_body_bytes, max_tasks } = settings;
  app.onError((error, c) => {
    log.problem(error.stack ?? error.message, { request_id: c.get("request_id") });
    return problem(c, "internal", "something went wrong in the server; its log says what");
  });
  app.notFound((c) => problem(c, "not_found", "there is no such page; /docs lists all routes"));

  // An answer to HEAD has no body: its source, such as a reader of a run's events, must stop.
  app.use(async (c, next) => {
    await next();
    if (c.req.method === "HEAD") await c.res.body?.cancel();
  });
  app.use(requestId, identify(keys), accessLog(log), secureHeaders, guard(settings));
  if (cors_origins.length > 0) app.use(cors({ origin: [...cors_origins], ...CORS }));
  app.use(rateLimit(settings.rate_limit_per_minute));

  for (const route of routes) {
    const method = route.method.toUpperCase();
    const path = honoPath(route.path);
    if (!route.open) app.on(method, path, requireKey(keys));
    if (route.body)
      app.on(method, path, jsonBody({ max_bytes: max_body_bytes, max_tasks, required: route.body.required }));
    app.on(method, path, (c) => route.handle(c));
  }
  for (const [path, methods] of methodsByPath(routes)) {
    const Allow = methods.join(", ");
    app.all(honoPath(path), (c: AppContext) =>
      problem(c, "method_not_allowed", `${c.req.method} is not possible here, but ${Allow}`, { headers: { Allow } }),
    );
  }
  return app;
}

/** `/runs/{run_id}` → `/runs/:run_id`; `/assets/{file*}` takes a whole path. */
function honoPath(path: string): string {
  return path.replaceAll(/\{(\w+)\*\}/g, ":$1{.+}").replaceAll(/\{(\w+)\}/g, ":$1");
}

function methodsByPath(routes: readonly Route[]): Map<string, string[]> {
  const methods = new Map<string, string[]>();
  for (const { path, method } of routes) methods.set(path, [...(methods.get(path) ?? []), method.toUpperCase()]);
  return methods;
}
