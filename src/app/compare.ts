// Turns a comparison, one prompt for several backends, into a Plan with one task per backend.
import { backendsOf } from "../backends/index.js";
import type { Backend } from "../backends/shared/backend.js";
import { loadConfig } from "../config/load.js";
import { type Diagnostic, inOrder, type Place, placesIn } from "../document/diagnostics.js";
import { locate } from "../executors/locate.js";
import type { BackendName } from "../schema/backend-name.js";
import type { TaskDefaults } from "../schema/task-input.js";
import { unknownBackend } from "../task-file/unknown-backends.js";
import { omitUndefined } from "../util/omit-undefined.js";
import { err, ok, type Result } from "../util/result.js";
import { type Prepared, type PrepareRequest, prepare } from "./prepare.js";

export interface CompareRequest extends Omit<PrepareRequest, "source" | "kind"> {
  prompt: string;
  /** The backends to ask, in this order; `all` = every backend that is enabled and usable. */
  backends: readonly BackendName[] | "all";
  /** One after another instead of all at once. */
  sequential?: boolean;
  /** Task fields that apply to every backend. */
  defaults?: Omit<TaskDefaults, "backend">;
  /** Names a field as its author knows it: `prompt`, `backends`, or one of `defaults`. */
  place?: Place;
}

/** The default place: every author knows the words `prompt` and `backends`. */
const ownPlace: Place = (path) => {
  const [field] = path;
  return field === "prompt" || field === "backends" ? { source: field } : placesIn("compare")(path);
};

/** No author wrote these tasks, so a problem of a task is reported at the field that the task was made from. */
function placeInTasks(place: Place): Place {
  return (path, at) => {
    const [list, , field] = path;
    if (list === "defaults") return place(path.slice(1), at);
    if (field === "prompt") return place(["prompt"], at);
    return place(field === "backend" ? ["backends"] : [], at);
  };
}

/** Resolves a comparison. A named backend that is not installed is an error; `all` leaves it out with a warning. */
export async function prepareCompare(request: CompareRequest): Promise<Result<Prepared, Diagnostic[]>> {
  const { prompt, backends: _, sequential = false, defaults, place = ownPlace, ...rest } = request;
  const { env, cwd, config_flag, flags } = rest;
  const loaded = rest.config ? ok(rest.config) : await loadConfig({ env, cwd, ...omitUndefined({ config_flag }) });
  if (!loaded.ok) return loaded;
  const config = loaded.value;
  const { names, warnings, problems } = choose(request, config, place);
  if (names.length === 0) return err(problems);

  const tasks = names.map((backend) => ({ backend, prompt, name: backend }));
  const prepared = await prepare({
    ...rest,
    config,
    kind: "compare",
    source: { name: "compare", value: { tasks, ...omitUndefined({ defaults }) }, place: placeInTasks(place) },
    flags: { ...flags, max_parallel: sequential ? 1 : (flags.max_parallel ?? names.length), fail_fast: false },
  });
  if (!prepared.ok) return err(inOrder([...problems, ...prepared.error]));
  if (problems.length > 0) return err(problems);
  const { plan } = prepared.value;
  return ok({ ...prepared.value, config, plan: { ...plan, warnings: [...warnings, ...plan.warnings] } });
}

interface Chosen {
  /** The backends that can be asked. */
  names: BackendName[];
  warnings: string[];
  /** Problems of the named backends that can't be asked. */
  problems: Diagnostic[];
}

function choose(
  { backends: wanted, env, cwd, flags }: CompareRequest,
  { config, clinvk_home }: Prepared["config"],
  place: Place,
): Chosen {
  const known = backendsOf(config);
  const problems: Diagnostic[] = [];
  const warnings: string[] = [];
  const wrong = (message: string, hint?: string) =>
    problems.push({ ...place(["backends"]), message, ...omitUndefined({ hint }) });
  const hint = "`clinvk backends` shows what can be used";
  const names = (wanted === "all" ? [...known.keys()] : [...new Set(wanted)]).filter((name) => {
    const backend = known.get(name);
    if (backend === undefined) {
      const { message, hint } = unknownBackend([...known.keys()], name);
      wrong(message, hint);
      return false;
    }
    const isEnabled = config.backends?.[name]?.enabled !== false;
    // The plan refuses a named backend that is disabled.
    if (!isEnabled) return wanted !== "all";
    const unusable = whyUnusable(backend);
    if (unusable === undefined) return true;
    if (wanted === "all") warnings.push(`left out: ${unusable}`);
    else wrong(unusable, hint);
    return false;
  });
  function whyUnusable(backend: Backend): string | undefined {
    // Nothing is started in a dry run.
    if (flags.dry_run !== true && !locate(backend, { env, clinvk_home, cwd }).found)
      return `${backend.title} is not installed: there is no \`${backend.binary}\``;
    if (wanted === "all" && flags.offline && backend.offline_hint === undefined)
      return `${backend.title} can't be used with the offline model`;
    return undefined;
  }
  if (wanted === "all" && names.length === 0) wrong("no enabled backend is installed", hint);
  if (wanted.length === 0) wrong("no backend is named", hint);
  return { names, warnings, problems };
}
