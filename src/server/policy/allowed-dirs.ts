// In which directories the tasks of callers may work: links are followed before anything is compared.
// An agent may change the files of its directory, so clinvk's own configuration, keys and journals must be in none of them.
import { realpathSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { err, ok, type Result } from "../../util/result.js";

/** Finds the real directory that a caller means. */
export type AllowedDirs = (path: string) => Result<string, DirRefusal>;

/** Why a directory can't be used: `message` fits after "the directory …", `hint` says what helps. */
export interface DirRefusal {
  message: string;
  hint?: string;
}

const OUTSIDE: DirRefusal = {
  message: "is in none of the directories that this server allows",
  hint: "`server.allowed_workdir_prefixes` of the server's configuration lists them",
};
const HOLDS_HOME: DirRefusal = {
  message: "contains clinvk's own files (configuration, keys, recorded runs), which an agent could change",
  hint: "work in a subdirectory without them, or start the server with `CLINVK_HOME` somewhere else",
};
const IN_HOME: DirRefusal = {
  message: "is inside the directory of clinvk's own files (configuration, keys, recorded runs)",
  hint: "work in another directory, or start the server with `CLINVK_HOME` somewhere else",
};

/**
 * `prefixes` and `clinvk_home` are absolute; without `clinvk_home` the directory of clinvk's own files is not protected.
 * They are resolved now, once: what a task may change later, such as a link on the way to one of them, does not move them.
 */
export function allowedDirs(prefixes: readonly string[], clinvk_home?: string): AllowedDirs {
  const roots = prefixes.flatMap((prefix) => realPlace(prefix)?.path ?? []);
  const home = clinvk_home === undefined ? undefined : realPlace(clinvk_home)?.path;
  return (path) => {
    const place = realPlace(path);
    // The same words for what is not there and what is: nobody learns what lies outside.
    if (place === undefined || !roots.some((root) => isInside(place.path, root))) return err(OUTSIDE);
    if (home !== undefined && isInside(place.path, home)) return err(IN_HOME);
    if (home !== undefined && isInside(home, place.path)) return err(HOLDS_HOME);
    return place.is_there ? ok(place.path) : err({ message: "does not exist" });
  };
}

/** `/ab` is not inside `/a`. */
function isInside(path: string, root: string): boolean {
  return path === root || path.startsWith(join(root, "/"));
}

/** Where a path leads, links resolved as far as it exists; `undefined` = it can't be told. */
function realPlace(path: string): { path: string; is_there: boolean } | undefined {
  let existing = resolve(path);
  let missing = "";
  for (;;) {
    try {
      return { path: join(realpathSync(existing), missing), is_there: missing === "" };
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      // The root always exists, so this comes to an end.
      if (code !== "ENOENT" && code !== "ENOTDIR") return undefined;
      missing = join(basename(existing), missing);
      existing = dirname(existing);
    }
  }
}
