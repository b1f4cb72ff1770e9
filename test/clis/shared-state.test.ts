// Many of one CLI at once in one user's home: nobody damages the files that all of them share, or waits for the others' locks.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type OfflineServer, startOfflineServer } from "../../src/offline/server.js";
import type { RunResult } from "../../src/schema/result.js";
import type { Workspace } from "../rig/clinvk.js";
import { realClis } from "../rig/real-clis.js";

/** Of each CLI. gemini is left out: each task of its has a home of its own, see the tests with a user's settings. */
const AT_ONCE = 6;

let server: OfflineServer;
let space: Workspace;
beforeAll(async () => {
  server = await startOfflineServer({ script: { rules: [{ reply: { text: "hello" } }] } });
  space = realClis();
});
afterAll(async () => {
  await server?.close();
  space?.close();
});

const filesBelow = (dir: string) =>
  readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));

it("claude and codex share their homes, first made by all of them at once", async () => {
  const config = [
    'model = "some-model"\nmodel_provider = "local"',
    `[model_providers.local]\nname = "local"\nbase_url = "${server.url}/v1"\nenv_key = "LOCAL_KEY"\nwire_api = "responses"`,
    "[features]\nplugins = false\n[analytics]\nenabled = false",
  ].join("\n");
  const codexConfig = space.file("home/.codex/config.toml", config);
  const tasks = Array.from({ length: 2 * AT_ONCE }, (_, i) => ({
    backend: i % 2 === 0 ? "claude" : "codex",
    prompt: `number ${i}`,
    retries: 0,
  }));
  const file = space.file("tasks.json", { tasks, max_parallel: tasks.length });
  const { stdout, stderr } = await space.run(["parallel", "-f", file, "--json", "--no-journal"], {
    env: { ANTHROPIC_BASE_URL: server.url, ANTHROPIC_API_KEY: "a-key", LOCAL_KEY: "a-key" },
  });
  const { results } = JSON.parse(stdout) as RunResult;
  expect(
    results.map(({ content }) => content),
    stderr,
  ).toEqual(tasks.map(() => "hello"));

  expect(readFileSync(codexConfig, "utf8")).toBe(config);
  const claude = JSON.parse(readFileSync(join(space.home, ".claude.json"), "utf8")) as object;
  expect(Object.keys(claude)).not.toEqual([]);
  const files = [...filesBelow(join(space.home, ".claude")), ...filesBelow(join(space.home, ".codex"))];
  expect(files.filter((path) => /corrupt|\.lock$/i.test(path))).toEqual([]);
  const databases = files.filter((path) => path.endsWith(".sqlite"));
  for (const path of databases) expect(readFileSync(path, "latin1").slice(0, 15), path).toBe("SQLite format 3");
});
