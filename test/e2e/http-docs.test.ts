// The examples of docs/guide/http.md, as they stand there: only port and place of the package are put in.
import { spawn, spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { Workspace } from "../rig/clinvk.js";
import { FakeClis } from "../rig/fake-clis.js";
import { type Served, serve } from "../rig/serve.js";

const ROOT = resolve(import.meta.dirname, "../..");
const PAGE = readFileSync(resolve(ROOT, "docs/guide/http.md"), "utf8");
const HAS_PYTHON = spawnSync("python3", ["--version"]).status === 0;

let clis: FakeClis;
let workspace: Workspace;
let server: Served;
beforeAll(async () => {
  clis = await FakeClis.start();
  workspace = new Workspace({ bin: [clis.bin] });
  server = await serve(workspace, [], { CLINVK_API_KEYS: "your-key" });
  void answerAll();
});
afterAll(async () => {
  server.started.child.kill("SIGKILL");
  await server.started.done;
  workspace.close();
  await clis.close();
});

async function answerAll(): Promise<void> {
  for (;;) {
    const cli = await clis.next();
    void cli.answer(`fine, says ${cli.name}`);
  }
}

/** The blocks of a language that hold this text, with the server's port. */
function block(language: string, text: string): string {
  const blocks = [...PAGE.matchAll(/^```(\w*)\n(.*?)^```$/gms)].filter(([, lang]) => lang === language);
  const found = blocks.map(([, , body = ""]) => body).filter((body) => body.includes(text));
  expect(found).toHaveLength(1);
  return (found[0] ?? "").replaceAll(":8080", `:${new URL(server.url).port}`);
}

it("curl", async () => {
  const { code, stdout, stderr } = await workspace.shell(block("sh", "curl")).done;
  expect([code, stderr]).toEqual([0, ""]);
  const { completed, results } = JSON.parse(stdout) as { completed: number; results: { output: string }[] };
  expect(completed).toBe(2);
  expect(results.map(({ output }) => output)).toEqual(["fine, says claude", "fine, says codex"]);
});

it.skipIf(!HAS_PYTHON)("Python", async () => {
  const file = workspace.file("example.py", block("python", "urllib"));
  const { error, status, stdout, stderr } = await python(file);
  expect([error, status, stderr]).toEqual([undefined, 0, ""]);
  expect(stdout.split("\n")).toEqual([
    "Review architecture OK",
    "fine, says claude",
    "Check performance OK",
    "fine, says codex",
    "",
  ]);
});

/** python3 is wherever this machine has it, and may need its own home. */
function python(file: string) {
  const child = spawn("python3", [file], { stdio: ["ignore", "pipe", "pipe"] });
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  return new Promise<{ error?: Error; status: number | null; stdout: string; stderr: string }>((done) => {
    child.on("error", (error) => done({ error, status: null, stdout, stderr }));
    child.on("close", (status) => done({ status, stdout, stderr }));
  });
}

it("the client", async () => {
  const example = block("js", "createClient").replace('"clinvk/client"', JSON.stringify(`${ROOT}/dist/client.js`));
  const file = workspace.file("example.mjs", example);
  const { code, stdout, stderr } = await workspace.shell(`node '${file}'`).done;
  expect([code, stderr]).toEqual([0, ""]);
  expect(stdout.split("\n")).toEqual(["claude: fine, says claude", "codex: fine, says codex", "OK", ""]);
});
