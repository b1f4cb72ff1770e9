// Links in the home of a session, where the turns before have left things.
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { writeScratchFiles } from "../../../src/executors/scratch.js";

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "clinvk-scratch-"));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

it("are made anew for each turn, also in place of a file; a directory of the CLI's own stays", () => {
  const own = join(dir, "own");
  const path = join(dir, "home", "creds.json");
  writeFileSync(own, "first");
  const files = [
    { path, link_to: own },
    { path: join(dir, "home", "settings.json"), content: "{}" },
  ];
  writeScratchFiles(files);
  writeScratchFiles(files);
  expect(readlinkSync(path)).toBe(own);
  rmSync(path);
  writeFileSync(path, "refreshed by the CLI");
  writeScratchFiles(files);
  expect(lstatSync(path).isSymbolicLink()).toBe(true);
  expect(readFileSync(own, "utf8")).toBe("first");

  const folder = join(dir, "home", "extensions");
  mkdirSync(folder);
  writeFileSync(join(folder, "kept"), "");
  writeScratchFiles([{ path: folder, link_to: dir }]);
  expect(existsSync(join(folder, "kept"))).toBe(true);
});

it("removes what must not be there, and nothing that a link leads to", () => {
  const own = join(dir, "own");
  mkdirSync(own, { recursive: true });
  writeFileSync(join(own, "kept"), "");
  const home = join(dir, "session");
  mkdirSync(join(home, "real"), { recursive: true });
  symlinkSync(own, join(home, "policies"));
  writeScratchFiles(["policies", "real", "never-there"].map((name) => ({ path: join(home, name), removed: true })));
  expect(readdirSync(home)).toEqual([]);
  expect(readdirSync(own)).toEqual(["kept"]);
});
