// The API's views of runs, both of runs under way here and of runs in their journals.
import { startedEvent } from "../../engine/records.js";
import type { Plan } from "../../plan/plan.js";
import type { Redactor } from "../../redact/redact.js";
import { redactEvent } from "../../redact/redact-event.js";
import { pieces } from "../../reporters/content.js";
import type { RunDetail, RunFilter, RunList, RunOverviewBody, RunTask } from "../../schema/api.js";
import type { PlannedTask, RunEvent, RunStartedBody } from "../../schema/event.js";
import type { TaskRecord } from "../../schema/result.js";
import type { Task } from "../../schema/task.js";
import { JournalReader } from "../../store/journal-reader.js";
import { readPlan } from "../../store/plan-file.js";
import { overviewFrom, overviewOf, runHolder, runIds } from "../../store/runs.js";
import { runDir } from "../../store/store.js";
import { runResult } from "../../summary/documents.js";
import { aboutRun, fitsFilter, fitsSearch } from "../../summary/overview.js";
import { allTasks, emptyRun, fold, type RunState } from "../../summary/summary.js";
import type { LiveRun } from "./live-run.js";
import type { RunManager } from "./run-manager.js";
import { RunProgress } from "./run-progress.js";

/** After this many events of a journal other requests get their turn. */
const EVENTS_AT_ONCE = 500;

export interface RunViews {
  clinvk_home: string;
  manager: Pick<RunManager, "live">;
  /** For prompts: what is recorded of them is what was written. */
  secrets: Redactor;
}

/** One run in a line. */
export function overviewBody({ clinvk_home, manager, secrets }: RunViews, run_id: string): RunOverviewBody {
  const live = manager.live(run_id);
  return live ? liveOverview(live, secrets) : overviewOf(clinvk_home, run_id);
}

function liveOverview({ plan, status, progress }: LiveRun, secrets: Redactor): RunOverviewBody {
  const overview = { ...progress.overview, status };
  if (progress.state.started) return overview;
  const total = plan.tasks.length;
  const about = aboutRun(toBePlanned(plan, secrets));
  return { ...overview, ...about, counts: { ...overview.counts, total, unfinished: total } };
}

/** A page of the list, newest first: the runs after `cursor`. */
export async function runList(
  views: RunViews,
  { limit, cursor, filter, search }: { limit: number; cursor?: string; filter?: RunFilter; search?: string },
): Promise<RunList> {
  const runs: RunOverviewBody[] = [];
  for (const id of runIds(views.clinvk_home)) {
    if (cursor !== undefined && id >= cursor) continue;
    if (runs.length === limit) return { runs, next_cursor: runs.at(-1)?.run_id ?? null };
    const run = overviewBody(views, id);
    if ((filter === undefined || fitsFilter(run, filter)) && (search === undefined || fitsSearch(run, search)))
      runs.push(run);
    // A journal may be long.
    await new Promise((resume) => setImmediate(resume));
  }
  return { runs, next_cursor: null };
}

/** All that is known of a run that exists. */
export async function runDetail(views: RunViews, run_id: string): Promise<RunDetail> {
  const dir = runDir(views.clinvk_home, run_id);
  const live = views.manager.live(run_id);
  const holder = runHolder(views.clinvk_home, run_id);
  const progress = live?.progress ?? (await readProgress(dir, run_id));
  const overview = live ? liveOverview(live, views.secrets) : overviewFrom(run_id, progress.state, holder);
  const stored = live ? undefined : readPlan<Plan>(dir, run_id);
  const plan = live?.plan ?? (stored?.ok ? stored.value : undefined);
  const { started } = progress.state;
  const prompts = new Map<string, Task>(plan && allTasks(plan).map((task) => [task.id, task]));
  const planned = started ?? (plan && toBePlanned(plan, views.secrets));
  const underWay = overview.status === "running" || overview.status === "queued";
  const result = underWay ? undefined : resultOf(progress);
  const runTask = ({ verbose: _, ...task }: PlannedTask): RunTask => {
    const { state, attempt } = progress.task(task.task_id);
    const prompt = prompts.get(task.task_id)?.prompt;
    const record = progress.state.results.get(task.task_id);
    return {
      ...task,
      ...(record ? { backend: record.backend, model: record.model } : {}),
      prompt: prompt === undefined ? null : views.secrets.redact(prompt),
      state: !underWay && (state === "running" || state === "retrying") ? "interrupted" : state,
      attempt,
    };
  };
  return {
    ...overview,
    max_parallel: started?.max_parallel ?? plan?.max_parallel ?? 0,
    fail_fast: started?.fail_fast ?? plan?.fail_fast ?? false,
    tasks: planned?.tasks.map(runTask) ?? [],
    ...(planned?.judge ? { judge: runTask(planned.judge) } : {}),
    ...(result ? { result } : {}),
  };
}

/** The first event, as it will be, of a run that has not started. */
function toBePlanned(plan: Plan, secrets: Redactor): RunStartedBody {
  return redactEvent(startedEvent(plan), secrets);
}

/** The document without the answers; the verdict is in it. */
function resultOf({ state, judge }: RunProgress): RunDetail["result"] {
  const result = runResult(state);
  if (!result) return undefined;
  const { verdict: _, judge: judged, results, ...rest } = result;
  return {
    ...rest,
    ...(judged ? { verdict: judge?.status === "OK" ? wholeAnswer(judge) : null, judge: withoutAnswer(judged) } : {}),
    results: results.map(withoutAnswer),
  };
}

/** `null` if the file that has it can't be read. */
function wholeAnswer(record: TaskRecord): string | null {
  let isWhole = true;
  const text = [
    ...pieces(record, () => {
      isWhole = false;
    }),
  ].join("");
  return isWhole ? text : null;
}

function withoutAnswer<T extends { content: string; structured?: unknown }>({
  content: _,
  structured: __,
  ...rest
}: T) {
  return rest;
}

/** The events of a journal; while a long one is read other requests get their turn. */
async function* recordedEvents(dir: string, run_id: string): AsyncGenerator<RunEvent> {
  let count = 0;
  for (const event of new JournalReader(dir, run_id).read()) {
    yield event;
    count += 1;
    if (count % EVENTS_AT_ONCE === 0) await new Promise((resume) => setImmediate(resume));
  }
}

async function readProgress(dir: string, run_id: string): Promise<RunProgress> {
  const progress = new RunProgress(run_id);
  for await (const event of recordedEvents(dir, run_id)) progress.add(event);
  return progress;
}

/** A run with its answers, as far as it is recorded. */
export async function wholeRun({ clinvk_home }: RunViews, run_id: string): Promise<RunState> {
  const state = emptyRun();
  for await (const event of recordedEvents(runDir(clinvk_home, run_id), run_id)) fold(state, event);
  return state;
}

/** How a task ended, its answer included; `unknown` = there is no such task, `open` = it has not ended. */
export async function taskRecord(
  views: RunViews,
  run_id: string,
  task_id: string,
): Promise<TaskRecord | "unknown" | "open"> {
  const dir = runDir(views.clinvk_home, run_id);
  let found: TaskRecord | "unknown" | "open" = "unknown";
  const live = views.manager.live(run_id);
  if (live && allTasks(live.plan).some((task) => task.id === task_id)) found = "open";
  for await (const event of recordedEvents(dir, run_id)) {
    if (event.type === "run_started" && allTasks(event).some((task) => task.task_id === task_id)) found = "open";
    if (event.type === "run_resumed" && event.remaining.includes(task_id)) found = "open";
    if (event.type === "task_finished" && event.task_id === task_id) found = event.result;
  }
  return found;
}
