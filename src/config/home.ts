// Finds clinvk's own directory, which holds installed CLIs, scratch directories and the configuration file.
import { homedir } from "node:os";
import { join, resolve } from "node:path";

/** `$CLINVK_HOME`, else `~/.clinvk`; always absolute. */
export function clinvkHome(env: Readonly<Record<string, string | undefined>>): string {
  return env.CLINVK_HOME ? resolve(env.CLINVK_HOME) : join(env.HOME || homedir(), ".clinvk");
}
