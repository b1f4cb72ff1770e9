// POST /api/v1/compare: `clinvk compare` for programs.
import { prepareCompare } from "../../app/compare.js";
import { type Problem, toDiagnostics } from "../../document/diagnostics.js";
import { validate } from "../../document/validate.js";
import { CompareBody } from "../../schema/api-prompt-chain-compare.js";
import { omitUndefined } from "../../util/omit-undefined.js";
import type { AppContext, Route } from "../http/route.js";
import type { Services } from "../services.js";
import { invalid, requestOf, runAndAnswer, runRoute } from "./start-run.js";

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
  const body = validate(CompareBody, c.get("body")?.value);
  const problems = [...body.problems, ...whom(body.value)];
  if (body.value === undefined || problems.length > 0) return invalid(c, toDiagnostics("body", problems));
  const { prompt, backends = "all", all_backends: _, sequential = false, dry_run, on_quota, ...defaults } = body.value;
  const request = requestOf(c, services);
  const prepared = await prepareCompare({
    ...request,
    prompt,
    backends,
    sequential,
    defaults,
    flags: { ...request.flags, ...omitUndefined({ dry_run, on_quota }) },
  });
  if (prepared.ok) return runAndAnswer(c, services, prepared);
  // A problem of one of these fields has its name as its source.
  const fields = Object.keys(body.value);
  return invalid(
    c,
    prepared.error.map((one) => (fields.includes(one.source) ? { path: one.source, ...one } : one)),
  );
}

function whom(body: CompareBody | undefined): Problem[] {
  if (body === undefined) return [];
  const { backends, all_backends } = body;
  if (backends === undefined && all_backends === undefined)
    return [{ path: [], message: "nobody is asked", hint: "say `backends`, or `all_backends: true`" }];
  if (backends !== undefined && all_backends !== undefined)
    return [{ path: ["all_backends"], message: "there can be `backends` or `all_backends`, not both" }];
  return [];
}
