// Ids from callers, with every trick that a path knows: they are names in documents and addresses, and never names of files.
import { readdirSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { executeRun } from "../../../src/app/execute.js";
import type { RunResult } from "../../../src/schema/result.js";
import { makeServer } from "../../rig/server.js";

const IDS = ["../x", "a/b", "nul\0l", "..", ".", "x".repeat(300), "%2e%2e%2f", "C:\\x", "-rf", "\u202e", "a?b#c"];

describe("a run of tasks with such ids", async () => {
  const server = makeServer({ execute: executeRun });
  const tasks = IDS.map((id) => ({ backend: "claude", prompt: "hello", id, system_prompt: "be kind" }));
  const response = await server.ask("POST", "/api/v1/parallel", { tasks, dry_run: true });
  const result = (await response.json()) as RunResult & { run_id: string };

  it("is a run like any other", () => {
    expect(response.status).toBe(200);
    expect(result.results.map((one) => [one.task_id, one.status])).toEqual(IDS.map((id) => [id, "OK"]));
  });

  it("makes no file and no path of them", () => {
    const files = readdirSync(server.home, { recursive: true }).map(String);
    expect(files.filter((file) => !/^(?:runs(?:\/\.?[\w.-]*)*|tmp)$/.test(file))).toEqual([]);
    const names = files.flatMap((file) => file.split("/"));
    expect(names.filter((name) => /^(?:a|b|x+|-rf)$/.test(name))).toEqual([]);
    for (const { command } of result.results) expect(command).not.toMatch(/\.\.\/x|nul|xxxx/);
  });

  // `.` and `..` can't be part of an address, however they are written; the run's document has those answers.
  it.each(IDS.filter((id) => !/^\.+$/.test(id)))("%j has an address", async (id) => {
    const path = `/api/v1/runs/${result.run_id}/tasks/${encodeURIComponent(id)}/output`;
    const answer = await server.ask("GET", path);
    expect(answer.status).toBe(200);
    expect(await answer.text()).toContain("Would execute: claude");
  });

  it.each(["..%2f..%2fkeys", "%2e%2e", "x%00", "task-1"])("%s is nobody's", async (id) => {
    const answer = await server.ask("GET", `/api/v1/runs/${result.run_id}/tasks/${id}/output`);
    expect(answer.status).toBe(404);
  });

  it.each(["..", "..%2f..", "%2e%2e%2fruns", "a%00"])("and %s is no run", async (id) => {
    expect((await server.ask("GET", `/api/v1/runs/${id}/tasks/task-1/output`)).status).toBe(404);
    expect((await server.ask("DELETE", `/api/v1/runs/${id}`)).status).toBeGreaterThanOrEqual(400);
  });
});
