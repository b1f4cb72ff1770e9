// Tasks and places to run them, for tests of the backends.
import type { InvocationContext } from "../../../src/backends/shared/backend.js";
import type { BuiltInBackend } from "../../../src/schema/backend-name.js";
import type { Task } from "../../../src/schema/task.js";
import { makeTask } from "../../rig/plan.js";

export function taskFor(backend: BuiltInBackend, fields: Partial<Task> = {}): Task {
  return makeTask({ backend, prompt: "PROMPT-TEXT", workdir: "/project", ...fields });
}

export function contextFor(fields: Partial<InvocationContext> = {}): InvocationContext {
  return {
    scratch: "/scratch/task",
    executable: ["/bin/cli"],
    env: { HOME: "/home/me", PATH: "/bin", SECRET_OF_MINE: "s3cret" },
    marker: ":run.0:",
    user_files: {},
    ...fields,
  };
}
