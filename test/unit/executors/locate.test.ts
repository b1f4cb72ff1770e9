import { chmodSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Located, locate } from "../../../src/executors/locate.js";

const agent = { binary: "agent", package: "@maker/agent" };
const withNative = {
  ...agent,
  native_binaries: (dir: string) => [join(dir, "../agent-native/other"), join(dir, "../agent-native/agent")],
};

let root: string;
beforeEach(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), "locate-")));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function file(path: string, content: string, mode = 0o755): string {
  const full = join(root, path);
  mkdirSync(dirname(full), { recursive: true });
  writeFileSync(full, content);
  chmodSync(full, mode);
  return full;
}

/** An npm package in `prefix` with a bin link, as `npm install` leaves it. */
function npmPackage(prefix: string, script: string, version = "1.2.3"): { link: string; dir: string } {
  const dir = join(root, prefix, "node_modules/@maker/agent");
  file(`${prefix}/node_modules/@maker/agent/package.json`, JSON.stringify({ name: "@maker/agent", version }));
  file(`${prefix}/node_modules/@maker/agent/bin/agent.js`, script);
  const link = join(root, prefix, "node_modules/.bin/agent");
  mkdirSync(dirname(link), { recursive: true });
  symlinkSync("../@maker/agent/bin/agent.js", link);
  return { link, dir };
}

function find(
  path: string,
  backend: Parameters<typeof locate>[0] = agent,
): Extract<Located, { found: true }> | undefined {
  const located = locate(backend, { env: { PATH: path }, clinvk_home: join(root, "home"), cwd: root });
  return located.found ? located : undefined;
}

describe("search order", () => {
  it("takes the first executable on PATH, as found", () => {
    const first = file("one/agent", "\x7fELF");
    file("two/agent", "\x7fELF");
    expect(find(`${join(root, "none")}:${join(root, "one")}:${join(root, "two")}`)).toEqual({
      found: true,
      executable: [first],
      path: first,
      source: "PATH",
    });
  });

  it("skips directories, files that are not executable, broken links, and PATH entries that are files", () => {
    mkdirSync(join(root, "dir/agent"), { recursive: true });
    file("plain/agent", "text", 0o644);
    mkdirSync(join(root, "broken"));
    symlinkSync("nowhere", join(root, "broken/agent"));
    const good = file("good/agent", "\x7fELF");
    const entries = ["dir", "plain", "broken", "plain/agent", "good"].map((name) => join(root, name));
    expect(find(entries.join(":"))?.path).toBe(good);
  });

  it("makes relative entries absolute and ignores empty ones", () => {
    const path = file("bin/agent", "\x7fELF");
    file("agent", "\x7fELF");
    expect(find("::bin")?.executable).toEqual([path]);
    expect(find("")).toBeUndefined();
  });

  it("looks into clinvk's own folder last", () => {
    const { link } = npmPackage("home/clis", "\x7fELF");
    expect(find(join(root, "bin"))).toMatchObject({ path: link, source: "clinvk", version: "1.2.3" });
    file("bin/agent", "\x7fELF");
    expect(find(join(root, "bin"))).toMatchObject({ source: "PATH" });
  });

  it("says when there is none, also without a PATH", () => {
    expect(locate(agent, { env: {}, clinvk_home: join(root, "home") })).toEqual({ found: false });
  });
});

describe("npm packages", () => {
  it("follows the link to the package and reads its version", () => {
    const { link, dir } = npmPackage("lib", "\x7fELF");
    mkdirSync(join(root, "bin"));
    symlinkSync(link, join(root, "bin/agent"));
    expect(find(join(root, "bin"))).toEqual({
      found: true,
      executable: [join(root, "bin/agent")],
      path: join(root, "bin/agent"),
      source: "PATH",
      package_dir: dir,
      version: "1.2.3",
    });
  });

  it("starts a plain node script with this Node", () => {
    const { link } = npmPackage("lib", "#!/usr/bin/env node\nprocess.exit(0)\n");
    expect(find(dirname(link))?.executable).toEqual([process.execPath, link]);
  });

  it.each(["#!/usr/bin/env -S node --max-old-space-size=100\n", "#!/usr/local/bin/node\n", "#!/bin/sh\n"])(
    "leaves %j to the system",
    (shebang) => {
      const { link } = npmPackage("lib", shebang);
      expect(find(dirname(link))?.executable).toEqual([link]);
    },
  );

  it("prefers the native binary of the package to its script or stub", () => {
    const { link } = npmPackage("lib", "this is a stub\n");
    expect(find(dirname(link), withNative)?.executable).toEqual([link]);
    const native = file("lib/node_modules/@maker/agent-native/agent", "\x7fELF");
    expect(find(dirname(link), withNative)?.executable).toEqual([native]);
  });

  it("does not take an unrelated package above the executable for the CLI's", () => {
    file("package.json", JSON.stringify({ name: "my-project", version: "9.9.9" }));
    file("bin/agent", "\x7fELF");
    const located = find(join(root, "bin"), withNative);
    expect(located?.version).toBeUndefined();
    expect(located?.package_dir).toBeUndefined();
  });

  it("survives a broken package.json and one without a version", () => {
    const { link, dir } = npmPackage("lib", "\x7fELF");
    writeFileSync(join(dir, "package.json"), "{ not json");
    expect(find(dirname(link))?.version).toBeUndefined();
    writeFileSync(join(dir, "package.json"), JSON.stringify({ name: "@maker/agent" }));
    expect(find(dirname(link))).toMatchObject({ package_dir: dir });
    expect(find(dirname(link))?.version).toBeUndefined();
  });

  it("drops the platform from the version of a platform package", () => {
    const { link } = npmPackage("lib", "\x7fELF", "0.169.0-linux-x64");
    expect(find(dirname(link))?.version).toBe("0.169.0");
  });
});
