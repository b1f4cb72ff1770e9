import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync, utimesSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type CheckInput, checkExpectations } from "../../../../src/executors/checks/check.js";
import { gitState } from "../../../../src/executors/checks/git-state.js";
import type { Expect } from "../../../../src/schema/expect.js";
import type { Failure } from "../../../../src/schema/failure.js";
import { type TestPlace, testPlace } from "./place.js";

let place: TestPlace;
beforeEach(() => {
  place = testPlace();
});
afterEach(() => place.close());

function check(conditions: Expect, content = "", more: Partial<CheckInput> = {}) {
  return checkExpectations({ ...place, expect: conditions, content, files_changed_by_events: null, ...more });
}

const failed = (message: string | RegExp) => ({
  kind: "check_failed",
  message: typeof message === "string" ? message : expect.stringMatching(message),
});

it("nothing expected is met", async () => {
  expect(await check({})).toBeUndefined();
});

describe("patterns", () => {
  it("that are found, or not, as wanted", async () => {
    expect(await check({ matches: "^ok$", not_matches: "error" }, "fine:\nok")).toBeUndefined();
  });
  it("say which condition is not met", async () => {
    expect(await check({ matches: "^ok$" }, "not ok")).toEqual(failed("the answer does not match /^ok$/"));
    expect(await check({ matches: "n", not_matches: "not" }, "not ok")).toEqual(
      failed("the answer matches /not/, which it must not"),
    );
  });
  it("that take too long fail the check", async () => {
    const failure = await check({ not_matches: "(a+)+$" }, `${"a".repeat(50)}!`);
    expect(failure).toEqual(failed(/^the pattern \/\(a\+\)\+\$\/ took longer than 2 s/));
  });
});

describe("command", () => {
  it("runs in the working directory with the answer on stdin and the task's environment", async () => {
    const command = 'cat > answer && test "$(pwd)" = "$HOME" && test -z "$CLINVK_HOME"';
    expect(await check({ command }, "ünï\n\n")).toBeUndefined();
    expect(await check({ matches: "x", command: 'test "$(cat answer)" = "ünï"' }, "x")).toBeUndefined();
  });
  it("gets a large answer from its file", async () => {
    const path = place.write("it's large", "x".repeat(300_000));
    const stored = { content_file: { path, bytes: 300_000 } };
    expect(await check({ command: 'test "$(wc -c | tr -d " ")" = 300000' }, "", stored)).toBeUndefined();
    expect(await check({ command: "echo 'no'; exit 3" }, "", stored)).toEqual(
      failed("the check `echo 'no'; exit 3` exited with 3: no"),
    );
  });
  it("that does not read its stdin may succeed", async () => {
    expect(await check({ command: "true" }, "x".repeat(1_000_000))).toBeUndefined();
  });
  it("shows its first lines of both outputs, without colours", async () => {
    const command = "printf '\\033[31mred\\033[0m\\n\\ntwo\\nthree\\nfour\\n'; echo oops >&2; exit 7";
    expect(await check({ command })).toEqual(failed(/ exited with 7: red \| two \| three \| oops$/));
  });
  it("that dies by a signal, or does not exist, is not met", async () => {
    expect(await check({ command: "kill -9 $$" })).toEqual(failed(/was ended by SIGKILL$/));
    expect(await check({ command: "no-such-command-here" })).toEqual(failed(/exited with 127: .*not found/));
    expect(await check({ command: "true" }, "", { workdir: join(place.workdir, "gone") })).toEqual(
      failed(/could not be started/),
    );
  });
  it("is stopped when its time is over, what it started included", async () => {
    const failure = await check({ command: "sleep 1000 & sleep 1000", timeout_seconds: 0.1 });
    expect(failure).toEqual(failed(/took longer than 0.1 s \(`expect.timeout_seconds`\)$/));
  });
  it.each<Failure>([
    { kind: "timeout", message: "not done after 3 s", hint: "timeout_seconds sets this limit" },
    { kind: "canceled", message: "stopped before it was done" },
  ])("is stopped by the signal, and that is no verdict on the answer: $kind", async (reason) => {
    const running = check({ command: "touch started; sleep 1000", timeout_seconds: 0 });
    while (!existsSync(join(place.workdir, "started"))) await new Promise((resolve) => setTimeout(resolve, 5));
    place.controller.abort(reason);
    expect(await running).toEqual({ ...reason, message: `${reason.message}; its answer was being checked` });
  });
  it("is not run when another condition has failed already", async () => {
    await check({ matches: "x", command: "touch ran" }, "y");
    expect(existsSync(join(place.workdir, "ran"))).toBe(false);
  });
});

