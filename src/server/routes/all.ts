// All routes: what is added here is served, and told of in /openapi.json and /docs.
import type { Route } from "../route.js";
import type { Services } from "../services.js";
import { pagesRoutes } from "./pages.js";
import { parallelRoutes } from "./parallel.js";
import { runEventsRoutes } from "./run-events.js";
import { runsRoutes } from "./runs.js";
import { serverRoutes } from "./server.js";

export function allRoutes(services: Services): Route[] {
  const api = [
    ...parallelRoutes(services),
    ...runsRoutes(services),
    ...runEventsRoutes(services),
    ...serverRoutes(services),
  ];
  return [...api, ...pagesRoutes(services, api)];
}
