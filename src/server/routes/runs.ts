// /api/v1/runs: lists, shows, cancels, resumes and deletes runs.
import { existsSync } from "node:fs";
import { diagnosticsAt, type Problem } from "../../document/diagnostics.js";
import { pieces } from "../../reporters/content.js";
import { ResumeBody, type RunAccepted } from "../../schema/api.js";
import { RUN_FILTERS } from "../../schema/run.js";
import { readPlan } from "../../store/plan-file.js";
import { removeRun } from "../../store/runs.js";
import { isRunId, runDir } from "../../store/store.js";
import { allTasks } from "../../summary/summary.js";
import { omitUndefined } from "../../util/omit-undefined.js";
import { readBody } from "../http/body.js";
import { invalid, problem } from "../http/problem.js";
import type { AppContext, Parameter, Route } from "../http/route.js";
import { textResponse } from "../http/text-response.js";
import { overviewBody, runDetail, runList, taskRecord, wholeRun } from "../runs/run-views.js";
import type { Services } from "../services.js";
import { ACCEPTED, accepted, documentResponse, refusal } from "./start-run.js";

const PAGE = 50;
const MAX_PAGE = 200;
const LONGEST_SEARCH = 200;

const LIST_PARAMETERS: readonly Parameter[] = [
  {
    in: "query",
    name: "limit",
    description: "How many at most.",
    schema: { type: "integer", minimum: 1, maximum: MAX_PAGE, default: PAGE },
  },
  { in: "query", name: "cursor", description: "`next_cursor` of the page before.", schema: { type: "string" } },
  {
    in: "query",
    name: "status",
    description:
      "Runs in this status only; `failed`: those in which a task, or the judge, has failed, whatever their status.",
    schema: { type: "string", enum: RUN_FILTERS },
  },
  {
    in: "query",
    name: "search",
    description: "Runs with all of these words in their id, kind, name, first task's name, directory or backends.",
    schema: { type: "string", maxLength: LONGEST_SEARCH },
  },
];

export function runsRoutes(services: Services): Route[] {
  return [
    {
      method: "get",
      path: "/api/v1/runs",
      tag: "Runs",
      summary: "List runs",
      description: "All recorded runs, newest first, also those of the command line.",
      parameters: LIST_PARAMETERS,
      answers: { 200: { description: "A page of runs.", schema: "RunList" } },
      errors: ["bad_request"],
      handle: (c) => list(c, services),
    },
    {
      method: "get",
      path: "/api/v1/runs/{run_id}",
      tag: "Runs",
      summary: "Show a run and its tasks",
      answers: { 200: { description: "The run as it is now.", schema: "RunDetail" } },
      errors: ["not_found"],
      handle: (c) => withRun(c, services, async (id) => c.json(await runDetail(services.views, id))),
    },
    {
      method: "delete",
      path: "/api/v1/runs/{run_id}",
      tag: "Runs",
      summary: "Remove a run with its answers",
      answers: { 200: { description: "It is gone.", schema: "Deleted" } },
      errors: ["not_found", "conflict"],
      handle: (c) => withRun(c, services, (id) => remove(c, services, id)),
    },
    {
      method: "post",
      path: "/api/v1/runs/{run_id}/cancel",
      tag: "Runs",
      summary: "Stop a run",
      description: "What runs is stopped, what waits is not started. A run that has ended stays as it is.",
      answers: {
        200: { description: "It had ended before.", schema: "RunAccepted" },
        202: { description: "It is being stopped.", schema: "RunAccepted" },
      },
      errors: ["not_found", "conflict"],
      handle: (c) => withRun(c, services, (id) => cancel(c, services, id)),
    },
    {
      method: "post",
      path: "/api/v1/runs/{run_id}/resume",
      tag: "Runs",
      summary: "Go on with a run",
      description:
        "Runs what is left of a run that was interrupted or waits for a quota, and the tasks that `again` names. The run keeps its id, and its events go on.",
      body: { schema: "Resume", required: false },
      answers: { 202: ACCEPTED },
      errors: ["invalid_json", "validation_failed", "not_found", "conflict", "queue_full"],
      handle: (c) => withRun(c, services, (id) => resume(c, services, id)),
    },
    {
      method: "get",
      path: "/api/v1/runs/{run_id}/result",
      tag: "Runs",
      summary: "Read a run's result",
      description: "What a waiting call answers with, for runs that nobody has waited for.",
      answers: { 200: { description: "The result, answers included.", schema: "RunDocument" } },
      errors: ["not_found", "conflict"],
      handle: (c) => withRun(c, services, (id) => result(c, services, id)),
    },
    {
      method: "get",
      path: "/api/v1/runs/{run_id}/tasks/{task_id}/output",
      tag: "Runs",
      summary: "Read a task's answer",
      answers: { 200: { description: "The answer, never trimmed.", type: "text/markdown" } },
      errors: ["not_found", "conflict"],
      handle: (c) => withRun(c, services, (id) => output(c, services, id)),
    },
  ];
}