describe("files_changed by events", () => {
  it.each<[boolean, boolean, RegExp | undefined]>([
    [true, true, undefined],
    [false, false, undefined],
    [true, false, /^the task changed no file, but it was expected to/],
    [false, true, /^the task changed files, but it must not/],
  ])("wanted %s, reported %s", async (files_changed, files_changed_by_events, message) => {
    const failure = await check({ files_changed }, "", { files_changed_by_events });
    expect(failure).toEqual(message && failed(message));
  });
  it.each([true, false])("unknown is not met: %s", async (files_changed) => {
    expect(await check({ files_changed })).toEqual(failed(/can't be told: the CLI does not report it/));
  });
});

describe("files_changed by git", () => {
  const git = (...args: string[]) => {
    const identity = ["-c", "user.name=t", "-c", "user.email=t@localhost", "-c", "commit.gpgsign=false"];
    execFileSync("git", [...identity, ...args], { cwd: place.workdir, env: { ...place.env }, stdio: "pipe" });
  };
  /** What was changed, as the failure of `files_changed: false` names it; `undefined` = nothing. */
  async function changes(act: () => void, more: Partial<CheckInput> = {}): Promise<string | undefined> {
    const git_before = await gitState({ ...place, ...more });
    if (git_before === undefined) throw new Error("not a work tree");
    act();
    const options = { git_before, ...more };
    const wanted = await check({ files_changed: true }, "", options);
    const unwanted = await check({ files_changed: false }, "", options);
    expect(wanted === undefined).toBe(unwanted !== undefined);
    return unwanted?.message.split("(files_changed: false): ")[1];
  }

  beforeEach(() => {
    git("init", "-q");
    place.write(".gitignore", "ignored*\n");
    place.write("kept.txt", "kept\n");
    place.write("edited.txt", "one\n");
    git("add", ".");
    git("commit", "-qm", "first");
    place.write("edited.txt", "two\n");
    place.write("untracked.txt", "new\n");
  });

  it.each<[string, () => void, string]>([
    ["a clean file", () => place.write("kept.txt", "changed\n"), "kept.txt"],
    ["a file that was modified before", () => place.write("edited.txt", "three"), "edited.txt"],
    ["the same, back to the commit", () => place.write("edited.txt", "one\n"), "edited.txt"],
    ["an untracked file", () => place.write("untracked.txt", "newer"), "untracked.txt"],
    ["a file that is gone", () => rmSync(join(place.workdir, "kept.txt")), "kept.txt"],
    ["a new file with an odd name", () => place.write("new\nöde name.txt", ""), "new\nöde name.txt"],
    ["many", () => ["a", "b", "c", "d", "e"].forEach((name) => void place.write(name, "")), "a, b, c and 2 more"],
    ["a commit", () => git("commit", "-q", "--allow-empty", "-m", "second"), "a new commit"],
  ])("sees %s", async (_what, act, named) => {
    expect(await changes(act)).toBe(named);
  });

  it.each<[string, () => void]>([
    ["nothing", () => {}],
    ["ignored files", () => place.write("ignored.log", "x")],
    ["what is only staged", () => git("add", ".")],
    [
      "what is written anew, but is the same",
      () => utimesSync(place.write("edited.txt", "two\n"), new Date(0), new Date(0)),
    ],
  ])("does not count %s", async (_what, act) => {
    expect(await changes(act)).toBeUndefined();
  });

  it("looks at the whole work tree, whatever directory the task has and whatever git's variables say", async () => {
    mkdirSync(join(place.workdir, "sub"));
    const more = { workdir: join(place.workdir, "sub"), env: { ...place.env, GIT_DIR: "/nowhere" } };
    expect(await changes(() => place.write("kept.txt", "x"), more)).toBe("kept.txt");
  });

  it("sees what a shell command did though the events name no edit", async () => {
    const act = () => void place.write("kept.txt", "x");
    expect(await changes(act, { files_changed_by_events: false })).toBe("kept.txt");
  });

  it("knows a repository without a commit", async () => {
    rmSync(join(place.workdir, ".git"), { recursive: true });
    git("init", "-q");
    expect(await changes(() => void place.write("kept.txt", "x"))).toBe("kept.txt");
  });

  it("leaves the repository as it is", async () => {
    const index = () => readFileSync(join(place.workdir, ".git/index"), "base64");
    place.write("kept.txt", "kept\n");
    const before = index();
    await gitState(place);
    expect(index()).toBe(before);
  });
});

it("gitState of what is no work tree, or without git, is undefined", async () => {
  expect(await gitState(place)).toBeUndefined();
  expect(await gitState({ ...place, env: { PATH: "/nowhere" } })).toBeUndefined();
});
