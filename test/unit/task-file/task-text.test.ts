import { describe, expect, it } from "vitest";
import { toDiagnostics } from "../../../src/document/diagnostics.js";
import { TaskFile } from "../../../src/schema/task-file.js";
import { checkTasks, openTaskText } from "../../../src/task-file/task-text.js";

async function check(text: string, known?: readonly string[]) {
  const document = await openTaskText(text, "");
  if (!document.ok) return toDiagnostics("t", document.error).map(({ message }) => message);
  const { value, problems, locate } = checkTasks(TaskFile, document.value, known);
  return problems.length === 0
    ? value
    : toDiagnostics("t", problems, locate).map(
        ({ line, column, path, message }) => `${line}:${column} ${path} ${message}`,
      );
}

describe("the text of a task file", () => {
  it("becomes tasks, whatever it is written in", async () => {
    const value = { tasks: [{ backend: "claude", prompt: "x" }] };
    expect(await check(JSON.stringify(value))).toEqual(value);
    expect(await check("\uFEFF// all\n[{'backend': 1}]".replaceAll("'", '"'))).not.toEqual(value);
    expect(await check("- {backend: claude, prompt: x}")).toEqual(value);
  });

  it("has every problem at its place", async () => {
    const text = '[\n  {"backend": "nobody", "prompt": "x"},\n  {"prompt": "x", "prompt_file": "y", "timout": 1}\n]';
    expect(await check(text, ["claude"])).toEqual([
      "3:39 tasks[1].timout unknown key",
      '2:15 tasks[0].backend expected one of `claude`, got "nobody"',
      "3:3 tasks[1] `backend` is missing",
      "3:34 tasks[1].prompt_file a task has `prompt` or `prompt_file`, not both",
    ]);
  });

  it("may be no text, or nothing", async () => {
    expect(await check("a\0b")).toEqual(["this is not a text file: it holds NUL bytes"]);
    expect(await check(" \n")).toEqual(["there is nothing in it"]);
    expect(await check("3")).toEqual(["1:1 undefined expected an object with `tasks`, or a list of tasks, got 3"]);
  });
});
