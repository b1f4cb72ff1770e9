// Checks a task file while a person types it, with the code of the command line: its problems and their places.
// Loaded only with the page that needs it: schema and parsers are half of the code.
import "./no-eval.js";
import { type Diagnostic, parsePath, toDiagnostics } from "../../src/document/diagnostics.js";
import type { ErrorDetail } from "../../src/schema/api.js";
import { TaskFile } from "../../src/schema/task-file.js";
import { checkTasks, openTaskText } from "../../src/task-file/task-text.js";

export interface Checked {
  diagnostics: Diagnostic[];
  /** What will be sent, if nothing is wrong. */
  file?: TaskFile;
  /** The server's problems at the places of this text. */
  place(details: readonly ErrorDetail[]): Diagnostic[];
}

/** `name` tells the format by its extension; without one the text itself does. */
export async function checkText(text: string, name: string, backends?: readonly string[]): Promise<Checked> {
  const document = await openTaskText(text, name);
  if (!document.ok) return { diagnostics: toDiagnostics(name, document.error), place: () => [] };
  const { value, problems, locate } = checkTasks(TaskFile, document.value, backends);
  return {
    diagnostics: toDiagnostics(name, problems, locate),
    ...(value === undefined || problems.length > 0 ? {} : { file: value }),
    place: (details) =>
      details.map(({ path, message, hint }) => ({
        source: name,
        message,
        ...(path === undefined ? {} : { path, ...locate(parsePath(path)) }),
        ...(hint === undefined ? {} : { hint }),
      })),
  };
}
