// POST /api/v1/parallel: `clinvk parallel` for programs.
import { prepare } from "../../app/prepare.js";
import type { Route } from "../http/route.js";
import type { Services } from "../services.js";
import { bodyText, requestOf, runAndAnswer, runRoute } from "./start-run.js";

export function parallelRoutes(services: Services): Route[] {
  return [
    runRoute({
      path: "/api/v1/parallel",
      summary: "Run tasks at once",
      body: "TaskFile",
      description: "The body is a task file, without `output_dir` and `prompt_file`.",
      answer: "RunResponse",
      handle: async (c) => runAndAnswer(c, services, await prepare({ ...requestOf(c, services), source: bodyText(c) })),
    }),
  ];
}
