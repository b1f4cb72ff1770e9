// The list of all routes: the app serves them, and /openapi.json and /docs describe them.
import type { Route } from "../http/route.js";
import type { Services } from "../services.js";
import { compareRoutes } from "./compare.js";
import { pagesRoutes } from "./pages.js";
import { chainRoutes, parallelRoutes } from "./parallel.js";
import { promptRoutes } from "./prompt.js";
import { runEventsRoutes } from "./run-events.js";
import { runsRoutes } from "./runs.js";
import { serverRoutes } from "./server.js";
import { sessionsRoutes } from "./sessions.js";

export function allRoutes(services: Services): Route[] {
  const api = [
    ...parallelRoutes(services),
    ...chainRoutes(services),
    ...compareRoutes(services),
    ...promptRoutes(services),
    ...runsRoutes(services),
    ...runEventsRoutes(services),
    ...sessionsRoutes(services),
    ...serverRoutes(services),
  ];
  return [...api, ...pagesRoutes(services, api)];
}
