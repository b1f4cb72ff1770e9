// Tests that run dist/ must not pass, or fail, because of a build of yesterday.
import { mkdirSync, mkdtempSync, rmSync, unlinkSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";

// Plain JavaScript, so that it runs before anything is installed: it has no types of its own.
const lib = new URL("../../../scripts/lib.mjs", import.meta.url).href;
const { staleBuild } = (await import(lib)) as { staleBuild(dir: string): string | undefined };

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "stale-"));
  for (const file of ["src/a.ts", "src/room/b.ts", "web/main.ts", "package.json"]) write(file, 1000);
  for (const path of ["src", "src/room", "web"]) utimesSync(join(dir, path), 1000, 1000);
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

function write(file: string, seconds: number): void {
  mkdirSync(dirname(join(dir, file)), { recursive: true });
  writeFileSync(join(dir, file), "");
  utimesSync(join(dir, file), seconds, seconds);
}

it("says that there is none", () => {
  expect(staleBuild(dir)).toBe("dist/ is not there");
});

it("takes one that is newer than every source", () => {
  write("dist/web/index.html", 2000);
  expect(staleBuild(dir)).toBeUndefined();
});

it("names a source that has changed since, and sees one that was removed", () => {
  write("dist/web/index.html", 2000);
  write("src/room/b.ts", 3000);
  expect(staleBuild(dir)).toBe(`dist/ is older than ${join("src", "room", "b.ts")}`);
  unlinkSync(join(dir, "src/room/b.ts"));
  expect(staleBuild(dir)).toBe(`dist/ is older than ${join("src", "room")}`);
});
