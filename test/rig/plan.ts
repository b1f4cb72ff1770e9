// Plans and tasks for tests, with only what a test cares about spelled out.

import type { Plan } from "../../src/plan/plan.js";
import { RETRIED_KINDS } from "../../src/schema/failure-kinds/kinds.js";
import type { Task } from "../../src/schema/task.js";

export function makeTask(overrides: Partial<Task> = {}): Task {
  const index = overrides.index ?? 0;
  return {
    index,
    id: `task-${index + 1}`,
    name: `Task ${index + 1}`,
    backend: "claude",
    prompt: "Say hello",
    workdir: "/",
    approval_mode: "default",
    sandbox_mode: "default",
    max_turns: 0,
    max_tokens: 0,
    allowed_tools: [],
    verbose: false,
    dry_run: false,
    extra: [],
    env: {},
    tags: [],
    meta: {},
    timeout_seconds: 0,
    idle_timeout_seconds: 0,
    patience_seconds: 600,
    retry_on: RETRIED_KINDS,
    retry_on_side_effects: false,
    fallbacks: [],
    fallback_on: [],
    output_limit_bytes: 64 * 1024 * 1024,
    alone_in_workdir: false,
    mcp: false,
    untrusted: false,
    ...overrides,
  };
}

/** A plan of `count` tasks. */
export function planOf(count: number, overrides: Partial<Plan> = {}): Plan {
  return {
    run_id: "20260101-000000-abcdef",
    kind: "parallel",
    tasks: Array.from({ length: count }, (_, index) => makeTask({ index })),
    max_parallel: 3,
    lane_caps: {},
    fail_fast: false,
    on_quota: "park",
    deadline_seconds: 0,
    prices: {},
    aggregate_output: true,
    offline: false,
    warnings: [],
    ...overrides,
  };
}
