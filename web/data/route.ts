// The route of the page, as the fragment of the address: a fragment never leaves the browser. Pure.

/** The filter of a list; in the address, so that it survives a reload and can be shared. */
export interface Shown {
  /** A state; absent = all. */
  show?: string;
  /** Words of a search. */
  search?: string;
}

/** The shown page. */
export type Route =
  | ({ page: "runs" } & Shown)
  | ({ page: "run"; run_id: string; task_id?: string } & Shown)
  /** `tasks`: the picked ids; the others are compared with the first. */
  | { page: "compare"; run_id: string; tasks: string[] }
  | { page: "start" }
  | { page: "unknown" };

/** `#/runs/R/tasks/T` → the route; an empty fragment is the list of runs. */
export function parseRoute(fragment: string): Route {
  const [path = "", query = ""] = fragment.replace(/^#?\/?/, "").split("?", 2);
  const steps = path.split("/").map(decode);
  if (steps.some((step) => step === undefined)) return { page: "unknown" };
  const [first = "", run_id = "", third, task_id] = steps as string[];
  if (steps.length === 1 && (first === "" || first === "runs")) return { page: "runs", ...shownOf(query) };
  if (steps.length === 1 && first === "start") return { page: "start" };
  if (first !== "runs" || run_id === "") return { page: "unknown" };
  if (steps.length === 2) return { page: "run", run_id, ...shownOf(query) };
  if (steps.length === 3 && third === "compare")
    return { page: "compare", run_id, tasks: new URLSearchParams(query).getAll("task") };
  if (steps.length === 4 && third === "tasks" && task_id) return { page: "run", run_id, task_id, ...shownOf(query) };
  return { page: "unknown" };
}

/** The reverse, for `href`. */
export function hrefOf(route: Exclude<Route, { page: "unknown" }>): string {
  switch (route.page) {
    case "runs":
      return `#/${shownQuery(route)}`;
    case "start":
      return "#/start";
    case "run": {
      const task = route.task_id === undefined ? "" : `/tasks/${encodeURIComponent(route.task_id)}`;
      return `#/runs/${encodeURIComponent(route.run_id)}${task}${shownQuery(route)}`;
    }
    case "compare": {
      const query = new URLSearchParams(route.tasks.map((id): [string, string] => ["task", id])).toString();
      return `#/runs/${encodeURIComponent(route.run_id)}/compare${query === "" ? "" : `?${query}`}`;
    }
    default:
      return route satisfies never;
  }
}

function shownOf(query: string): Shown {
  const params = new URLSearchParams(query);
  const [show, search] = [params.get("show"), params.get("search")];
  return { ...(show ? { show } : {}), ...(search ? { search } : {}) };
}

function shownQuery({ show, search }: Shown): string {
  const query = new URLSearchParams({ ...(show ? { show } : {}), ...(search ? { search } : {}) }).toString();
  return query === "" ? "" : `?${query}`;
}

function decode(step: string): string | undefined {
  try {
    return decodeURIComponent(step);
  } catch {
    return undefined;
  }
}
