// Starts the run of every route that runs tasks, and answers at once with an address, or later with the result.
import type { Prepared } from "../../app/prepare.js";
import type { Diagnostic } from "../../document/diagnostics.js";
import { runResultText } from "../../reporters/json.js";
import type { Reporter } from "../../reporters/reporter.js";
import type { RunAccepted } from "../../schema/api.js";
import type { ApiSchemaName } from "../../schema/json-schema/api-schema.js";
import type { RunState } from "../../summary/summary.js";
import type { TaskSource } from "../../task-file/task-file.js";
import { omitUndefined } from "../../util/omit-undefined.js";
import type { Result } from "../../util/result.js";
import { invalid, problem } from "../http/problem.js";
import { traceparentOf } from "../http/request-id.js";
import type { Answer, AppContext, Parameter, Route } from "../http/route.js";
import { textResponse } from "../http/text-response.js";
import type { LiveRun } from "../runs/live-run.js";
import type { Refusal } from "../runs/run-manager.js";
import type { Services } from "../services.js";

/** Seconds after which a caller may try again if the queue is full. */
const RETRY_AFTER = 5;

const WAITING_DESCRIPTION = `Waits until the run has ended and answers with its result; the status is 200 also if tasks failed: the document says \
so. The run does not depend on the caller: who hangs up finds it under \`/api/v1/runs\`. With \`Prefer: respond-async\`, and \
when \`server.request_timeout_secs\` are over, the answer is 202 with the run's address in \`Location\`.`;

const WAITING_PARAMETERS: readonly Parameter[] = [
  {
    in: "header",
    name: "Prefer",
    description: "`respond-async`: answer at once.",
    schema: { type: "string" },
  },
  {
    in: "query",
    name: "cancel_on_disconnect",
    description: "`true`: the run is stopped if the caller hangs up before its end.",
    schema: { type: "boolean", default: false },
  },
];

export const ACCEPTED: Answer = {
  description: "The run continues without the caller.",
  schema: "RunAccepted",
  headers: { Location: "Address of the run." },
};

export interface RunRoute extends Pick<Route, "path" | "summary" | "handle"> {
  /** The kind of the body. */
  body: ApiSchemaName;
  description: string;
  /** The document of a run that has ended. */
  answer: ApiSchemaName;
  errors?: Route["errors"];
}

/** A route that runs its body, and waits for the end if the caller waits. */
export function runRoute({ path, summary, body, description, answer, errors = [], handle }: RunRoute): Route {
  return {
    method: "post",
    path,
    tag: "Runs",
    summary,
    description: `${description} ${WAITING_DESCRIPTION}`,
    parameters: WAITING_PARAMETERS,
    body: { schema: body, required: true },
    answers: { 200: { description: "The run has ended.", schema: answer }, 202: ACCEPTED },
    errors: ["invalid_json", "validation_failed", "queue_full", "internal", ...errors],
    handle,
  };
}

/** The body as a file of tasks or steps. */
export function bodyText(c: AppContext): TaskSource {
  return { name: "body", text: c.get("body") ?? "" };
}

/** The options that prepare a caller's run. */
export function requestOf(c: AppContext, { request }: Services): Services["request"] {
  return { ...request, ...omitUndefined({ traceparent: traceparentOf(c.req.header("Traceparent")) }) };
}

/** Runs what was prepared and answers as the caller prefers. `reporters` are always closed, even if no run starts. */
export async function runAndAnswer(
  c: AppContext,
  { manager, settings, log }: Services,
  prepared: Result<Prepared, Diagnostic[]>,
  reporters: readonly Reporter[] = [],
): Promise<Response> {
  if (!prepared.ok) {
    for (const reporter of reporters) await reporter.close();
    return invalid(c, prepared.error);
  }
  const { plan, config } = prepared.value;
  return answerRun(c, manager.start({ plan, config, caller: c.get("caller").id, reporters }), {
    timeout_secs: settings.request_timeout_secs,
    cancel: (run_id) => manager.cancel(run_id),
    onProblem: (message) => log.problem(message, { run_id: plan.run_id }),
  });
}

/** The answer after the start of a run, or its refusal. */
export function refusal(c: AppContext, { code, message }: Refusal): Response {
  const busy = code === "queue_full" || code === "shutting_down";
  return problem(c, code, message, busy ? { retry_after: RETRY_AFTER } : {});
}

/** 202: where the run is. */
export function accepted(c: AppContext, { plan, status }: LiveRun): Response {
  const body: RunAccepted = { run_id: plan.run_id, status };
  return c.json(body, 202, { Location: `/api/v1/runs/${plan.run_id}` });
}

interface WaitOptions {
  /** 0 = no limit. */
  timeout_secs: number;
  /** Aborted when the caller has gone and the run must end with it. */
  cancel(run_id: string): void;
  /** An answer's file can't be read any more. */
  onProblem(message: string): void;
}

/** Answers as the caller prefers. */
async function answerRun(
  c: AppContext,
  started: Result<LiveRun, Refusal>,
  { timeout_secs, cancel, onProblem }: WaitOptions,
): Promise<Response> {
  if (!started.ok) return refusal(c, started.error);
  const run = started.value;
  if (wantsNoWait(c)) {
    const response = accepted(c, run);
    response.headers.set("Preference-Applied", "respond-async");
    return response;
  }
  const { signal } = c.req.raw;
  const gone = () => cancel(run.plan.run_id);
  if (c.req.query("cancel_on_disconnect") === "true") {
    if (signal.aborted) gone();
    signal.addEventListener("abort", gone);
  }
  const state = await ended(run, timeout_secs);
  signal.removeEventListener("abort", gone);
  if (state === undefined) return accepted(c, run);
  return documentResponse(state, onProblem);
}

/** The document of a run that has ended, read from the answers' files as fast as the caller takes it. */
export function documentResponse(state: RunState, onProblem: (message: string) => void): Response {
  const document = runResultText(state, { onSinkError: onProblem, old_names: true });
  return textResponse(document, "application/json; charset=utf-8");
}

/** RFC 7240: a list of preferences, each perhaps with parameters. */
function wantsNoWait(c: AppContext): boolean {
  const preferences = (c.req.header("Prefer") ?? "").toLowerCase().split(/[,;]/);
  return preferences.some((one) => one.trim() === "respond-async");
}

async function ended({ ended }: LiveRun, timeout_secs: number): Promise<RunState | undefined> {
  if (timeout_secs === 0) return ended;
  let timer: NodeJS.Timeout | undefined;
  // A time that is too long for a timer counts as no limit.
  const limit = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), Math.min(timeout_secs * 1000, 0x7fffffff));
  });
  try {
    return await Promise.race([ended, limit]);
  } finally {
    clearTimeout(timer);
  }
}
