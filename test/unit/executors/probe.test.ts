import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import type { Backend, BuiltIn } from "../../../src/backends/shared/backend.js";
import { type BackendReport, probeAll } from "../../../src/executors/probe.js";

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "probe-"));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const backend = {
  name: "claude",
  title: "The Agent",
  binary: "agent",
  package: "@maker/agent",
  tested_version: "1.2.3",
  support: { model: { level: "full", note: "--model" } },
  env_names: () => [],
  login: (command: string) => `run ${command} login`,
  reads: (env: Record<string, string>) => [join(env.HOME ?? "", "credentials"), join(env.HOME ?? "", "absent")],
  probe: {
    version_args: ["--version"],
    parse_version: (output: string) => /agent (\S+)/.exec(output)?.[1],
    auth_args: ["auth"],
    env: { DISABLE_TELEMETRY: "1" },
    auth_state: ({ run, user_files }: Parameters<BuiltIn["probe"]["auth_state"]>[0]) =>
      run?.exit_code === 0 || Object.values(user_files).includes("token")
        ? { logged_in: true, how: `said ${JSON.stringify(run?.stdout)}, ${Object.keys(user_files).length} files` }
        : { logged_in: false },
  },
} as unknown as BuiltIn;

function agent(script: string): void {
  const path = join(root, "bin/agent");
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, `#!/bin/sh\n${script}\n`);
  chmodSync(path, 0o755);
}

async function probe(other: Partial<Backend> = {}, limit_ms?: number): Promise<BackendReport> {
  const env = { HOME: root, PATH: `${join(root, "bin")}:/usr/bin:/bin`, MY_OWN: "kept" };
  const options = { env, clinvk_home: join(root, "home"), ...(limit_ms === undefined ? {} : { limit_ms }) };
  const [report] = await probeAll([{ ...backend, ...other } as Backend], options);
  if (!report) throw new Error("no report");
  return report;
}

it("tells version and login of a CLI that works", async () => {
  agent('case "$1" in --version) echo "agent 1.2.3";; auth) echo yes;; esac');
  expect(await probe()).toEqual({
    backend: "claude",
    title: "The Agent",
    custom: false,
    enabled: true,
    usable: true,
    installed: true,
    path: join(root, "bin/agent"),
    source: "PATH",
    version: "1.2.3",
    tested_version: "1.2.3",
    tested: true,
    logged_in: true,
    login: 'said "yes", 0 files',
    problem: null,
    options: backend.support,
  });
});

it("tells one that is not there", async () => {
  expect(await probe()).toMatchObject({ installed: false, usable: false, version: null, logged_in: null, path: null });
});

it("tells another version and a missing login apart from a broken CLI", async () => {
  agent('case "$1" in --version) echo "agent 2.0.0";; auth) exit 1;; esac');
  expect(await probe()).toMatchObject({
    version: "2.0.0",
    tested: false,
    logged_in: false,
    login: "run agent login",
    usable: false,
    problem: null,
  });
});

it("names a CLI that is not on PATH by its path", async () => {
  const bin = join(root, "home of clinvk/clis/node_modules/.bin");
  mkdirSync(bin, { recursive: true });
  writeFileSync(join(bin, "agent"), "#!/bin/sh\nexit 1\n", { mode: 0o755 });
  const [report] = await probeAll([backend], {
    env: { HOME: root, PATH: "/usr/bin:/bin" },
    clinvk_home: join(root, "home of clinvk"),
  });
  expect(report).toMatchObject({ source: "clinvk", login: `run '${bin}/agent' login` });
});

it.each([
  ["all of it", {}, "own other"],
  ["what its tasks see", { config: { backends: { claude: { pass_env: ["OTHER"] } } } }, "other"],
  [
    "what strangers' tasks see",
    { untrusted: true, config: { backends: { claude: { env: { MY_OWN: "configured" } } } } },
    "configured",
  ],
])("asks the CLI in the environment of its tasks: %s", async (_name, options, seen) => {
  agent('case "$1" in --version) echo "agent 1.2.3";; auth) echo $MY_OWN $OTHER;; esac');
  const env = { HOME: root, PATH: `${join(root, "bin")}:/usr/bin:/bin`, MY_OWN: "own", OTHER: "other" };
  const reports = await probeAll([backend], { env, clinvk_home: join(root, "home"), ...options });
  expect(reports[0]?.login).toBe(`said "${seen}", 0 files`);
});

it("masks a key that a CLI prints", async () => {
  agent("echo broken by $AGENT_API_KEY >&2; exit 3");
  const env = { HOME: root, PATH: `${join(root, "bin")}:/usr/bin:/bin`, AGENT_API_KEY: "k3y-of-the-agent" };
  const [report] = await probeAll([backend], { env, clinvk_home: join(root, "home") });
  expect(report?.problem).toBe("it does not tell its version: broken by ***");
});

it("reads the user's files to find a login", async () => {
  agent('case "$1" in --version) echo "agent 1.2.3";; auth) exit 1;; esac');
  writeFileSync(join(root, "credentials"), "token");
  expect(await probe()).toMatchObject({ usable: true, login: 'said "", 1 files' });
});

it("reports a CLI that does not tell its version, with its own words", async () => {
  agent('echo "cannot find libfoo" >&2; exit 3');
  expect(await probe()).toMatchObject({
    usable: false,
    version: null,
    tested: null,
    problem: "it does not tell its version: cannot find libfoo",
  });
});

it("reports one that does not start", async () => {
  agent("");
  writeFileSync(join(root, "bin/agent"), "#!/no/such/interpreter\n");
  expect((await probe()).problem).toMatch(/bin\/agent does not start/);
});

it("stops one that does not answer", async () => {
  agent('case "$1" in --version) echo "agent 1.2.3";; auth) sleep 600;; esac');
  expect(await probe({}, 100)).toMatchObject({ usable: false, problem: "`agent auth` gave no answer within 0.1 s" });
});

it("stops one that floods", async () => {
  agent("exec yes");
  expect(await probe()).toMatchObject({
    usable: false,
    problem: expect.stringContaining("printed more than 262144 bytes"),
  });
});

it("asks for nothing that package.json tells, keeps stdin closed, and switches the CLI's own traffic off", async () => {
  const dir = join(root, "bin");
  agent(`cat > ${root}/stdin; env > ${root}/env; echo "agent 9.9.9"`);
  writeFileSync(join(dir, "package.json"), JSON.stringify({ name: "@maker/agent", version: "1.2.3" }));
  expect(await probe({ probe: { ...backend.probe, version_args: ["never"] } })).toMatchObject({ version: "1.2.3" });
  expect(readFileSync(join(root, "stdin"), "utf8")).toBe("");
  const env = readFileSync(join(root, "env"), "utf8");
  expect(env).toContain("DISABLE_TELEMETRY=1");
  expect(env).toContain("MY_OWN=kept");
});
