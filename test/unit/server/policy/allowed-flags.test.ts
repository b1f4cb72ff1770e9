// Flags from callers: each test is a way around the list of allowed flags, or a flag that is on it.
import { describe, expect, it } from "vitest";
import { backends } from "../../../../src/backends/index.js";
import { refusedFlags } from "../../../../src/server/policy/allowed-flags.js";

const refused = (name: keyof typeof backends, extra: string[]) =>
  refusedFlags(extra, backends[name].allowed_flags).map(({ index }) => index);

describe("claude", () => {
  it.each([
    [[]],
    [["--effort", "high"]],
    [["--effort=max"]],
    [["--fallback-model", "sonnet"]],
    [["--fallback-model=claude-opus-4-8[1m],haiku", "--effort", "low"]],
  ])("may have %j", (extra) => expect(refused("claude", extra)).toEqual([]));

  it.each([
    [["--dangerously-skip-permissions"], [0]],
    [
      ["--settings", "/tmp/x.json"],
      [0, 1],
    ],
    [["--mcp-config={}"], [0]],
    [
      ["--add-dir", "/"],
      [0, 1],
    ],
    // The value of an allowed flag that is a flag itself, in both spellings.
    [["--effort", "--dangerously-skip-permissions"], [0]],
    [["--effort=--dangerously-skip-permissions"], [0]],
    [["--fallback-model", "-p"], [0]],
    [["--fallback-model", "a b"], [0]],
    // A flag that is hidden behind a complete one, or that begins like one.
    [["--effort", "high", "--settings=/x"], [2]],
    [["--effort=high", "low"], [1]],
    [
      ["--effort-x", "high"],
      [0, 1],
    ],
    [
      ["--eff", "high"],
      [0, 1],
    ],
    [["--effort"], [0]],
    [["--effort="], [0]],
    [["--effort", "high\n"], [0]],
    [["--effort", ""], [0]],
    [
      ["--EFFORT", "high"],
      [0, 1],
    ],
    // No flags at all: a prompt, the end of the flags, names that every object has.
    [["hello"], [0]],
    [["--"], [0]],
    [["-"], [0]],
    [[""], [0]],
    [["constructor"], [0]],
    [["--__proto__=x"], [0]],
    [
      ["__proto__", "toString"],
      [0, 1],
    ],
  ])("may not have %j", (extra, indexes) => expect(refused("claude", extra)).toEqual(indexes));
});

describe("codex", () => {
  it.each([
    [["-c", "model_reasoning_effort=high"]],
    [["-cmodel_reasoning_effort=low"]],
    [["--config", 'model_reasoning_effort="xhigh"']],
    [["--config=model_reasoning_effort=minimal"]],
  ])("may have %j", (extra) => expect(refused("codex", extra)).toEqual([]));

  it.each([
    [["-c", "sandbox_mode=danger-full-access"], [0]],
    [["-csandbox_mode=danger-full-access"], [0]],
    [["-c=model_reasoning_effort=high"], [0]],
    [["--config=mcp_servers.x.command=sh"], [0]],
    [["-c", "model_reasoning_effort=high\nsandbox_mode='danger-full-access'"], [0]],
    [["-c", 'model_reasoning_effort="high", x=1'], [0]],
    [["-c", "model_reasoning_effort={}"], [0]],
    [["-c", "-s"], [0]],
    [["-c"], [0]],
    [["-sdanger-full-access"], [0]],
    [
      ["-s", "danger-full-access"],
      [0, 1],
    ],
    [["--dangerously-bypass-approvals-and-sandbox"], [0]],
    [
      ["resume", "--last"],
      [0, 1],
    ],
  ])("may not have %j", (extra, indexes) => expect(refused("codex", extra)).toEqual(indexes));
});

it("gemini may have none", () => {
  expect(refused("gemini", ["-y"])).toEqual([0]);
  expect(refused("gemini", ["--include-directories=/"])).toEqual([0]);
});

it("a flag without a value takes none", () => {
  const allowed = { "--quiet": null };
  expect(refusedFlags(["--quiet", "--quiet"], allowed)).toEqual([]);
  expect(refusedFlags(["--quiet=1", "--quiet", "1"], allowed).map(({ message }) => message)).toEqual([
    "--quiet takes no value",
    '"1" is no flag that callers may use',
  ]);
});
