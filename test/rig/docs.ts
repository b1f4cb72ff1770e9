// The pages of the documentation, and the blocks of code in them.
import { readdirSync, readFileSync } from "node:fs";
import { join, relative, resolve } from "node:path";

const root = resolve(import.meta.dirname, "../..");

export interface Block {
  /** Page and line. */
  place: string;
  language: string;
  text: string;
}

/** Absolute paths of all Markdown files in these places, which are files or directories of the repository. */
export function markdownPages(...places: string[]): string[] {
  return places.flatMap((place) =>
    place.endsWith(".md")
      ? [join(root, place)]
      : readdirSync(join(root, place), { recursive: true, encoding: "utf8" })
          .filter((name) => name.endsWith(".md"))
          .map((name) => join(root, place, name)),
  );
}

/** The blocks of a page, in order. */
export function codeBlocks(page: string): Block[] {
  const text = readFileSync(page, "utf8");
  return [...text.matchAll(/^```(\w*)\n(.*?)^```$/gms)].map(({ 1: language = "", 2: body = "", index }) => ({
    place: `${relative(root, page)}:${text.slice(0, index).split("\n").length}`,
    language,
    text: body,
  }));
}
