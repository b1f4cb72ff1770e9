// Directories from callers: what is inside an allowed one, what only looks so, and what nobody may learn.
import { mkdirSync, mkdtempSync, realpathSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { allowedDirs } from "../../../../src/server/policy/allowed-dirs.js";

const OUTSIDE = "is in none of the directories that this server allows";
let root: string;
const at = (path: string) => join(root, path);

beforeAll(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), "allowed-")));
  for (const dir of ["a/b/c", "ab", "secret/deep"]) mkdirSync(at(dir), { recursive: true });
  writeFileSync(at("a/file"), "");
  symlinkSync(at("secret"), at("a/out"));
  symlinkSync(at("a/b"), at("a/in"));
  symlinkSync("../../secret", at("a/b/up"));
  symlinkSync(at("a"), at("alias"));
  symlinkSync(at("a/loop"), at("a/loop"));
  symlinkSync(at("secret/nothing"), at("a/dangling"));
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

describe("inside", () => {
  it.each([
    ["a", "a"],
    ["a/", "a"],
    ["a/b/c", "a/b/c"],
    ["a/b/../b/./c", "a/b/c"],
    ["ab/../a/b", "a/b"],
    // The directory that was checked is the one that is used, not the link to it.
    ["a/in", "a/b"],
    ["a/in/c", "a/b/c"],
    ["alias/b", "a/b"],
  ])("%s is %s", (path, real) => {
    expect(allowedDirs([at("a")])(`${root}/${path}`)).toEqual({ ok: true, value: at(real) });
  });

  it("everything is inside the root directory", () => {
    expect(allowedDirs(["/"])(at("ab"))).toEqual({ ok: true, value: at("ab") });
  });
});

describe("outside", () => {
  it.each([
    "",
    "ab",
    "secret",
    "a/../secret",
    "a/b/../../secret",
    "a/out",
    "a/out/deep",
    "a/in/up",
    "a/b/up/deep",
    "a/loop",
    "a/b\0",
    "/etc",
  ])("%j", (path) => {
    const full = path.startsWith("/") ? path : `${root}/${path}`;
    expect(allowedDirs([at("a")])(full)).toMatchObject({ ok: false, error: { message: OUTSIDE } });
  });

  it("says the same of what is there and of what is not", () => {
    const find = allowedDirs([at("a")]);
    for (const path of [
      "nothing",
      "secret/nothing",
      "a/out/nothing",
      "a/out/nothing/../deep",
      "a/dangling/x/../../out/y",
    ])
      expect(find(`${root}/${path}`)).toMatchObject({ ok: false, error: { message: OUTSIDE } });
  });

  it("nothing is inside when nothing is allowed", () => {
    expect(allowedDirs([])(at("a")).ok).toBe(false);
  });
});

it("says of a missing directory inside that it is missing", () => {
  for (const path of ["a/nothing", "a/b/nothing/more", "a/in/nothing", "a/file/x"])
    expect(allowedDirs([at("a")])(at(path))).toEqual({ ok: false, error: { message: "does not exist" } });
});

it("an allowed directory may be named by a link, which is followed once and for all", () => {
  mkdirSync(at("first"));
  symlinkSync(at("first"), at("given"));
  const find = allowedDirs([at("given")]);
  expect(find(at("given"))).toEqual({ ok: true, value: at("first") });
  rmSync(at("given"));
  symlinkSync("/", at("given"));
  expect(find("/etc").ok).toBe(false);
  expect(find(at("given")).ok).toBe(false);
});

it("a directory that becomes a link elsewhere is refused from then on", () => {
  mkdirSync(at("a/soon"));
  const find = allowedDirs([at("a")]);
  expect(find(at("a/soon")).ok).toBe(true);
  renameSync(at("a/soon"), at("a/later"));
  symlinkSync(at("secret"), at("a/soon"));
  expect(find(at("a/soon"))).toMatchObject({ ok: false, error: { message: OUTSIDE } });
});

describe("the directory of clinvk's own files", () => {
  const find = (path: string, home: string) => {
    const found = allowedDirs([root], at(home))(at(path));
    return found.ok ? found.value : found.error.message;
  };
  const HOLDS = expect.stringMatching(/^contains clinvk's own files/) as string;
  const INSIDE = expect.stringMatching(/^is inside the directory of clinvk's own files/) as string;

  it.each([
    ["a/b", INSIDE],
    ["a/in", INSIDE],
    ["a/b/c", INSIDE],
    ["a/b/nothing", INSIDE],
    ["a", HOLDS],
    ["alias", HOLDS],
    [".", HOLDS],
  ])("%s: the home is a/b", (path, said) => {
    for (const home of ["a/b", "a/in", "alias/in"]) expect(find(path, home)).toEqual(said);
  });

  it("is compared by whole names", () => {
    expect(find("ab", "a")).toBe(at("ab"));
    expect(find("a", "ab")).toBe(at("a"));
  });

  it("is protected before it exists", () => {
    expect(find("a", "a/new/home")).toEqual(HOLDS);
    expect(find("a/b", "a/new/home")).toBe(at("a/b"));
  });
});
