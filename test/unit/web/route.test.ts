import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { hrefOf, parseRoute, type Route } from "../../../web/data/route.js";

describe("routes", () => {
  it.each<[string, Route]>([
    ["", { page: "runs" }],
    ["#", { page: "runs" }],
    ["#/", { page: "runs" }],
    ["#/runs", { page: "runs" }],
    ["#/start", { page: "start" }],
    ["#/runs/r1", { page: "run", run_id: "r1" }],
    ["#/runs/r1/tasks/a%2Fb", { page: "run", run_id: "r1", task_id: "a/b" }],
    ["#/runs/r1/compare", { page: "compare", run_id: "r1", tasks: [] }],
    ["#/runs/r1/compare?task=a&task=b", { page: "compare", run_id: "r1", tasks: ["a", "b"] }],
    ["#/runs/r1/else", { page: "unknown" }],
    ["#/runs/r1/tasks/", { page: "unknown" }],
    ["#/else", { page: "unknown" }],
    ["#/runs/%E0%A4%A", { page: "unknown" }],
  ])("%s", (fragment, route) => {
    expect(parseRoute(fragment)).toEqual(route);
  });

  it("come back from their address, whatever the ids are", () => {
    const id = fc.string({ minLength: 1, unit: "grapheme" });
    const routes = fc.oneof(
      fc.record({ page: fc.constant("run" as const), run_id: id, task_id: id }),
      fc.record({ page: fc.constant("compare" as const), run_id: id, tasks: fc.array(id, { maxLength: 4 }) }),
    );
    fc.assert(
      fc.property(routes, (route) => {
        expect(parseRoute(hrefOf(route))).toEqual(route);
      }),
    );
  });
});
