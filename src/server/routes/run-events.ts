// GET /api/v1/runs/{run_id}/events: the events so far, then each as it happens.

import { readRun } from "../../store/read-run.js";
import { runDir } from "../../store/store.js";
import { problem } from "../http/problem.js";
import type { AppContext, Route } from "../http/route.js";
import { parseLastEventId, sseResponse } from "../http/sse.js";
import { follow, followFile } from "../runs/run-stream.js";
import type { Services } from "../services.js";
import { withRun } from "./runs.js";

export function runEventsRoutes(services: Services): Route[] {
  return [
    {
      method: "get",
      path: "/api/v1/runs/{run_id}/events",
      tag: "Runs",
      summary: "Follow a run",
      description:
        "Server-Sent Events: all events so far, then each as it happens, until the run has ended. The `id` is the event's `seq`, the data is the event (schema RunEvent). Who loses the connection goes on with `Last-Event-ID`.",
      parameters: [
        {
          in: "header",
          name: "Last-Event-ID",
          description: "Only events after this one.",
          schema: { type: "integer", minimum: 0 },
        },
      ],
      answers: {
        200: { description: "The events.", type: "text/event-stream", schema: "RunEvent" },
        204: { description: "The run has ended, and nothing follows that event." },
      },
      errors: ["bad_request", "not_found"],
      handle: (c) => withRun(c, services, (id) => events(c, services, id)),
    },
  ];
}

function events(c: AppContext, { manager, views, heartbeat_ms }: Services, run_id: string): Response {
  const after = parseLastEventId(c.req.header("Last-Event-ID"));
  const nonsense = () => problem(c, "bad_request", "Last-Event-ID: the run has no such event");
  if (after === undefined) return nonsense();
  const stop = new AbortController();
  const options = { dir: runDir(views.clinvk_home, run_id), run_id, after, signal: stop.signal, heartbeat_ms };
  const live = manager.live(run_id);
  if (live) return after > live.stream.last_seq ? nonsense() : sseResponse(follow(live.stream, options), stop);
  if (after > 0) {
    const run = readRun(views.clinvk_home, run_id);
    if (!run.ok || after >= run.value.next_seq) return nonsense();
    // After this status a browser does not reconnect.
    if (run.value.state.finished && after === run.value.next_seq - 1) return c.body(null, 204);
  }
  return sseResponse(followFile(options), stop);
}
