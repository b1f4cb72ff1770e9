// The routes about the server itself: backends, health, metrics.
import type { BackendState, Health } from "../../schema/api.js";
import type { AppContext, Route } from "../http/route.js";
import type { Services } from "../services.js";

export function serverRoutes(services: Services): Route[] {
  const { metrics, backends } = services;
  return [
    {
      method: "get",
      path: "/api/v1/backends",
      tag: "Server",
      summary: "Show which AI CLIs can be used",
      description: "Looked up at most once a minute; no model is asked.",
      answers: { 200: { description: "All backends.", schema: "Backends" } },
      handle: async (c) => c.json({ backends: await backends() }),
    },
    {
      method: "get",
      path: "/health",
      tag: "Server",
      summary: "Is the server well?",
      description: "Without a key it says status and version only.",
      open: true,
      answers: { 200: { description: "Whatever the status is, it is in the document.", schema: "Health" } },
      handle: (c) => health(c, services),
    },
    {
      method: "get",
      path: "/metrics",
      tag: "Server",
      summary: "Metrics for Prometheus",
      answers: { 200: { description: "In Prometheus' text format.", type: "text/plain" } },
      handle: async (c) => {
        const { body, type } = await metrics.text();
        return c.body(body, 200, { "Content-Type": type });
      },
    },
  ];
}

async function health(c: AppContext, services: Services): Promise<Response> {
  const { version, manager, offline } = services;
  const backends = await services.backends();
  const status = manager.closing ? "degraded" : statusOf(backends, offline);
  if (!c.get("caller").trusted) return c.json({ status, version } satisfies Health);
  const body: Health = {
    status,
    version,
    uptime_seconds: Math.round(process.uptime()),
    backends,
    active_runs: manager.active,
    queued_runs: manager.queued,
    active_children: manager.pool.taken,
    offline,
  };
  return c.json(body);
}

/** The offline model needs no login. */
function statusOf(backends: readonly BackendState[], offline: boolean): Health["status"] {
  const good = backends.filter((one) => (offline ? one.installed && one.problem === null : one.available)).length;
  return good === 0 ? "unhealthy" : good < backends.length ? "degraded" : "ok";
}
