// Tasks and places to run them, for tests of the backends.
import type { InvocationContext } from "../../../src/backends/backend.js";
import type { BackendName, Task } from "../../../src/schema/task.js";

export function taskFor(backend: BackendName, fields: Partial<Task> = {}): Task {
  return {
    index: 0,
    id: "task-1",
    name: "Task",
    backend,
    prompt: "PROMPT-TEXT",
    workdir: "/work/dir",
    approval_mode: "default",
    sandbox_mode: "default",
    max_turns: 0,
    max_tokens: 0,
    allowed_tools: [],
    verbose: false,
    dry_run: false,
    extra: [],
    env: {},
    tags: [],
    meta: {},
    timeout_seconds: 0,
    idle_timeout_seconds: 0,
    retries: 0,
    retry_on: [],
    retry_on_side_effects: false,
    fallbacks: [],
    fallback_on: [],
    output_limit_bytes: 0,
    mcp: false,
    ...fields,
  };
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
