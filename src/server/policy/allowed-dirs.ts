// In which directories the tasks of callers may work: links are followed before anything is compared.
import { realpathSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { err, ok, type Result } from "../../util/result.js";

/** Finds the real directory that a caller means; the error says, after "the directory …", why it can't be used. */
export type AllowedDirs = (path: string) => Result<string, string>;

/**
 * `prefixes` are absolute. They are resolved now, once: what a task may change later, such as a link on the way to one of
 * them, does not move them.
 */
export function allowedDirs(prefixes: readonly string[]): AllowedDirs {
  const roots = prefixes.flatMap((prefix) => realPlace(prefix)?.path ?? []);
  return (path) => {
    const place = realPlace(path);
    // The same words for what is not there and what is: nobody learns what lies outside.
    if (place === undefined || !roots.some((root) => isInside(place.path, root)))
      return err("is in none of the directories that this server allows");
    return place.is_there ? ok(place.path) : err("does not exist");
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
