// Tool calls look the same on every backend: a command as it was meant, and paths as the task's directory knows them.
import { expect, test } from "vitest";
import { backends } from "../../../src/backends/index.js";
import type { Progress } from "../../../src/backends/shared/backend.js";
import { progressEvent } from "../../../src/engine/records.js";
import type { BuiltInBackend } from "../../../src/schema/backend-name.js";
import { play } from "./recordings.js";
import { taskFor } from "./tasks.js";

function steps(name: BuiltInBackend, record: unknown, offline?: boolean): Progress[] {
  const parser = backends[name].parser(taskFor(name, { workdir: "/work/project" }), offline);
  return play(parser, [JSON.stringify(record)]).steps;
}

const claude = (name: string, input: object) => ({
  type: "assistant",
  message: { id: "m", content: [{ type: "tool_use", id: "t", name, input }] },
});
const codex = (item: object) => ({ type: "item.started", item });
const gemini = (tool_name: string, parameters: object) => ({ type: "tool_use", tool_name, tool_id: "t", parameters });

test.each<[BuiltInBackend, object]>([
  ["claude", claude("Bash", { command: "node audit.mjs" })],
  ["codex", codex({ type: "command_execution", command: "/bin/bash -lc 'node audit.mjs'" })],
  ["codex", codex({ type: "command_execution", command: "node audit.mjs" })],
  ["gemini", gemini("run_shell_command", { command: "node audit.mjs" })],
])("%s: a command is shown as it would be typed", (name, record) => {
  const [call] = steps(name, record);
  if (call?.type !== "tool_call") throw new Error("no tool call");
  expect(call.detail).toBe("node audit.mjs");
  expect(progressEvent("task-1", 1, call)).toMatchObject({ kind: "tool_call", text: "$ node audit.mjs" });
});

test.each([
  [`/bin/bash -lc 'echo '\\''a b'\\'' > c'`, "echo 'a b' > c"],
  [`/bin/bash -lc "echo \\"it's\\" \\$HOME"`, `echo "it's" $HOME`],
  ["/usr/bin/zsh -lc ls", "ls"],
])("codex: the quotes of its shell are taken off %s", (command, shown) => {
  expect(steps("codex", codex({ type: "command_execution", command }))).toMatchObject([{ detail: shown }]);
});

test.each<[BuiltInBackend, object]>([
  ["claude", claude("Read", { file_path: "/work/project/src/cart.js" })],
  ["codex", { type: "item.started", item: { type: "file_change", changes: [{ path: "/work/project/src/cart.js" }] } }],
  ["gemini", gemini("read_file", { file_path: "/work/project/src/cart.js" })],
])("%s: paths in the directory of the task are relative to it", (name, record) => {
  const [call] = steps(name, record);
  if (call?.type !== "tool_call") throw new Error("no tool call");
  expect(call.detail).toMatch(/^(?:change )?src\/cart\.js$/);
  expect(progressEvent("task-1", 1, call)).toMatchObject({ text: call.detail });
});

test("a path elsewhere stays whole", () => {
  const path = "/work/project-2/a.js";
  expect(steps("claude", claude("Read", { file_path: path }))).toMatchObject([{ detail: path }]);
});

test("codex's note about an unknown model is none where the offline model answers", () => {
  const message = "Model metadata for `offline-model` not found. Defaulting to fallback metadata";
  const record = { type: "item.completed", item: { id: "item_0", type: "error", message } };
  expect(steps("codex", record)).toMatchObject([{ type: "note" }]);
  expect(steps("codex", record, true)).toEqual([]);
});
