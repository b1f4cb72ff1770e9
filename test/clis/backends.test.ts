// `clinvk backends` with the real CLIs.
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import type { BackendReport } from "../../src/executors/probe.js";
import { Workspace } from "../rig/clinvk.js";
import { processesWith } from "../rig/real-clis.js";

const bin = join(process.env.CLINVK_TEST_CLIS ?? "", "node_modules/.bin");

let space: Workspace;
beforeEach(() => {
  space = new Workspace({ bin: [bin] });
});
afterEach(() => space.close());

async function reports(env: Record<string, string> = {}): Promise<Record<string, BackendReport>> {
  const { stdout } = await space.run(["backends", "--json"], { env });
  const { backends } = JSON.parse(stdout) as { backends: BackendReport[] };
  return Object.fromEntries(backends.map((report) => [report.backend, report]));
}

it("are found with their versions, are logged out in an empty home, and leave no process behind", async () => {
  const all = await reports();
  for (const name of ["claude", "codex", "gemini"]) {
    expect(all[name]).toMatchObject({ installed: true, tested: true, source: "PATH", logged_in: false, problem: null });
    expect(dirname(all[name]?.path ?? "")).toBe(bin);
  }
  expect(processesWith(space.dir)).toEqual([]);
});

it("count as logged in with an API key where the CLI itself takes one", async () => {
  const all = await reports({ ANTHROPIC_API_KEY: "sk-ant-dummy", GEMINI_API_KEY: "dummy" });
  expect(all.claude).toMatchObject({ logged_in: true, usable: true });
  expect(all.gemini).toMatchObject({ logged_in: true, usable: true });
});
