// The composition root: the only place that builds executor, journal and reporters for a plan and lets it run.
import { backends } from "./backends/index.js";
import type { LoadedConfig } from "./config.js";
import { LocalExecutor } from "./executors/local.js";
import type { OfflineScript } from "./offline/script.js";
import type { Plan } from "./plan.js";
import type { Reporter } from "./reporters/reporter.js";
import { run } from "./run.js";
import type { RunEvent } from "./schema/event.js";
import { emptyRun, fold, type RunState } from "./summary.js";

export interface ExecuteRequest {
  plan: Plan;
  config: LoadedConfig;
  /** The environment that the CLIs inherit. */
  env: Readonly<Record<string, string | undefined>>;
  /** How the offline model answers; only with `plan.offline`. */
  offline_script?: OfflineScript;
  reporters: readonly Reporter[];
  signal?: AbortSignal;
  kill?: AbortSignal;
  /** Something beside the run went wrong, in a sentence for a person; the run goes on. */
  onProblem(message: string): void;
}

/** Runs a plan, shows it to all reporters, and returns the folded state. Rejects only for bugs. */
export async function execute(request: ExecuteRequest): Promise<RunState> {
  const { plan, env, config, signal, kill } = request;
  const offline = plan.offline ? await startOffline(request.offline_script) : undefined;
  const executor = new LocalExecutor({
    run_id: plan.run_id,
    backends,
    env,
    clinvk_home: config.clinvk_home,
    ...(offline ? { offline_url: offline.url } : {}),
  });
  try {
    const state = emptyRun();
    const show = showTo(request.reporters, request.onProblem);
    await run({
      plan: { ...plan, warnings: [...plan.warnings, ...versionWarnings(plan, executor)] },
      executor,
      ...(signal ? { signal } : {}),
      ...(kill ? { kill } : {}),
      onEvent: (event) => {
        fold(state, event);
        show.event(event);
      },
    });
    await show.close();
    return state;
  } finally {
    executor.discard();
    await offline?.close();
  }
}

/** All reporters as one. A broken report must not take the others, or the run, down with it. */
function showTo(reporters: readonly Reporter[], onProblem: (message: string) => void) {
  const working = new Set(reporters);
  const guard = async (reporter: Reporter, use: () => Promise<void> | void) => {
    try {
      await use();
    } catch (bug) {
      working.delete(reporter);
      onProblem(`a report failed: ${bug instanceof Error ? bug.message : String(bug)}`);
    }
  };
  return {
    event: (event: RunEvent) => {
      for (const reporter of working) void guard(reporter, () => reporter.onEvent(event));
    },
    close: async () => {
      for (const reporter of working) await guard(reporter, () => reporter.close());
    },
  };
}

async function startOffline(script: OfflineScript | undefined) {
  const { startOfflineServer } = await import("./offline/server.js");
  return startOfflineServer(script ? { script } : {});
}

/** One warning for each backend of the plan whose installed version we have never tested. */
function versionWarnings(plan: Plan, executor: LocalExecutor): string[] {
  const names = new Set(plan.tasks.filter((task) => !task.dry_run).map((task) => task.backend));
  return [...names].flatMap((name) => {
    const located = executor.locate(name);
    const { title, tested_version: tested } = backends[name];
    if (!located.found || located.version === undefined || located.version === tested) return [];
    return [`${title} ${located.version} is installed; clinvk is tested with ${tested}`];
  });
}
