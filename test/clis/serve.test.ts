// The server with the real CLIs on the offline model, asked with curl as the user guide does.
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type RunList, RunResponse } from "../../src/schema/api.js";
import type { Workspace } from "../rig/clinvk.js";
import { realClis } from "../rig/real-clis.js";
import { type Served, serve } from "../rig/serve.js";
import { parseFrames } from "../rig/server.js";

let workspace: Workspace;
let server: Served;
beforeAll(async () => {
  workspace = realClis();
  server = await serve(workspace, ["--offline"], { CLINVK_API_KEYS: "your-key" });
});
afterAll(async () => {
  server.started.child.kill("SIGKILL");
  await server.started.done;
  workspace.close();
});

/** Runs a line of shell; what it asks on port 8080 is asked of the server. */
async function shell(line: string): Promise<string> {
  const { stdout, stderr, code } = await workspace.shell(line.replaceAll(":8080", `:${new URL(server.url).port}`)).done;
  expect([code, stderr]).toEqual([0, ""]);
  return stdout;
}

const SEED = `curl -sS http://localhost:8080/api/v1/parallel \\
  -H 'Content-Type: application/json' \\
  -H 'X-API-Key: your-key' \\
  -d '{
    "tasks": [
      {"backend": "claude", "prompt": "Review architecture"},
      {"backend": "codex", "prompt": "Check performance"}
    ]
  }'
`;

it("the first request of the user guide works as it stands there", async () => {
  const guide = readFileSync(resolve(import.meta.dirname, "../../docs/guide/http.md"), "utf8");
  expect(guide).toContain(SEED);
  const result = JSON.parse(await shell(SEED));
  expect(RunResponse.parse(result)).toEqual(result);
  expect(result).toMatchObject({ total_tasks: 2, completed_tasks: 2, failed_tasks: 0, completed: 2, failed: 0 });
  for (const [index, backend] of ["claude", "codex"].entries())
    expect(result.results[index]).toMatchObject({
      backend,
      exit_code: 0,
      output: expect.stringContaining("[offline model]"),
      duration_ms: expect.any(Number),
    });
});

it("all three CLIs at once, followed to the end with curl", async () => {
  const tasks = ["claude", "codex", "gemini"].map((backend) => ({ backend, prompt: "Say hello" }));
  const key = "-H 'X-API-Key: your-key'";
  const started = await shell(
    `curl -sS http://localhost:8080/api/v1/parallel ${key} -H 'Content-Type: application/json' -H 'Prefer: respond-async' -d '${JSON.stringify({ tasks })}'`,
  );
  const { run_id } = JSON.parse(started);
  const events = parseFrames(await shell(`curl -sSN http://localhost:8080/api/v1/runs/${run_id}/events ${key}`));
  expect(events.map((event) => event.seq)).toEqual(events.map((_, index) => index + 1));
  expect(events.filter((event) => event.type === "task_finished").map((event) => event.result.status)).toEqual([
    "OK",
    "OK",
    "OK",
  ]);
  expect(events.at(-1)).toMatchObject({ type: "run_finished" });
  const { runs } = JSON.parse(await shell(`curl -sS http://localhost:8080/api/v1/runs ${key}`)) as RunList;
  expect(runs[0]).toMatchObject({ run_id, kind: "parallel", status: "finished", offline: true });
  expect(await (await server.ask(`/api/v1/runs/${run_id}/tasks/task-3/output`)).text()).toContain("[offline model]");
});

it("what a caller may not ask for is refused before a CLI starts", async () => {
  const body = JSON.stringify({
    tasks: [
      { backend: "claude", prompt: "x", workdir: "/" },
      { backend: "claude", prompt: "x", approval_mode: "none" },
      { backend: "codex", prompt: "x", sandbox_mode: "full" },
      { backend: "gemini", prompt: "x", extra: ["--yolo"] },
    ],
    output_dir: "out",
  });
  const response = await server.ask("/api/v1/parallel", { method: "POST", body });
  expect(response.status).toBe(422);
  const text = await response.text();
  for (const path of [
    "tasks[0].workdir",
    "tasks[1].approval_mode",
    "tasks[2].sandbox_mode",
    "tasks[3].extra[0]",
    "output_dir",
  ])
    expect(text).toContain(`"${path}"`);
  const file = JSON.stringify({ tasks: [{ backend: "claude", prompt_file: "/etc/passwd" }] });
  const refused = await server.ask("/api/v1/parallel", { method: "POST", body: file });
  expect([refused.status, await refused.text()]).toEqual([422, expect.stringContaining('"tasks[0].prompt_file"')]);
});

it("the backends are those that are installed", async () => {
  const { backends } = (await (await server.ask("/api/v1/backends")).json()) as { backends: { name: string }[] };
  expect(backends).toMatchObject(["claude", "codex", "gemini"].map((name) => ({ name, installed: true })));
  expect(await (await server.ask("/health")).json()).toMatchObject({ status: "ok", offline: true });
  expect(await (await server.ask("/metrics")).text()).toContain('clinvk_tasks_total{backend="claude",status="OK"}');
});
