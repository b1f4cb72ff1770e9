// POST /api/v1/prompt: `clinvk prompt` and `clinvk resume` for programs. The caller must name the session to continue: a
// server has many callers.

import { prepare } from "../../app/prepare.js";
import { type ChosenSession, keepsSessions, newSession, sessionGoesOn } from "../../app/session.js";
import { diagnosticsAt, type Problem } from "../../document/diagnostics.js";
import { PromptBody } from "../../schema/api-prompt-chain-compare.js";
import { DEFAULT_BACKEND } from "../../schema/built-in.js";
import type { Session } from "../../schema/session.js";
import { omitUndefined } from "../../util/omit-undefined.js";
import { ok, type Result } from "../../util/result.js";
import { readBody } from "../http/body.js";
import { invalid, problem } from "../http/problem.js";
import type { AppContext, Route } from "../http/route.js";
import type { Services } from "../services.js";
import { sessionById, sessionReporter } from "../sessions.js";
import { requestOf, runAndAnswer, runRoute } from "./start-run.js";

export function promptRoutes(services: Services): Route[] {
  return [
    runRoute({
      path: "/api/v1/prompt",
      summary: "Ask one backend, or continue a session",
      body: "Prompt",
      description:
        "Begins a session unless `ephemeral`; `session` of the answer is its id. With `session_id` the conversation continues in the directory in which it began.",
      answer: "PromptResponse",
      errors: ["conflict"],
      handle: (c) => prompt(c, services),
    }),
  ];
}

async function prompt(c: AppContext, services: Services): Promise<Response> {
  const { config, offline, log } = services;
  const body = await readBody(c, PromptBody);
  if (!body.ok) return invalid(c, body.error);
  const { place, value } = body.value;
  const { session_id, ephemeral: _, on_quota, dry_run = false, ...fields } = value;
  const known = session_id === undefined ? ok(undefined) : sessionById(config.clinvk_home, session_id);
  if (!known.ok && known.error.code === "conflict") return problem(c, "conflict", known.error.message);
  const session = known.ok ? known.value : undefined;
  const problems: Problem[] = known.ok
    ? clashes(value, session, offline)
    : [{ path: ["session_id"], message: known.error.message }];
  if (problems.length > 0) return invalid(c, diagnosticsAt(problems, place));

  const backend = session?.backend ?? fields.backend ?? config.config.default_backend ?? DEFAULT_BACKEND;
  const chosen = choose(services, value, { session, backend });
  if (!chosen.ok) return problem(c, session ? "conflict" : "internal", chosen.error);
  const { turn } = chosen.value;
  const model = fields.model ?? session?.requested_model ?? undefined;
  const task = { ...fields, backend, ...omitUndefined({ model, workdir: session?.workdir ?? fields.workdir }) };
  const request = requestOf(c, services);
  // A session that began offline is not a conversation with the real backend.
  const isOffline = offline || session?.offline === true;
  const prepared = await prepare({
    ...request,
    kind: "prompt",
    source: {
      name: "body",
      value: { tasks: [task] },
      // The session fills in what the caller has not given.
      place: ([, , ...field], at) => place(session && !(String(field[0]) in value) ? ["session_id"] : field, at),
    },
    flags: { ...request.flags, offline: isOffline, ...(dry_run ? { dry_run } : {}), ...omitUndefined({ on_quota }) },
    ...omitUndefined({ session: chosen.value.session }),
  });
  if (!prepared.ok) {
    turn?.close();
    return invalid(c, prepared.error);
  }
  const { run_id, tasks } = prepared.value.plan;
  turn?.lost.addEventListener("abort", () => services.manager.cancel(run_id), { once: true });
  const onProblem = (message: string) => log.problem(message, { run_id });
  const ended = { config, requested_model: tasks[0]?.model, offline: isOffline };
  return runAndAnswer(c, services, prepared, turn ? [sessionReporter({ ...ended, turn, onProblem })] : []);
}

function choose(
  { config }: Services,
  { ephemeral, dry_run = false }: PromptBody,
  { session, backend }: { session: Session | undefined; backend: string },
): Result<ChosenSession, string> {
  if (session) return sessionGoesOn(config, session, dry_run);
  const keeps = keepsSessions(config, backend);
  return ephemeral || keeps === "unknown" || keeps === "never" ? ok({}) : newSession(config, dry_run);
}

/** Fields that can't be combined with a session. */
function clashes(body: PromptBody, session: Session | undefined, offline: boolean): Problem[] {
  const problems: Problem[] = [];
  if (session === undefined) return problems;
  const { backend, workdir, ephemeral } = body;
  const wrong = (field: keyof PromptBody, message: string) => problems.push({ path: [field], message });
  if (ephemeral) wrong("ephemeral", "a continued session is kept");
  if (backend !== undefined && backend !== session.backend)
    wrong("backend", `it is a session of ${session.backend}, and continues with it`);
  if (workdir !== undefined && workdir !== session.workdir)
    wrong("workdir", "a session continues in the directory in which it began");
  if (offline && !session.offline)
    wrong("session_id", `it is a conversation with the real ${session.backend}, and this server is offline`);
  return problems;
}
