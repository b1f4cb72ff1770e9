// All commands by name. Separate from the entry point: other modules can import the table without starting a command.
import type { Commands } from "./io.js";

/** Every command, in the order of the help; each is its own bundle, loaded on demand. */
export const COMMANDS: Commands = {
  parallel: { summary: "Run the tasks in a file in parallel", load: () => import("./commands/parallel.js") },
  chain: {
    summary: "Run steps one after another, each using earlier answers",
    load: () => import("./commands/chain.js"),
  },
  compare: { summary: "Ask several backends the same question", load: () => import("./commands/compare.js") },
  prompt: { summary: "Ask one backend", load: () => import("./commands/prompt.js") },
  resume: { summary: "Continue a session", load: () => import("./commands/resume.js") },
  sessions: { summary: "List, show and delete sessions", load: () => import("./commands/sessions.js") },
  runs: { summary: "List, show, resume and remove runs", load: () => import("./commands/runs.js") },
  explain: {
    summary: "Explain a kind of failure, or what failed in a run",
    load: () => import("./commands/explain.js"),
  },
  config: { summary: "Show and change the configuration", load: () => import("./commands/config.js") },
  backends: { summary: "Show or install the AI CLIs", load: () => import("./commands/backends.js") },
  schema: { summary: "Print a JSON Schema", load: () => import("./commands/schema.js") },
  serve: { summary: "Serve the HTTP API and the dashboard", load: () => import("./commands/serve.js") },
  init: { summary: "Write a first task file", load: () => import("./commands/init.js") },
  completion: { summary: "Print a script for your shell", load: () => import("./commands/completion.js") },
  offline: {
    summary: "Start the offline model, a fake model server for tests",
    load: () => import("./commands/offline.js"),
  },
  version: { summary: "Show the versions", load: () => import("./commands/version.js") },
};
