// /api/v1/sessions: lists, shows and deletes the conversations that can be continued.
import type { SessionList } from "../../schema/api-prompt-chain-compare.js";
import { SESSION_STATUSES, type Session } from "../../schema/session.js";
import { deleteSession, listSessions } from "../../store/sessions.js";
import { omitUndefined } from "../../util/omit-undefined.js";
import { problem } from "../http/problem.js";
import type { AppContext, Parameter, Route } from "../http/route.js";
import type { Services } from "../services.js";
import { sessionById, sessionExists } from "../sessions.js";

const PAGE = 50;
const MAX_PAGE = 200;

const LIST_PARAMETERS: readonly Parameter[] = [
  {
    in: "query",
    name: "backend",
    description: "Sessions of this backend only.",
    schema: { type: "string" },
  },
  {
    in: "query",
    name: "status",
    description: "Sessions in this status only.",
    schema: { type: "string", enum: SESSION_STATUSES },
  },
  {
    in: "query",
    name: "limit",
    description: "How many at most.",
    schema: { type: "integer", minimum: 1, maximum: MAX_PAGE, default: PAGE },
  },
  {
    in: "query",
    name: "offset",
    description: "How many to leave out at the beginning.",
    schema: { type: "integer", minimum: 0, default: 0 },
  },
];

export function sessionsRoutes(services: Services): Route[] {
  return [
    {
      method: "get",
      path: "/api/v1/sessions",
      tag: "Sessions",
      summary: "List sessions",
      description: "All recorded sessions, the latest turn first, also those of the command line.",
      parameters: LIST_PARAMETERS,
      answers: { 200: { description: "Those that fit.", schema: "SessionList" } },
      errors: ["bad_request"],
      handle: (c) => list(c, services),
    },
    {
      method: "get",
      path: "/api/v1/sessions/{session_id}",
      tag: "Sessions",
      summary: "Show a session",
      answers: { 200: { description: "The session as it is now.", schema: "Session" } },
      errors: ["not_found", "conflict"],
      handle: (c) => show(c, services),
    },
    {
      method: "delete",
      path: "/api/v1/sessions/{session_id}",
      tag: "Sessions",
      summary: "Forget a session",
      description: "What a CLI itself keeps of the conversation stays.",
      answers: { 200: { description: "It is gone.", schema: "Deleted" } },
      errors: ["not_found", "conflict"],
      handle: (c) => remove(c, services),
    },
  ];
}

function list(c: AppContext, { config, log }: Services): Response {
  const { backend, status, limit = String(PAGE), offset = "0" } = c.req.query();
  const count = /^\d{1,4}$/.test(limit) ? Number(limit) : 0;
  if (count < 1 || count > MAX_PAGE) return problem(c, "bad_request", `limit: expected a number from 1 to ${MAX_PAGE}`);
  if (!/^\d{1,9}$/.test(offset)) return problem(c, "bad_request", "offset: expected a number from 0");
  const known: readonly string[] = SESSION_STATUSES;
  if (status !== undefined && !known.includes(status))
    return problem(c, "bad_request", `status: expected one of ${known.join(", ")}`);
  const page = { limit: count, offset: Number(offset) };
  const wanted = omitUndefined({ backend, status: status as Session["status"] | undefined });
  const { sessions, total, problems } = listSessions(config.clinvk_home, { ...wanted, ...page });
  for (const message of problems) log.problem(message, { request_id: c.get("request_id") });
  return c.json({ sessions, total, ...page } satisfies SessionList);
}

function show(c: AppContext, { config }: Services): Response {
  const session = sessionById(config.clinvk_home, idOf(c));
  return session.ok ? c.json(session.value) : problem(c, session.error.code, session.error.message);
}

function remove(c: AppContext, { config }: Services): Response {
  const id = idOf(c);
  if (!sessionExists(config.clinvk_home, id)) return problem(c, "not_found", "there is no such session");
  const removed = deleteSession(config.clinvk_home, id);
  return removed.ok ? c.json({ deleted: true }) : problem(c, "conflict", removed.error);
}

function idOf(c: AppContext): string {
  return c.req.param("session_id") ?? "";
}
