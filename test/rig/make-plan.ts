// A file of tasks as a plan, by the same way as the command line's.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type PrepareRequest, prepare } from "../../src/app/prepare.js";
import { type Diagnostic, formatDiagnostics } from "../../src/document/diagnostics.js";
import type { Plan } from "../../src/plan/plan.js";

type More = Partial<Omit<PrepareRequest, "source">>;

/** The plan of a file that is given as a value, or as text. */
export async function makePlanFor(file: unknown, more: More = {}): Promise<Plan> {
  const made = await prepareIt(file, more);
  if (!made.ok) throw new Error(formatDiagnostics(made.error));
  return made.value.plan;
}

/** What is wrong with it. */
export async function problemsOf(file: unknown, more: More = {}): Promise<Diagnostic[]> {
  const made = await prepareIt(file, more);
  return made.ok ? [] : made.error;
}

async function prepareIt(file: unknown, more: More) {
  const cwd = mkdtempSync(join(tmpdir(), "clinvk-plan-"));
  try {
    const source = typeof file === "string" ? { name: "stdin", text: file } : { name: "file", value: file };
    return await prepare({ source, flags: {}, env: { HOME: cwd, CLINVK_HOME: cwd }, cwd, ...more });
  } finally {
    rmSync(cwd, { recursive: true, force: true });
  }
}
