// The AI CLIs that are built into clinvk, one line each. It imports nothing, so `clinvk --version` loads nothing else.

/** The npm package of each CLI, and the version that clinvk is tested with. `backends/index.ts` must have the same names. */
export const BUILT_IN = {
  claude: { package: "@anthropic-ai/claude-code", tested_version: "2.1.197" },
  codex: { package: "@openai/codex", tested_version: "0.169.0" },
  gemini: { package: "@google/gemini-cli", tested_version: "0.61.0" },
} as const;

export type BuiltInName = keyof typeof BUILT_IN;

/** In the order in which lists show them. */
export const BACKEND_NAMES = Object.keys(BUILT_IN) as BuiltInName[];

/** The backend if neither the task nor the configuration names one. */
export const DEFAULT_BACKEND: BuiltInName = "claude";
