import { existsSync } from "node:fs";
import { expect, it } from "vitest";
import { createLog } from "../../../src/server/http/log.js";
import { createMetrics } from "../../../src/server/metrics.js";
import { dropTeller } from "../../../src/server/serve.js";
import { Events } from "../../rig/events.js";

it("counts what the events of runs tell", async () => {
  const metrics = createMetrics({ active_runs: () => 2, queued_runs: () => 3, active_children: () => 4 });
  const events = new Events();
  const usage = { input_tokens: 10, output_tokens: 5, cached_tokens: null, reasoning_tokens: null };
  for (const id of ["task-1", "task-2"])
    metrics.onEvent(events.taskFinished(id, "OK", { usage, cost_usd: 0.5, duration_seconds: 8 }));
  metrics.onEvent(events.taskFinished("task-3", "FAILED", { backend: "codex", usage: null, cost_usd: null }));
  metrics.onEvent(events.taskFinished("task-4", "CANCELED", { attempts: 0 }));
  const failure = { kind: "network" as const, message: "gone" };
  const retrying = { task_id: "task-5", attempt: 1, failure, delay_seconds: 0, backend: "gemini" };
  metrics.onEvent(events.next({ type: "task_retrying", ...retrying }));
  metrics.onConnectionDropped();
  const { type, body } = await metrics.text();
  expect(type).toContain("text/plain");
  for (const line of [
    'clinvk_tasks_total{backend="claude",status="OK"} 2',
    'clinvk_tasks_total{backend="codex",status="FAILED"} 1',
    'clinvk_tasks_total{backend="claude",status="CANCELED"} 1',
    'clinvk_task_duration_seconds_count{backend="claude"} 2',
    'clinvk_task_duration_seconds_bucket{le="10",backend="claude"} 2',
    'clinvk_tokens_total{backend="claude",direction="input"} 20',
    'clinvk_tokens_total{backend="claude",direction="output"} 10',
    'clinvk_cost_usd_total{backend="claude"} 1',
    'clinvk_retries_total{backend="gemini",kind="network"} 1',
    "clinvk_dropped_connections_total 1",
    "clinvk_active_runs 2",
    "clinvk_queue_depth 3",
    "clinvk_active_children 4",
  ])
    expect(body).toContain(`${line}\n`);
});

it.runIf(existsSync("/proc/self/fd"))("tells how much of its descriptors and memory the process uses", async () => {
  const metrics = createMetrics({ active_runs: () => 0, queued_runs: () => 0, active_children: () => 0 });
  const { body } = await metrics.text();
  for (const name of ["process_open_fds", "process_max_fds", "process_resident_memory_bytes"])
    expect(Number(new RegExp(`^${name} (\\d+)$`, "m").exec(body)?.[1])).toBeGreaterThan(0);
});

it("counts refused connections, and logs them once", async () => {
  const metrics = createMetrics({ active_runs: () => 0, queued_runs: () => 0, active_children: () => 0 });
  const lines: string[] = [];
  const log = createLog({ write: (text) => lines.push(text), tty: true });
  const onDropped = dropTeller({ metrics, log }, 60);
  for (let n = 0; n < 3; n += 1) onDropped();
  expect((await metrics.text()).body).toContain("clinvk_dropped_connections_total 3\n");
  expect(lines).toEqual([expect.stringMatching(/connections are refused: all 60 are taken;.*ulimit -n/)]);
});

const LINE = {
  method: "GET",
  route: "/health",
  path: "/health",
  status: 200,
  ms: 3,
  request_id: "id-1",
  caller: "key-1",
};

it("logs JSON for programs", () => {
  const lines: string[] = [];
  const log = createLog({ write: (text) => lines.push(text), tty: false });
  log.request(LINE);
  log.problem("it broke", { run_id: "run-1" });
  expect(lines.map((line) => JSON.parse(line))).toEqual([
    { level: "info", time: expect.stringMatching(/^\d{4}-.*Z$/), ...LINE, msg: "request" },
    { level: "error", time: expect.any(String), run_id: "run-1", msg: "it broke" },
  ]);
});

it("logs short lines for a person", () => {
  const lines: string[] = [];
  const log = createLog({ write: (text) => lines.push(text), tty: true });
  log.request(LINE);
  log.problem("it broke", { run_id: "run-1" });
  expect(lines[0]).toMatch(/^\d\d:\d\d:\d\d GET \/health 200 3 ms\n$/);
  expect(lines[1]).toMatch(/^\d\d:\d\d:\d\d run-1: it broke\n$/);
});
