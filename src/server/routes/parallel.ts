// POST /api/v1/parallel and /api/v1/chain: the two commands that run a file, for programs.
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

export function chainRoutes(services: Services): Route[] {
  return [
    runRoute({
      path: "/api/v1/chain",
      summary: "Run steps one after another",
      body: "ChainFile",
      description: "The body is a chain file, without `output_dir` and `prompt_file`.",
      answer: "ChainResponse",
      handle: async (c) =>
        runAndAnswer(c, services, await prepare({ ...requestOf(c, services), kind: "chain", source: bodyText(c) })),
    }),
  ];
}
