// The shape that a stored plan must have. A person or an attacker may have written the file: whatever passes here must not
// make a reader throw, or a run wait for ever. Values that a reader checks by itself are left alone.
import * as z from "zod/mini";
import { BackendName } from "../schema/backend-name.js";
import { Price } from "../schema/config-backend.js";
import { RunKind } from "../schema/event.js";
import { Expect } from "../schema/expect.js";
import { DEFAULT_PATIENCE_SECONDS } from "../schema/failure-kinds/kind-info.js";
import { ApprovalMode, OnQuota, SandboxMode } from "../schema/task-input.js";
import { err, ok, type Result } from "../util/result.js";

const amount = z.number().check(z.minimum(0));
const count = z.int().check(z.minimum(0));
const positive = z.int().check(z.minimum(1));
const texts = z.array(z.string());
const text = z.optional(z.string());
const flag = z.optional(z.boolean());

const variant = {
  index: count,
  id: z.string(),
  name: z.string(),
  backend: BackendName,
  prompt: z.string(),
  workdir: z.string(),
  model: text,
  approval_mode: ApprovalMode,
  sandbox_mode: SandboxMode,
  max_turns: count,
  max_tokens: count,
  system_prompt: text,
  append_system_prompt: text,
  allowed_tools: texts,
  verbose: z.boolean(),
  dry_run: z.boolean(),
  extra: texts,
  env: z.record(z.string(), z.string()),
  pass_env: z.optional(texts),
  tags: texts,
  meta: z.record(z.string(), z.unknown()),
  timeout_seconds: amount,
  idle_timeout_seconds: amount,
  tool_idle_timeout_seconds: z.optional(amount),
  retries: z.optional(count),
  patience_seconds: z._default(amount, DEFAULT_PATIENCE_SECONDS),
  retry_on: texts,
  retry_on_side_effects: z.boolean(),
  fallback_on: texts,
  max_cost_usd: z.optional(amount),
  max_total_tokens: z.optional(count),
  output_limit_bytes: amount,
  expect: z.optional(Expect),
  alone_in_workdir: flag,
  mcp: flag,
  untrusted: flag,
  session: z.optional(z.looseObject({ id: z.string(), home: z.string() })),
};

/** A fallback has no fallbacks of its own: a deeper list is an endless one. */
const Fallback = z.looseObject({ ...variant, fallbacks: z.array(z.unknown()).check(z.maxLength(0)) });
const StoredTask = z.looseObject({ ...variant, fallbacks: z.array(Fallback) });

const Shape = z.looseObject({
  run_id: z.string(),
  kind: z.optional(RunKind),
  name: text,
  dry_run: flag,
  directory: text,
  tasks: z.array(StoredTask),
  judge: z.optional(StoredTask),
  vote: z.optional(z.looseObject({ extract: z.string(), of: z.enum(["number", "choice"]), task_ids: texts })),
  prompt: text,
  max_parallel: positive,
  lane_caps: z.record(z.string(), positive),
  fail_fast: z.boolean(),
  on_quota: OnQuota,
  deadline_seconds: amount,
  max_cost_usd: z.optional(amount),
  max_total_tokens: z.optional(count),
  prices: z.record(z.string(), z.record(z.string(), Price)),
  aggregate_output: z.boolean(),
  output_dir: text,
  context: text,
  offline: z.boolean(),
  traceparent: text,
  session: text,
  warnings: texts,
});

/**
 * The plan, with what an older clinvk did not write as it would be today; or the first thing that keeps it from being
 * used, with its path.
 */
export function checkPlan(plan: unknown): Result<unknown, string> {
  const shape = Shape.safeParse(plan);
  if (!shape.success) {
    const [issue] = shape.error.issues;
    return err(`${issue?.path.join(".") ?? ""}: ${issue?.message ?? "not valid"}`);
  }
  const { tasks, judge } = shape.data;
  const ids = [...tasks, ...(judge ? [judge] : [])].map(({ id }) => id);
  return new Set(ids).size === ids.length ? ok(shape.data) : err("tasks: two of them have the same id");
}