/** Calls the handler with the id of an existing run. */
export async function withRun(
  c: AppContext,
  { views }: Services,
  use: (run_id: string) => Response | Promise<Response>,
): Promise<Response> {
  const id = c.req.param("run_id") ?? "";
  if (isRunId(id) && existsSync(runDir(views.clinvk_home, id))) return use(id);
  return problem(c, "not_found", "there is no such run");
}

async function list(c: AppContext, { views }: Services): Promise<Response> {
  const { limit = String(PAGE), cursor, status, search } = c.req.query();
  const filter = RUN_FILTERS.find((one) => one === status);
  const count = /^\d{1,4}$/.test(limit) ? Number(limit) : 0;
  if (count < 1 || count > MAX_PAGE) return problem(c, "bad_request", `limit: expected a number from 1 to ${MAX_PAGE}`);
  if (status !== undefined && filter === undefined)
    return problem(c, "bad_request", `status: expected one of ${RUN_FILTERS.join(", ")}`);
  if (search !== undefined && search.length > LONGEST_SEARCH)
    return problem(c, "bad_request", `search: expected at most ${LONGEST_SEARCH} characters`);
  if (cursor !== undefined && !isRunId(cursor)) return problem(c, "bad_request", "cursor: this is none of ours");
  return c.json(await runList(views, { limit: count, ...omitUndefined({ cursor, filter, search }) }));
}

function remove(c: AppContext, { manager, views }: Services, id: string): Response {
  if (manager.live(id)) return problem(c, "conflict", `the run ${id} is not over yet; cancel it first`);
  const removed = removeRun(views.clinvk_home, id);
  return removed.ok ? c.json({ deleted: true }) : problem(c, "conflict", removed.error);
}

function cancel(c: AppContext, { manager, views }: Services, id: string): Response {
  const run = manager.cancel(id);
  if (run) return c.json({ run_id: id, status: run.status } satisfies RunAccepted, 202);
  const { status } = overviewBody(views, id);
  if (status === "running") return problem(c, "conflict", `another process works on the run ${id}; stop it there`);
  return c.json({ run_id: id, status } satisfies RunAccepted);
}

async function resume(c: AppContext, { manager, views, config }: Services, id: string): Promise<Response> {
  const body = await readBody(c, ResumeBody);
  if (!body.ok) return invalid(c, body.error);
  const { place, value } = body.value;
  const { again } = value;
  const problems: Problem[] = [];
  if (Array.isArray(again)) {
    const plan = readPlan(runDir(views.clinvk_home, id), id);
    const known = plan.ok ? allTasks(plan.value).map(({ id }) => id) : again;
    for (const [index, task] of again.entries())
      if (!known.includes(task)) problems.push({ path: ["again", index], message: "the run has no such task" });
  }
  if (problems.length > 0) return invalid(c, diagnosticsAt(problems, place));
  const started = await manager.resume({
    run_id: id,
    config,
    caller: c.get("caller").id,
    ...omitUndefined({ again }),
  });
  return started.ok ? accepted(c, started.value) : refusal(c, started.error);
}

async function result(c: AppContext, { views, manager, log }: Services, id: string): Promise<Response> {
  const state = manager.live(id) ? undefined : await wholeRun(views, id);
  if (state?.finished === undefined)
    return problem(c, "conflict", `the run ${id} has not ended: it is ${overviewBody(views, id).status}`);
  return documentResponse(state, (message) => log.problem(message, { run_id: id }));
}

async function output(c: AppContext, { views, log }: Services, id: string): Promise<Response> {
  const record = await taskRecord(views, id, c.req.param("task_id") ?? "");
  if (record === "unknown") return problem(c, "not_found", "the run has no such task");
  if (record === "open") return problem(c, "conflict", "the task has not ended yet");
  return textResponse(
    pieces(record, (message) => log.problem(message, { run_id: id })),
    "text/markdown; charset=utf-8",
  );
}
