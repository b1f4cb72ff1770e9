// POST /api/v1/compare: `clinvk compare` for programs.
import { prepareCompare } from "../../app/compare.js";
import { diagnosticsAt, type Problem } from "../../document/diagnostics.js";
import { CompareBody } from "../../schema/api-prompt-chain-compare.js";
import { omitUndefined } from "../../util/omit-undefined.js";
import { readBody } from "../http/body.js";
import { invalid } from "../http/problem.js";
import type { AppContext, Route } from "../http/route.js";
import type { Services } from "../services.js";
import { requestOf, runAndAnswer, runRoute } from "./start-run.js";

export function compareRoutes(services: Services): Route[] {
  return [
    runRoute({
      path: "/api/v1/compare",
      summary: "Ask several backends the same",
      body: "Compare",
      description: "A backend that is named and not installed is refused; `all_backends` leaves it out.",
      answer: "CompareResponse",
      handle: (c) => compare(c, services),
    }),
  ];
}

async function compare(c: AppContext, services: Services): Promise<Response> {
  const body = await readBody(c, CompareBody);
  if (!body.ok) return invalid(c, body.error);
  const { place, value } = body.value;
  const problems = diagnosticsAt(whom(value), place);
  if (problems.length > 0) return invalid(c, problems);
  const { prompt, backends = "all", all_backends: _, sequential = false, dry_run, on_quota, ...defaults } = value;
  const request = requestOf(c, services);
  const prepared = await prepareCompare({
    ...request,
    prompt,
    backends,
    sequential,
    defaults,
    flags: { ...request.flags, ...omitUndefined({ dry_run, on_quota }) },
    place: (path, at) => place(path[0] === "backends" && backends === "all" ? ["all_backends"] : path, at),
  });
  return runAndAnswer(c, services, prepared);
}

function whom({ backends, all_backends }: CompareBody): Problem[] {
  if (backends === undefined && all_backends === undefined)
    return [{ path: [], message: "no backend is named", hint: "say `backends`, or `all_backends: true`" }];
  if (backends !== undefined && all_backends !== undefined)
    return [{ path: ["all_backends"], message: "there can be `backends` or `all_backends`, not both" }];
  return [];
}
