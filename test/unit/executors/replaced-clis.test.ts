// A CLI that is gone in the middle of a run, as during an update: all its tasks wait for it together, for ten seconds.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import type { Attempt } from "../../../src/executors/executor.js";
import type { Found, Located } from "../../../src/executors/locate.js";
import { ReplacedClis } from "../../../src/executors/replaced-clis.js";
import { FakeClock } from "../../rig/fake-clock.js";

const dir = mkdtempSync(join(tmpdir(), "clinvk-replaced-"));
afterAll(() => rmSync(dir, { recursive: true }));

const CLI = { name: "claude", title: "Claude Code" };
const OLD = join(dir, "old");
const NEW = join(dir, "new");
writeFileSync(NEW, "");
const found = (path: string): Found => ({ found: true, executable: [path], path, source: "PATH" });

const DONE: Attempt = {
  exit_code: 0,
  signal: null,
  content: "done",
  outcome: { model: null, session_id: null, usage: null, cost_usd: null, refusals: null },
  may_have_written: false,
  edited: false,
};
const failed = (more: Partial<Attempt>): Attempt => ({
  ...DONE,
  exit_code: 1,
  content: "",
  failure: { kind: "crashed", message: "it ended" },
  ...more,
});
const GONE = failed({ exit_code: null, unstarted: { why: "gone", announced: true } });

function setUp() {
  const clock = new FakeClock();
  let there: Located = { found: false };
  let looks = 0;
  const replaced = new ReplacedClis(() => {
    looks += 1;
    return there;
  }, clock);
  const stop = new AbortController();
  const said: string[] = [];
  const starts: string[] = [];
  return {
    clock,
    stop,
    said,
    starts,
    looks: () => looks,
    comeBack(path = NEW) {
      there = found(path);
    },
    /** Makes an attempt; `ends` = how the CLI at a path ends. */
    attempt: (ends: (path: string) => Attempt = (path) => (path === OLD ? GONE : DONE)) =>
      replaced.attempt(CLI, found(OLD), { signal: stop.signal, onWait: (words) => said.push(words) }, async (cli) => {
        starts.push(cli.path);
        return ends(cli.path);
      }),
  };
}

describe("a CLI that is gone", () => {
  it("is started where it is when it is back, for all that wait, with one search", async () => {
    const { clock, starts, comeBack, looks, attempt } = setUp();
    const all = Promise.all([attempt(), attempt(), attempt()]);
    await clock.pass(3);
    const [before, seconds] = [looks(), starts.length];
    expect(before).toBeLessThanOrEqual(30);
    expect(seconds).toBe(3);
    comeBack();
    await clock.pass(1);
    expect(await all).toEqual([DONE, DONE, DONE]);
    expect(starts).toEqual([OLD, OLD, OLD, NEW, NEW, NEW]);
  });

  it("and stays away fails what waits after ten seconds, and what comes later at once", async () => {
    const { clock, said, attempt } = setUp();
    const first = attempt();
    await clock.pass(9);
    const second = attempt();
    await clock.pass(1);
    const failure = {
      kind: "not_installed",
      message: "Claude Code was removed while the run was under way, and has not come back within 10 s",
    };
    expect(await first).toMatchObject({ failure });
    expect(await second).toMatchObject({ failure });
    expect(await attempt()).toMatchObject({ failure });
    expect(said[0]).toBe("Claude Code is gone, as during an update: it is looked for again for 10 s");
    expect(clock.pending).toBe(0);
  });

  it("may be there but not startable yet: that counts as gone, within the same ten seconds", async () => {
    const { clock, comeBack, attempt, starts } = setUp();
    const ended = attempt(() => GONE);
    comeBack();
    await clock.pass(10);
    expect(await ended).toMatchObject({ failure: { kind: "not_installed" } });
    expect(starts.length).toBeGreaterThan(10);
  });

  it("and again, after it has worked, has ten seconds again", async () => {
    const { clock, comeBack, attempt } = setUp();
    const first = attempt();
    comeBack();
    await clock.pass(1);
    expect(await first).toEqual(DONE);
    await clock.pass(60);
    let broken = true;
    const second = attempt(() => (broken ? GONE : DONE));
    await clock.pass(5);
    broken = false;
    await clock.pass(1);
    expect(await second).toEqual(DONE);
  });

  it("does not keep a task that is stopped", async () => {
    const { stop, clock, attempt } = setUp();
    const ended = attempt();
    await clock.pass(1);
    const failure = { kind: "canceled", message: "stopped" };
    stop.abort(failure);
    expect(await ended).toMatchObject({ failure });
  });
});

describe("a CLI that failed", () => {
  it("without its script is gone, too", async () => {
    const { clock, comeBack, attempt } = setUp();
    const ended = attempt((path) => (path === OLD ? failed({}) : DONE));
    comeBack();
    await clock.pass(1);
    expect(await ended).toEqual(DONE);
  });

  it.each([
    ["that is there", failed({}), NEW],
    ["after it has answered", failed({ content: "half" }), OLD],
    ["after it may have written", failed({ may_have_written: true }), OLD],
    ["for a reason of its own", failed({ failure: { kind: "network", message: "cut" } }), OLD],
  ])("%s is not started again", async (_, end, path) => {
    const replaced = new ReplacedClis(() => expect.unreachable("it is not looked for"), new FakeClock());
    const options = { signal: new AbortController().signal, onWait: () => expect.unreachable("nothing waits") };
    expect(await replaced.attempt(CLI, found(path), options, async () => end)).toBe(end);
  });
});
