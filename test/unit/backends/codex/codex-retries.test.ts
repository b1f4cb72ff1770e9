// How often codex itself may ask again: which provider a task's requests go to, and what its settings say already.
import { describe, expect, test } from "vitest";
import type { Task } from "../../../../src/schema/task.js";
import { invoke } from "../invoke.js";
import { contextFor } from "../tasks.js";

const capped = (name: string) => [
  `model_providers.${name}.request_max_retries=0`,
  `model_providers.${name}.stream_max_retries=100`,
];
const MINE = 'model_provider = "mine"\n[model_providers.mine]\nname = "m"\nbase_url = "http://h/v1"\n';

function retries(files: Record<string, string>, extra: string[] = [], fields: Partial<Task> = {}) {
  const user_files = Object.fromEntries(
    Object.entries(files).map(([name, text]) => [`/home/me/.codex/${name}.toml`, text]),
  );
  const { args, warnings, retries_asked } = invoke("codex", { extra, ...fields }, contextFor({ user_files }));
  const ours = args.filter((arg) => arg.startsWith("model_providers") && !extra.includes(arg));
  return { caps: ours, at: args, warnings, retries_asked };
}
const caps = (files: Record<string, string>, extra: string[] = []) => retries(files, extra).caps;

describe("the provider", () => {
  test("of the user's config", () => {
    expect(caps({ config: MINE })).toEqual(capped("mine"));
    expect(caps({ config: "model_providers = { mine = { name = 'm' } }\nmodel_provider = 'mine'" })).toEqual(
      capped("mine"),
    );
  });

  test("of a profile's file, or of flags, which win", () => {
    const profile = { config: MINE.replace('model_provider = "mine"', ""), "work.config": 'model_provider = "mine"' };
    for (const extra of [["--profile=work"], ["--profile", "work"], ["-p", "work"], ["-pwork"]])
      expect(caps(profile, extra)).toEqual(capped("mine"));
    expect(caps(profile)).toEqual([]);
    const other = '[model_providers.other]\nname = "o"';
    for (const extra of [
      ["-c", "model_provider=other"],
      ["--config=model_provider='other'"],
      ['-cmodel_provider="other"'],
    ])
      expect(caps({ config: `${MINE}${other}` }, extra)).toEqual(capped("other"));
  });

  test("with any name", () => {
    const name = 'my.own "one"';
    const config = `model_provider = ${JSON.stringify(name)}\n[model_providers.${JSON.stringify(name)}]\nname = "m"`;
    expect(caps({ config })).toEqual([
      `model_providers={${JSON.stringify(name)}={request_max_retries=0,stream_max_retries=100}}`,
    ]);
  });

  test("that is codex's own takes no settings, and an unknown one is codex's to complain about", () => {
    expect(caps({})).toEqual([]);
    expect(caps({ config: 'model_provider = "openai"' })).toEqual([]);
    expect(caps({ config: 'model_provider = "gone"' })).toEqual([]);
    expect(caps({ config: MINE }, ["--oss"])).toEqual([]);
    expect(caps({ config: MINE }, ["--ignore-user-config"])).toEqual([]);
    expect(caps({ config: "model_provider = [" })).toEqual([]);
  });

  test("of a stranger's task comes from flags only", () => {
    const flags = ["-c", 'model_providers.f={name="f"}', "-c", "model_provider=f"];
    expect(retries({ config: MINE }, [], { untrusted: true }).caps).toEqual([]);
    expect(retries({ config: MINE }, flags, { untrusted: true }).caps).toEqual(capped("f"));
  });
});

// A table of ours would replace the user's (measured with 0.169.0: "provider name must not be empty").
test("the settings come after the user's flags, which may hold the provider's whole table, and add to it", () => {
  const flags = ["-c", 'model_providers.f={name="f"}', "-c", "model_provider=f"];
  expect(retries({}, flags).at.slice(-9)).toEqual(["-", ...flags, ...capped("f").flatMap((one) => ["-c", one])]);
});

test("what the user has set stays, and is told", () => {
  const { caps: left, warnings, retries_asked } = retries({ config: `${MINE}stream_max_retries = 2\n` });
  expect(retries_asked).toBe(true);
  expect(left).toEqual(["model_providers.mine.request_max_retries=0"]);
  expect(warnings).toEqual([expect.stringContaining("sets stream_max_retries = 2 for the provider mine")]);
  const both = ["-c", "model_providers.mine.request_max_retries=3", "-c", "model_providers.mine.stream_max_retries=1"];
  expect(caps({ config: MINE }, both)).toEqual([]);
  expect(retries({ config: MINE })).toMatchObject({ warnings: undefined, retries_asked: undefined });
  expect(retries({ config: `${MINE}stream_max_retries = 0\n` }).retries_asked).toBeUndefined();
});

describe("the log that is switched on", () => {
  const log = (env: Record<string, string>, fields: Partial<Task> = {}) => {
    const { args, env: all, cli_env } = invoke("codex", fields, contextFor({ env }));
    const set = args.find((arg) => arg.startsWith("shell_environment_policy.set.RUST_LOG"));
    return { RUST_LOG: cli_env?.RUST_LOG, set, forChecks: all.RUST_LOG };
  };

  test("is for codex alone: its commands and the checks of the task see none of it", () => {
    expect(log({})).toEqual({
      RUST_LOG: expect.stringMatching(/^error,codex_otel\.trace_safe\[/),
      set: 'shell_environment_policy.set.RUST_LOG=""',
      forChecks: undefined,
    });
  });

  test("comes beside the user's own", () => {
    const own = log({ RUST_LOG: "debug,hyper=off" });
    expect(own.RUST_LOG).toMatch(/^debug,hyper=off,codex_otel\.trace_safe\[/);
    expect(own.set).toBe('shell_environment_policy.set.RUST_LOG="debug,hyper=off"');
    expect(own.forChecks).toBe("debug,hyper=off");
  });

  test("leaves what the user's config sets for commands", () => {
    const user_files = { "/home/me/.codex/config.toml": '[shell_environment_policy]\nset = { RUST_LOG = "trace" }' };
    expect(invoke("codex", {}, contextFor({ user_files })).args.join(" ")).not.toContain("RUST_LOG");
  });
});
