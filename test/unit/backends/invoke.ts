// Builds invocations for tests, and looks into what they would write.
import { parse } from "jsonc-parser";
import { backends } from "../../../src/backends/index.js";
import type { Invocation, ScratchFile } from "../../../src/backends/shared/backend.js";
import type { BuiltInBackend } from "../../../src/schema/backend-name.js";
import type { Task } from "../../../src/schema/task.js";
import { contextFor, taskFor } from "./tasks.js";

export function invoke(backend: BuiltInBackend, fields: Partial<Task> = {}, context = contextFor()): Invocation {
  return backends[backend].invocation(taskFor(backend, fields), context);
}

export function content(files: readonly ScratchFile[], path: string): string | undefined {
  const file = files.find((entry) => entry.path === path);
  return file !== undefined && "content" in file ? file.content : undefined;
}

export function settings(invocation: Invocation): Record<string, unknown> {
  return parse(content(invocation.files, "/scratch/task/gemini/.gemini/settings.json") ?? "null");
}
