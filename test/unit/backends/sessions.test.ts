// How each CLI is told to keep a conversation, and to go on with one.
import { describe, expect, it } from "vitest";
import { backends } from "../../../src/backends/index.js";
import { BACKEND_NAMES } from "../../../src/schema/built-in.js";
import { invoke } from "./invoke.js";
import { run } from "./play.js";
import { contextFor } from "./tasks.js";

const id = "20260101-000000-aaaaaa";
const home = "/clinvk/sessions/x/home";
const begun = { id, home };
const usage = { input_tokens: 12, output_tokens: 8, cached_tokens: 2, reasoning_tokens: 0 };
const resumed = { ...begun, resume: { id: "CLI-ID", usage } };
const offline = contextFor({ offline: { url: "http://127.0.0.1:1", api_key: "k" } });

describe("claude", () => {
  it("keeps nothing unless asked to, and goes on by its own id", () => {
    const flags = (session?: typeof begun) => invoke("claude", session ? { session } : {}).args;
    expect(flags()).toContain("--no-session-persistence");
    expect(flags(begun).join(" ")).not.toMatch(/session|resume/);
    expect(flags(resumed)).toContain("--resume=CLI-ID");
    expect(flags(resumed)).not.toContain("--no-session-persistence");
  });
});

describe("codex", () => {
  it("keeps nothing unless asked to; `resume` and the id come after all flags", () => {
    expect(invoke("codex").args).toContain("--ephemeral");
    const { args } = invoke("codex", { session: begun, extra: ["--x"] });
    expect(args).not.toContain("--ephemeral");
    expect(args.slice(-2)).toEqual(["-", "--x"]);
    const again = invoke("codex", { session: resumed, extra: ["--x"], sandbox_mode: "workspace" }).args;
    expect(again.slice(-4)).toEqual(["--x", "resume", "CLI-ID", "-"]);
    expect(again).toContain("--sandbox=workspace-write");
  });

  const answer = [
    { type: "thread.started", thread_id: "CLI-ID" },
    { type: "item.completed", item: { type: "agent_message", text: "yes" } },
  ];
  const total = {
    type: "turn.completed",
    usage: { input_tokens: 30, cached_input_tokens: 2, output_tokens: 20, reasoning_output_tokens: 1 },
  };

  it("of a resumed thread it reports the sum of all turns: what went before is taken off", () => {
    expect(run("codex", [...answer, total], {}, { session: resumed }).outcome.usage).toEqual({
      input_tokens: 18,
      output_tokens: 12,
      cached_tokens: 0,
      reasoning_tokens: 1,
    });
    expect(run("codex", [...answer, total], {}, { session: begun }).outcome.usage?.input_tokens).toBe(30);
  });

  it("where nobody knows what went before, nobody knows what this turn has used", () => {
    const session = { ...begun, resume: { id: "CLI-ID", usage: null } };
    expect(run("codex", [...answer, total], {}, { session }).outcome.usage).toEqual({
      input_tokens: null,
      output_tokens: null,
      cached_tokens: null,
      reasoning_tokens: null,
    });
  });
});

describe("gemini", () => {
  it("lives in the session's own home, with the user's settings and credentials", () => {
    const context = contextFor({ env: { HOME: "/home/me", GEMINI_API_KEY: "k" } });
    const { env, files, args } = invoke("gemini", { session: resumed }, context);
    expect(env.GEMINI_CLI_HOME).toBe(home);
    expect(files.map((file) => file.path)).toContain(`${home}/.gemini/settings.json`);
    expect(files).toContainEqual({
      path: `${home}/.gemini/oauth_creds.json`,
      link_to: "/home/me/.gemini/oauth_creds.json",
    });
    expect(args).toContain("--resume=CLI-ID");
    expect(invoke("gemini", { session: begun }, context).args.join(" ")).not.toContain("resume");
  });
});

describe("all of them", () => {
  it.each(BACKEND_NAMES)("%s says that it keeps conversations", (name) => {
    expect(backends[name].keeps_sessions).toBe(name === "gemini" ? "answered" : "always");
  });

  it.each([
    ["claude", "CLAUDE_CONFIG_DIR", `${home}/.claude`],
    ["codex", "CODEX_HOME", `${home}/.codex`],
    ["gemini", "GEMINI_CLI_HOME", home],
  ] as const)("%s keeps an offline conversation in the session's own home", (name, variable, path) => {
    const { env } = invoke(name, { session: begun }, offline);
    expect([env[variable], env.HOME]).toEqual([path, home]);
    expect(invoke(name, {}, offline).env[variable]).toContain("/scratch/task/home");
  });

  it("online claude and codex use the user's own home", () => {
    for (const name of ["claude", "codex"] as const) {
      const { env } = invoke(name, { session: begun });
      expect([env.HOME, env.CLAUDE_CONFIG_DIR, env.CODEX_HOME]).toEqual(["/home/me", undefined, undefined]);
    }
  });
});
