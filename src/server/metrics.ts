// The server's metrics in the format of Prometheus: counts from the events of its runs, and descriptors and memory.
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";
import type { RunEvent } from "../schema/event.js";

/** Values that are read when the metrics are requested. */
export interface Gauges {
  active_runs(): number;
  queued_runs(): number;
  active_children(): number;
}

export interface Metrics {
  /** Counts an event; call it once per event. */
  onEvent(event: RunEvent): void;
  /** Counts a connection that was refused because there are too many. */
  onConnectionDropped(): void;
  close(): void;
  /** All metrics as text, and its type. */
  text(): Promise<{ type: string; body: string }>;
}

/** Seconds: an answer takes from one to many minutes. */
const DURATION_BUCKETS = [1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1800, 3600];

export function createMetrics(gauges: Gauges): Metrics {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  const tasks = new Counter({
    name: "clinvk_tasks_total",
    help: "Tasks that have ended, by backend and status.",
    labelNames: ["backend", "status"],
    registers,
  });
  const seconds = new Histogram({
    name: "clinvk_task_duration_seconds",
    help: "From a task's first start to its end.",
    labelNames: ["backend"],
    buckets: DURATION_BUCKETS,
    registers,
  });
  const tokens = new Counter({
    name: "clinvk_tokens_total",
    help: "Tokens as the CLIs report them.",
    labelNames: ["backend", "direction"],
    registers,
  });
  const cost = new Counter({
    name: "clinvk_cost_usd_total",
    help: "US dollars, of tasks whose cost is known.",
    labelNames: ["backend"],
    registers,
  });
  const retries = new Counter({
    name: "clinvk_retries_total",
    help: "Attempts that failed and were followed by another one, by the failure's kind.",
    labelNames: ["backend", "kind"],
    registers,
  });
  const dropped = new Counter({
    name: "clinvk_dropped_connections_total",
    help: "Connections that were refused because there were too many.",
    registers,
  });
  const gauge = (name: string, help: string, value: () => number) =>
    new Gauge({
      name,
      help,
      registers,
      collect() {
        this.set(value());
      },
    });
  gauge("clinvk_active_runs", "Runs under way.", gauges.active_runs);
  gauge("clinvk_queue_depth", "Runs that wait for their turn.", gauges.queued_runs);
  gauge("clinvk_active_children", "AI CLIs under way.", gauges.active_children);

  return {
    onEvent(event) {
      if (event.type === "task_retrying") retries.inc({ backend: event.backend, kind: event.failure.kind });
      if (event.type !== "task_finished") return;
      const { backend, status, duration_seconds, usage, cost_usd, attempts } = event.result;
      tasks.inc({ backend, status });
      if (attempts > 0) seconds.observe({ backend }, duration_seconds);
      tokens.inc({ backend, direction: "input" }, usage?.input_tokens ?? 0);
      tokens.inc({ backend, direction: "output" }, usage?.output_tokens ?? 0);
      cost.inc({ backend }, cost_usd ?? 0);
    },
    onConnectionDropped: () => dropped.inc(),
    close() {},
    text: async () => ({ type: registry.contentType, body: await registry.metrics() }),
  };
}
