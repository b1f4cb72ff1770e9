// Reads the user's own files that a backend names: settings and logins of its CLI.
import { readFileSync, statSync } from "node:fs";

/** No settings file is larger. */
const MAX_FILE_BYTES = 1 << 20;

/** The contents by path. Leaves out missing and unreadable files: the CLI itself runs without them, too. */
export function readUserFiles(paths: readonly string[]): Record<string, string> {
  const files: Record<string, string> = {};
  for (const path of paths) {
    try {
      const stat = statSync(path);
      // A pipe would be waited for, and no signal would end that.
      if (stat.isFile() && stat.size <= MAX_FILE_BYTES) files[path] = readFileSync(path, "utf8");
    } catch {
      // As said above.
    }
  }
  return files;
}
