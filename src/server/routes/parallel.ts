// POST /api/v1/parallel: `clinvk parallel` for programs.
import { detailsOf, problem } from "../problem.js";
import { traceparentOf } from "../request-id.js";
import type { AppContext, Route } from "../route.js";
import type { Services } from "../services.js";
import { ACCEPTED, answerRun, WAITING_DESCRIPTION, WAITING_PARAMETERS } from "./start-run.js";

export function parallelRoutes(services: Services): Route[] {
  return [
    {
      method: "post",
      path: "/api/v1/parallel",
      tag: "Runs",
      summary: "Run tasks at once",
      description: `The body is a task file, without \`output_dir\` and \`prompt_file\`. ${WAITING_DESCRIPTION}`,
      parameters: WAITING_PARAMETERS,
      body: { schema: "TaskFile", required: true },
      answers: { 200: { description: "The run has ended.", schema: "RunResponse" }, 202: ACCEPTED },
      errors: ["invalid_json", "validation_failed", "queue_full", "internal"],
      handle: (c) => startParallel(c, services),
    },
  ];
}

async function startParallel(c: AppContext, services: Services): Promise<Response> {
  const { manager, settings, log } = services;
  const prepared = await services.prepare(c.get("body")?.text ?? "", traceparentOf(c.req.header("Traceparent")));
  if (!prepared.ok) {
    return problem(c, "validation_failed", "the body is not valid; nothing was run", {
      details: detailsOf(prepared.error),
    });
  }
  const { plan, config } = prepared.value;
  return answerRun(c, manager.start(plan, config), {
    timeout_secs: settings.request_timeout_secs,
    cancel: (run_id) => manager.cancel(run_id),
    onProblem: (message) => log.problem(message, { run_id: plan.run_id }),
  });
}
