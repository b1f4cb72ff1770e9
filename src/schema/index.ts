// The schemas: the single source of truth for types, JSON Schema and the reference tables.

export * from "./backend-name.js";
export { BACKEND_NAMES } from "./built-in.js";
export * from "./chain.js";
export * from "./config.js";
export * from "./event.js";
export * from "./event-version.js";
export * from "./expect.js";
export * from "./failure.js";
export * from "./result.js";
export * from "./task.js";
export * from "./task-file.js";
export * from "./task-input.js";
export * from "./vote.js";
