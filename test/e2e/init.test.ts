// `clinvk init` writes files that work as they are, and nothing over what exists.
import { existsSync, mkdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { loadConfig } from "../../src/config/load.js";
import type { RunResult } from "../../src/schema/result.js";
import { Workspace } from "../rig/clinvk.js";
import { FakeClis } from "../rig/fake-clis.js";

let clis: FakeClis;
let space: Workspace;
beforeEach(async () => {
  clis = await FakeClis.start();
  space = new Workspace({ bin: [clis.bin] });
});
afterEach(async () => {
  await clis.close();
  space.close();
});

it("writes a task file that runs as it is, with what is installed", async () => {
  const { code, stderr } = await space.run(["init"], { cwd: space.dir });
  expect({ code, stderr }).toEqual({ code: 0, stderr: expect.stringContaining("clinvk parallel tasks.jsonc") });
  const run = space.start(["parallel", "-f", "tasks.jsonc", "--json"], { cwd: space.dir });
  const asked = [];
  for (let task = 0; task < 3; task += 1) {
    const cli = await clis.next();
    asked.push(cli.name);
    await cli.answer("three points");
  }
  expect(asked.sort()).toEqual(["claude", "codex", "gemini"]);
  const result = JSON.parse((await run.done).stdout) as RunResult;
  expect(result.completed_tasks).toBe(3);
});

it("names the schema, so that editors complete the keys", async () => {
  await space.run(["init"], { cwd: space.dir });
  const [, schema = ""] = /"\$schema": "(.*)"/.exec(readFileSync(join(space.dir, "tasks.jsonc"), "utf8")) ?? [];
  expect(JSON.parse(readFileSync(new URL(schema), "utf8")).title).toBe("clinvk task file");
  await space.run(["config", "init"]);
  const config = readFileSync(join(space.home, ".clinvk/config.yaml"), "utf8");
  const [, ofConfig = ""] = /^# yaml-language-server: \$schema=(.*)\n/.exec(config) ?? [];
  expect(JSON.parse(readFileSync(new URL(ofConfig), "utf8")).title).toContain("config");
});

it("leaves a file that exists as it is", async () => {
  space.file("tasks.jsonc", "mine");
  const { code, stderr } = await space.run(["init"], { cwd: space.dir });
  expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining("exists already") });
  expect(readFileSync(join(space.dir, "tasks.jsonc"), "utf8")).toBe("mine");
});

it.skipIf(process.getuid?.() === 0)("says in words that it may not write there", async () => {
  mkdirSync(join(space.dir, "closed"), { mode: 0o500 });
  const { code, stderr } = await space.run(["init", "closed/tasks.json"], { cwd: space.dir });
  expect({ code, stderr: stderr.replaceAll(space.dir, "/ws") }).toEqual({
    code: 2,
    stderr: expect.stringMatching(/closed\/tasks\.json can't be written: permission denied \(EACCES\)\n$/),
  });
});

it("says in words that a part of the path is a file", async () => {
  space.file("plain", "text");
  const { code, stderr } = await space.run(["init", "plain/tasks.json"], { cwd: space.dir });
  expect({ code, stderr }).toEqual({
    code: 2,
    stderr: expect.stringMatching(
      /plain\/tasks\.json can't be written: a part of the path is not a directory \(ENOTDIR\)\n$/,
    ),
  });
});

it("takes no name that would not be read as JSON with comments, nor a directory that is missing", async () => {
  expect((await space.run(["init", "tasks.yaml"], { cwd: space.dir })).stderr).toContain(".jsonc");
  const missing = await space.run(["init", "nowhere/tasks.json"], { cwd: space.dir });
  expect(missing).toMatchObject({ code: 2, stderr: expect.stringContaining("its directory does not exist") });
});

it("writes a private configuration in which every line is a comment, and which is valid when they are taken away", async () => {
  const { code, stderr } = await space.run(["init", "--config"], { cwd: space.dir });
  expect({ code, stderr }).toEqual({ code: 0, stderr: expect.stringMatching(/^wrote .*config\.yaml\n/) });
  expect(existsSync(join(space.dir, "tasks.jsonc"))).toBe(false);
  expect(await space.run(["config", "init"])).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("exists already"),
  });
  const path = join(space.home, ".clinvk/config.yaml");
  expect(statSync(path).mode & 0o777).toBe(0o600);
  const text = readFileSync(path, "utf8");
  expect(text.split("\n").filter((line) => line !== "" && !line.startsWith("#"))).toEqual([]);
  const [, ...blocks] = text.split(/\n\n/);
  const keys = space.file("keys.yaml", blocks.join("\n").replace(/^# /gm, ""));
  const loaded = await loadConfig({ env: { HOME: space.home }, cwd: space.dir, config_flag: keys });
  if (!loaded.ok) expect(loaded.error).toEqual([]);
  else
    expect(Object.keys(loaded.value.config)).toEqual(
      expect.arrayContaining(["parallel", "backends", "server", "retry"]),
    );
});
