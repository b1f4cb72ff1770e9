import { execFileSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import type { BuiltIn } from "../../../src/backends/shared/backend.js";
import { installClis } from "../../../src/cli/install-clis.js";

const fakeNpm = resolve(import.meta.dirname, "../../rig/fake-npm.mjs");
const agent = {
  name: "claude",
  binary: "agent",
  package: "@maker/agent",
  tested_version: "1.2.3",
  native_binaries: (dir: string) => [join(dir, "native/agent")],
} as unknown as BuiltIn;

let root: string;
let home: string;
let progress: string[];
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "install-"));
  home = join(root, "home");
  progress = [];
  mkdirSync(join(root, "bin"));
  symlinkSync(fakeNpm, join(root, "bin/npm"));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function install(extra: Record<string, string> = {}, backend = agent) {
  const env = { PATH: `${join(root, "bin")}:${dirname(process.execPath)}`, FAKE_NPM_LOG: join(root, "log"), ...extra };
  return installClis([backend], { clinvk_home: home, env, progress: (text) => progress.push(text) });
}

/** The arguments of each call of npm. */
function calls(): string[][] {
  if (!existsSync(join(root, "log"))) return [];
  return readFileSync(join(root, "log"), "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
}

const command = () => join(home, "clis/node_modules/.bin/agent");

it("asks npm for the exact version, in a folder of its own that nobody else can read", async () => {
  const result = await install();
  expect(result).toEqual({ ok: true, value: [{ backend: agent, path: command(), was_there: false }] });
  const [args] = calls();
  expect(args?.slice(0, 3)).toEqual(["install", "--prefix", join(home, "clis")]);
  expect(args).toEqual(expect.arrayContaining(["--location=project", "--save-exact", "--ignore-scripts"]));
  expect(args?.at(-1)).toBe("@maker/agent@1.2.3");
  expect(statSync(home).mode & 0o777).toBe(0o700);
  expect(JSON.parse(readFileSync(join(home, "clis/package.json"), "utf8"))).toMatchObject({ private: true });
  expect(readdirSync(home)).toEqual(["clis"]);
  expect(progress.join()).toContain("installing claude 1.2.3 into");
});

it("puts the native binary where the package's install script would have", async () => {
  await install();
  expect(execFileSync(command(), { encoding: "utf8" })).toBe("1.2.3\n");
});

it("leaves the package's command alone where there is no native binary", async () => {
  expect(await install({}, { ...agent, native_binaries: () => [] })).toMatchObject({ ok: true });
  expect(readFileSync(command(), "utf8")).toContain("the install script did not run");
});

it("keeps what is there, and replaces another version", async () => {
  await install();
  expect(await install()).toMatchObject({ ok: true, value: [{ was_there: true }] });
  expect(calls()).toHaveLength(1);
  expect(await install({}, { ...agent, tested_version: "1.3.0" })).toMatchObject({
    ok: true,
    value: [{ was_there: false }],
  });
  expect(execFileSync(command(), { encoding: "utf8" })).toBe("1.3.0\n");
});

it("two at once install once", async () => {
  const results = await Promise.all([install(), install()]);
  expect(results.map((result) => result.ok)).toEqual([true, true]);
  expect(calls()).toHaveLength(1);
  expect(progress.join()).toContain(`another installation is under way (process ${process.pid} `);
});

it("says which command failed and npm's last words, and gives the lock back", async () => {
  const result = await install({ FAKE_NPM: "fail" });
  expect(result).toEqual({
    ok: false,
    error: `npm could not install @maker/agent@1.2.3 (exit code 7):
${Array.from({ length: 12 }, (_, index) => `  npm error line ${index + 19}`).join("\n")}
check the network, npm's \`registry\` and proxy settings and the free disk space, then run it again`,
  });
  expect(await install()).toMatchObject({ ok: true });
});

it("says that npm is missing", async () => {
  const result = await install({ PATH: join(root, "nowhere") });
  expect(!result.ok && result.error).toMatch(/^npm was not found on PATH\n/);
});

it("does not believe npm when nothing was installed", async () => {
  const result = await install({ FAKE_NPM: "nothing" });
  expect(!result.ok && result.error).toMatch(/^npm reported success, but agent 1\.2\.3 is not in /);
});

it("says when its folder cannot be made", async () => {
  writeFileSync(home, "a file");
  const result = await install();
  expect(!result.ok && result.error).toMatch(/^cannot write to .*\nset CLINVK_HOME to a directory/);
});
