// A comparison: one prompt for several backends → a Plan with one task for each.
import { backendsOf } from "../backends/index.js";
import { loadConfig } from "../config/load.js";
import type { Diagnostic } from "../document/diagnostics.js";
import { noneOf } from "../document/validate.js";
import { locate } from "../executors/locate.js";
import type { BackendName, TaskDefaults } from "../schema/task.js";
import { omitUndefined } from "../util/omit-undefined.js";
import { err, ok, type Result } from "../util/result.js";
import { type Prepared, type PrepareRequest, prepare } from "./prepare.js";

export interface CompareRequest extends Omit<PrepareRequest, "source" | "kind"> {
  prompt: string;
  /** Whom to ask, in this order; `all` = every one that is enabled and can be used. */
  backends: readonly BackendName[] | "all";
  /** One after another instead of all at once. */
  sequential?: boolean;
  /** Fields of a task, for each of them. */
  defaults?: Omit<TaskDefaults, "backend">;
}

const SOURCE = "compare";

/** Resolves a comparison. A backend that is named and not installed is an error; of `all` it is left out with a warning. */
export async function prepareCompare(request: CompareRequest): Promise<Result<Prepared, Diagnostic[]>> {
  const { prompt, backends, sequential = false, defaults, ...rest } = request;
  const { env, cwd, config_flag, flags } = rest;
  const loaded = rest.config ? ok(rest.config) : await loadConfig({ env, cwd, ...omitUndefined({ config_flag }) });
  if (!loaded.ok) return loaded;
  const config = loaded.value;
  if (prompt.trim() === "") return err([{ source: "prompt", message: "the prompt is empty" }]);
  const chosen = choose(request, config);
  if (!chosen.ok) return chosen;

  const { names, warnings } = chosen.value;
  const prepared = await prepare({
    ...rest,
    config,
    kind: "compare",
    source: {
      name: SOURCE,
      value: { tasks: names.map((backend) => ({ backend, prompt, name: backend })), ...omitUndefined({ defaults }) },
    },
    flags: { ...flags, max_parallel: sequential ? 1 : (flags.max_parallel ?? names.length), fail_fast: false },
  });
  if (!prepared.ok) return err(withoutPaths(prepared.error));
  const { plan } = prepared.value;
  return ok({ config, plan: { ...plan, warnings: [...warnings, ...plan.warnings] } });
}

function choose(
  { backends: wanted, env, cwd, flags }: CompareRequest,
  { config, clinvk_home }: Prepared["config"],
): Result<{ names: BackendName[]; warnings: string[] }, Diagnostic[]> {
  const known = backendsOf(config);
  const names = wanted === "all" ? [...known.keys()] : [...new Set(wanted)];
  const isEnabled = (name: BackendName) => config.backends?.[name]?.enabled !== false;
  const missing = new Map<BackendName, string>();
  const unknown: Diagnostic[] = [];
  for (const name of names) {
    const backend = known.get(name);
    if (backend === undefined) unknown.push({ source: "backends", ...noneOf([...known.keys()], name) });
    // Nothing is started in a dry run.
    else if (flags.dry_run !== true && isEnabled(name) && !locate(backend, { env, clinvk_home, cwd }).found)
      missing.set(name, `${backend.title} is not installed: there is no \`${backend.binary}\``);
    else if (wanted === "all" && flags.offline && backend.offline_hint === undefined)
      missing.set(name, `${backend.title} can't be used with the offline model`);
  }
  if (unknown.length > 0) return err(unknown);
  const hint = "`clinvk backends` shows what can be used";
  if (wanted !== "all") {
    const problems = [...missing.values()].map((message) => ({ source: "backends", message, hint }));
    if (names.length === 0) problems.push({ source: "backends", message: "no backend is named", hint });
    return problems.length > 0 ? err(problems) : ok({ names, warnings: [] });
  }
  const usable = names.filter((name) => isEnabled(name) && !missing.has(name));
  if (usable.length === 0) return err([{ source: "backends", message: "no enabled backend is installed", hint }]);
  return ok({ names: usable, warnings: [...missing.values()].map((why) => `left out: ${why}`) });
}

/** Nobody has written the tasks: a problem is told once, with its field if that was given for all of them. */
function withoutPaths(problems: readonly Diagnostic[]): Diagnostic[] {
  const told = problems.map(({ path, ...problem }) => {
    const own = problem.source === SOURCE ? /^defaults\.(.+)/.exec(path ?? "")?.[1] : path;
    return { ...problem, ...omitUndefined({ path: own }) };
  });
  return told.filter((one, at) => told.findIndex(({ message }) => message === one.message) === at);
}
