// One TOML value: codex takes its settings as `-c key=<TOML>`.

/** A TOML basic string. Its escapes are JSON's, except that TOML wants DEL escaped as well. */
export function tomlString(text: string): string {
  return JSON.stringify(text).replaceAll("\u007f", "\\u007f");
}
