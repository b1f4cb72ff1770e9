// Which releases of the CLIs clinvk is tested with; alone in a file, so that `clinvk --version` loads nothing else.

/** npm package and tested version of each CLI. */
export const TESTED = {
  claude: { package: "@anthropic-ai/claude-code", version: "2.1.197" },
  codex: { package: "@openai/codex", version: "0.169.0" },
  gemini: { package: "@google/gemini-cli", version: "0.61.0" },
} as const;
