// Checks a recorded plan before a caller may resume it. Its file is not trusted: the owner's command line, an older
// clinvk or a person may have written it. So it gets the same checks as a request's body, and becomes a request's plan.
import { type PrepareRequest, prepare } from "../../app/prepare.js";
import type { LoadedConfig } from "../../config/load.js";
import type { Plan } from "../../plan/plan.js";
import type { Task } from "../../schema/task.js";
import type { TaskFile } from "../../schema/task-file.js";
import type { TaskInput } from "../../schema/task-input.js";
import { omitUndefined } from "../../util/omit-undefined.js";
import { err, ok, type Result } from "../../util/result.js";
import { tooManyTasks } from "./task-limit.js";

/** The options that prepare every request of a caller, above all the policy. */
export type CallersRequest = Omit<PrepareRequest, "source"> &
  Required<Pick<PrepareRequest, "policy">> & { config: LoadedConfig };

/** The plan as a caller may have it run: every task untrusted, in a real directory that is allowed. The error is a sentence for callers. */
export async function admitRecorded(
  plan: Plan,
  request: CallersRequest,
  max_tasks: number,
): Promise<Result<Plan, string>> {
  const tooMany = tooManyTasks(plan.tasks.length, max_tasks);
  if (tooMany !== undefined) return err(refused(plan, `tasks: ${tooMany}`));
  const { tasks, judge, output_dir, session: _, ...rest } = plan;
  const primary = await asRequest({ tasks, ...omitUndefined({ judge, output_dir }) }, plan, request);
  if (!primary.ok) return primary;
  const fallbacks = new Map<Task, Task[]>();
  for (const task of judge ? [...tasks, judge] : tasks) {
    if (task.fallbacks.length === 0) continue;
    const checked = await asRequest({ tasks: task.fallbacks }, plan, request);
    if (!checked.ok) return checked;
    fallbacks.set(
      task,
      checked.value.tasks.map((fallback, at) => ({ ...fallback, ...placeOf(task.fallbacks[at] ?? task) })),
    );
  }
  const admit = (task: Task, checked: Task): Task => ({
    ...checked,
    ...placeOf(task),
    fallbacks: fallbacks.get(task) ?? [],
  });
  const judged = primary.value.judge;
  return ok({
    ...rest,
    tasks: primary.value.tasks.map((checked, at) => admit(tasks[at] ?? checked, checked)),
    ...(judge && judged ? { judge: admit(judge, judged) } : {}),
  });
}

/** The identity of the task within its run. */
function placeOf({
  index,
  id,
  name,
  alone_in_workdir,
}: Task): Pick<Task, "index" | "id" | "name" | "alone_in_workdir"> {
  return { index, id, name, alone_in_workdir };
}

interface Recorded {
  tasks: readonly Task[];
  judge?: Task;
  output_dir?: string;
}

async function asRequest(
  { tasks, judge, output_dir }: Recorded,
  plan: Plan,
  request: CallersRequest,
): Promise<Result<Plan, string>> {
  const all = judge ? [...tasks, judge] : tasks;
  // It names the files of answers.
  if (!all.every(({ index }) => Number.isSafeInteger(index) && index >= 0))
    return err(refused(plan, "its plan is not valid"));
  const { config } = request.config;
  const ask = (task: Task) => asAsked(task, config);
  const file: TaskFile = { tasks: tasks.map(ask), ...omitUndefined({ judge: judge && ask(judge), output_dir }) };
  const prepared = await prepare({
    ...request,
    source: { name: "plan", value: file },
    flags: { ...request.flags, offline: plan.offline },
  });
  if (prepared.ok) return ok(prepared.value.plan);
  const [first] = prepared.error;
  return err(
    refused(plan, first === undefined ? "its plan is not valid" : `${first.path ?? first.source}: ${first.message}`),
  );
}

function refused({ run_id }: Plan, why: string): string {
  return `callers may not resume this run: ${why}. On the server's machine, \`clinvk runs resume ${run_id}\` resumes it`;
}

/** A recorded task as its author would have to write it now: what the owner's configuration says by itself is left out. */
function asAsked(task: Task, { backends = {}, unified_flags: unified = {} }: LoadedConfig["config"]): TaskInput {
  const own = backends[task.backend] ?? {};
  const beyond = <T>(value: T, configured: T | undefined) => (value === configured ? undefined : value);
  const flags = own.extra_flags ?? [];
  const extra = flags.every((flag, at) => task.extra[at] === flag) ? task.extra.slice(flags.length) : task.extra;
  const { approval_mode, sandbox_mode } = task;
  return omitUndefined({
    id: task.id,
    backend: task.backend,
    prompt: task.prompt,
    workdir: task.workdir,
    model: task.model,
    approval_mode: beyond(approval_mode, own.approval_mode ?? unified.approval_mode),
    sandbox_mode: beyond(sandbox_mode, own.sandbox_mode ?? unified.sandbox_mode),
    extra: extra.length > 0 ? extra : undefined,
    mcp: task.mcp,
    expect: task.expect,
    max_turns: task.max_turns,
    max_tokens: task.max_tokens,
    system_prompt: task.system_prompt,
    append_system_prompt: task.append_system_prompt,
    verbose: task.verbose,
    dry_run: task.dry_run,
    timeout_seconds: task.timeout_seconds,
    idle_timeout_seconds: task.tool_idle_timeout_seconds === undefined ? task.idle_timeout_seconds : undefined,
    retries: task.retries,
    patience_seconds: task.patience_seconds,
    retry_on: task.retry_on && [...task.retry_on],
    retry_on_side_effects: task.retry_on_side_effects,
    fallback_on: task.fallback_on && [...task.fallback_on],
    max_cost_usd: task.max_cost_usd,
    max_total_tokens: task.max_total_tokens,
    output_limit_bytes: task.output_limit_bytes,
    output_schema: task.output_schema,
    tags: task.tags,
    meta: task.meta,
  });
}
