// All backends by name. A new AI CLI is one file beside this one, one line here, and a folder of recordings.
import type { BackendName } from "../schema/task.js";
import type { Backend } from "./backend.js";
import { claude } from "./claude.js";
import { codex } from "./codex.js";
import { gemini } from "./gemini.js";

export const backends: Readonly<Record<BackendName, Backend>> = { claude, codex, gemini };
