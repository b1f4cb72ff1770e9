// The live view in a real terminal: what a person sees of it while it runs, and that nothing is left of it.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Workspace } from "../rig/clinvk.js";
import { FakeClis } from "../rig/fake-clis.js";
import { noPty, type PtyOptions, PtyRun } from "../rig/pty.js";
import { timeless } from "../rig/timeless.js";

let clis: FakeClis;
let space: Workspace;

beforeEach(async () => {
  clis = await FakeClis.start();
  space = new Workspace({ bin: [clis.bin] });
});
afterEach(async () => {
  await clis.close();
  space.close();
});

/** Starts `count` tasks on claude; a name of `Task 1`, a prompt of `say 1;`. */
function start(count: number, { flags = "", ...options }: PtyOptions & { flags?: string; max_parallel?: number } = {}) {
  const { max_parallel = 3, ...rest } = options;
  const tasks = Array.from({ length: count }, (_, i) => ({
    backend: "claude",
    name: `Task ${i + 1}`,
    prompt: `say ${i + 1};`,
    retries: 0,
  }));
  space.file("tasks.json", { max_parallel, tasks });
  return new PtyRun(space, `echo before; exec clinvk parallel -f tasks.json ${flags}`, rest);
}

const next = (n: number) => clis.next({ prompt: `say ${n};` });
const answer = async (n: number, text = `this is ${n}`) => (await next(n)).answer(text);
const bash = (command: string) => ({
  type: "assistant",
  message: { id: "m1", model: "m", content: [{ type: "tool_use", id: "t1", name: "Bash", input: { command } }] },
});
const SPINNER = /[\u2801-\u28ff]/u;
// What begins an escape sequence.
const ESCAPE = "\u001b";
const REPORT_OF_3 = `before
Executing 3 tasks with max 3 parallel workers
========================================

[claude] Task 2
this is 2

[claude] Task 1
this is 1

[claude] Task 3
this is 3

========================================
PARALLEL EXECUTION SUMMARY
========================================
TASK                BACKEND     STATUS   DURATION   OUTPUT
Task 1              claude      OK       0.00s      Complete
Task 2              claude      OK       0.00s      Complete
Task 3              claude      OK       0.00s      Complete
----------------------------------------
Total: 3/3 tasks completed (0.00s)
Used:  9 tokens in, 15 out, $0.0300`;

describe.skipIf(noPty !== undefined)(`the live view${noPty === undefined ? "" : ` (${noPty})`}`, () => {
  it("shows what every task does, answers above it, and in the end only the report", async () => {
    const run = start(3);
    const one = await next(1);
    await one.records(bash("npm test"));
    const screen = await run.shows(/3 running/);
    await run.shows(/\$ npm test/);
    expect(screen[0]).toBe("before");
    expect(run.cursorVisible).toBe(false);
    await answer(2);
    const after = (await run.shows(/1\/3 done · 2 running/)).filter((line) => line !== "");
    expect(after.slice(3)).toEqual([
      "[claude] Task 2",
      "this is 2",
      expect.stringMatching(/^[⠀-⣿] 0:\d\d Task 1 {2}claude {2}\$ npm test$/u),
      expect.stringMatching(/^[⠀-⣿] 0:\d\d Task 3 {2}claude$/u),
      expect.stringMatching(/^1\/3 done · 2 running · 8 tokens · \$0\.0100 · 0:\d\d$/),
    ]);
    await one.answer("this is 1");
    await run.shows(/2\/3 done/);
    await answer(3);
    expect(await run.done).toBe(0);
    expect(timeless(run.text)).toBe(timeless(REPORT_OF_3));
    expect(run.cursorVisible).toBe(true);
  });

  it("is alone on the terminal when the results go elsewhere", async () => {
    const run = start(2, { flags: "--json > out.json" });
    await run.shows(/2 running/);
    await answer(1);
    await run.shows(/1\/2 done · 1 running/);
    await answer(2);
    expect(await run.done).toBe(0);
    expect(run.text).toMatch(/^before\n✓ Task 1 .*\n✓ Task 2 .*\nUsed: {2}6 tokens in, 10 out, \$0\.0200$/);
    expect(JSON.parse(readFileSync(join(space.dir, "out.json"), "utf8"))).toMatchObject({ completed_tasks: 2 });
  });

  it.each(["tee out.txt", "cat"])("leaves the screen to the answers where they come through `| %s`", async (reader) => {
    const run = start(3, { flags: `| ${reader}` });
    const answers = [1, 2, 3].map((n) => ["first", "second", "last"].map((line) => `${line} line of ${n}`));
    const lines = (n: number) => answers[n - 1] ?? [];
    const clis = await Promise.all([1, 2, 3].map(next));
    for (const n of [2, 1, 3]) {
      await clis[n - 1]?.answer(lines(n).join("\n"));
      await run.shows((screen) => screen.includes(lines(n).at(-1) ?? ""));
    }
    expect(await run.done).toBe(0);
    const shown = run.text.split("\n");
    for (const line of answers.flat()) expect(shown).toContain(line);
    expect(run.text).not.toMatch(SPINNER);
    expect(run.raw).not.toContain(ESCAPE);
    expect(shown).toContain("[task-1] Task 1: started on claude");
  });

  it("keeps warnings and the steps of verbose tasks above it", async () => {
    space.file("tasks.json", { tasks: [{ backend: "claude", prompt: "p", verbose: true, output_format: "json" }] });
    const run = new PtyRun(space, "exec clinvk parallel -f tasks.json --quiet");
    const cli = await clis.next();
    await run.shows(/1 running/);
    await cli.records(bash("npm test"));
    const screen = await run.shows(/\[task-1\] \$ npm test\n(.*\n)*.*1 running/);
    expect(screen.join("\n")).toMatch(/^warning: .*output_format/);
    await cli.answer("done");
    expect(await run.done).toBe(0);
    expect(run.text).not.toMatch(SPINNER);
  });

  it("survives a resize to narrow and back without leftovers", async () => {
    const run = start(3);
    const one = await next(1);
    await one.records(bash(`echo ${"very ".repeat(20)}long`));
    await run.shows(/3 running/);
    await run.shows(/very very/);
    const frameOf = (screen: string[]) => screen.filter((line) => SPINNER.test(line) || / done/.test(line));
    for (const columns of [30, 20, 50, 80]) {
      run.resize(columns, 24);
      const fits = (screen: string[]) => {
        const [first = ""] = frameOf(screen);
        return first.length <= columns && first.length > columns - 12 && first.endsWith(columns > 45 ? "…" : "");
      };
      const screen = await run.shows(fits);
      expect(frameOf(screen)).toHaveLength(4);
    }
    await answer(2);
    await run.shows(/1\/3 done/);
    await one.answer("this is 1");
    await run.shows(/2\/3 done/);
    await answer(3);
    expect(await run.done).toBe(0);
    expect(timeless(run.text)).toBe(timeless(REPORT_OF_3));
  });

  it("shows 30 tasks on 10 rows, and puts only answers into the scrollback", async () => {
    const run = start(30, { rows: 10, columns: 60, max_parallel: 10 });
    const screen = await run.shows(/10 running/);
    expect(screen.filter((line) => SPINNER.test(line))).toHaveLength(7);
    const counts = expect.stringMatching(/^0\/30 done · 10 running · 20 waiting · 0:\d\d$/);
    expect(screen.slice(7)).toEqual(["  … and 3 more", counts, ""]);
    for (let n = 1; n <= 30; n += 1) await answer(n, `this is ${n}\n${"more\n".repeat(3)}`);
    expect(await run.done).toBe(0);
    expect(run.text).not.toMatch(SPINNER);
    expect(run.text).not.toMatch(/running|waiting/);
    expect(run.text.match(/^this is \d+(\nmore){3}\n\n/gm)).toHaveLength(30);
    expect(run.text.match(/^Task \d+ .* OK /gm)).toHaveLength(30);
  });

  it.each([
    [20, 24],
    [80, 3],
    [5, 2],
  ])("does not scroll on %i columns and %i rows", async (columns, rows) => {
    const run = start(3, { columns, rows, flags: "> /dev/null" });
    const one = await next(1);
    await run.shows((screen) => screen.join("\n").includes(columns === 5 ? "0/3" : "running"));
    for (const command of ["npm test", "npm run build"]) await one.records(bash(command));
    await one.answer("this is 1");
    await run.shows(columns === 5 ? /1\/3/ : /1\/3 done/);
    // No row of a frame: nothing but what is above it.
    expect(run.scrollback.filter((line) => !/^(befor|e$|✓ )/.test(line))).toEqual([]);
    await Promise.all([answer(2), answer(3)]);
    expect(await run.done).toBe(0);
    expect(run.text.replaceAll("\n", "")).toMatch(/^before✓.*Used:/);
  });

  it("lets Ctrl-C end the run with the summary, the cursor back", async () => {
    const run = start(2);
    await Promise.all([next(1), next(2)]);
    await run.shows(/2 running/);
    run.type("\u0003");
    expect(await run.done).toBe(130);
    expect(run.cursorVisible).toBe(true);
    expect(run.text).not.toMatch(SPINNER);
    expect(run.text).toContain("clinvk: SIGINT: stopping");
    expect(run.text).toMatch(/^Total: 0\/2 tasks completed/m);
  });

  it("gives the cursor back when Ctrl-\\ ends the process at once", async () => {
    const run = start(1);
    await next(1);
    await run.shows(/1 running/);
    run.type("\u001c");
    await run.done;
    expect(run.cursorVisible).toBe(true);
    expect(run.text).not.toContain("1 running");
  });

  it("gives the terminal back when the process is stopped, and goes on when it goes on", async () => {
    const run = start(1);
    const one = await next(1);
    await run.shows(/1 running/);
    run.type("\u001a");
    await run.shows((screen) => run.cursorVisible && !screen.join("\n").includes("running"));
    process.kill(run.pid, "SIGCONT");
    await run.shows(/1 running/);
    expect(run.cursorVisible).toBe(false);
    await one.answer("this is 1");
    expect(await run.done).toBe(0);
    expect(run.cursorVisible).toBe(true);
  });

  it("leaves nothing behind when clinvk dies of a bug of its own", async () => {
    const bug = space.file("bug.cjs", 'process.on("SIGUSR2", () => { throw new Error("a bug"); });');
    const run = start(2, { env: { NODE_OPTIONS: `--require ${bug}` } });
    await Promise.all([next(1), next(2)]);
    await run.shows(/2 running/);
    process.kill(run.pid, "SIGUSR2");
    expect(await run.done).not.toBe(0);
    expect(run.text).toContain("Error: a bug");
    expect(run.text).not.toMatch(SPINNER);
    expect(run.text).not.toContain("2 running");
    expect(run.cursorVisible).toBe(true);
  });

  it("has no colours with NO_COLOR, nor if the configuration wants none", async () => {
    const colours = (run: PtyRun) => run.raw.split(ESCAPE).filter((piece) => /^\[[\d;]*m/.test(piece)).length;
    for (const [env, some] of [
      [{}, true],
      [{ NO_COLOR: "1" }, false],
      [{ CLINVK_CONFIG: space.file("plain.yaml", "output: { color: false }") }, false],
    ] as const) {
      const run = start(1, { env });
      const one = await next(1);
      await run.shows(/1 running/);
      await one.answer("this is 1");
      expect(await run.done).toBe(0);
      expect(colours(run) > 0).toBe(some);
    }
  });

  it.each([
    ["TERM=dumb", { env: { TERM: "dumb" } }],
    ["CI", { env: { CI: "true", NO_COLOR: "1" } }],
    ["--progress plain", { flags: "--progress plain", env: { NO_COLOR: "1" } }],
  ])("is plain lines with %s", async (_, options) => {
    const run = start(1, options);
    await answer(1);
    expect(await run.done).toBe(0);
    expect(run.raw).not.toContain(ESCAPE);
    expect(run.text).toContain("\n[task-1] Task 1: started on claude\n");
    expect(run.text).toMatch(/\n\[task-1\] Task 1: OK \(\d+\.\d\ds\)\n/);
  });

  it("leaves a line for each task whose answer is not shown", async () => {
    const run = start(2, { flags: "--quiet" });
    const [one, two] = await Promise.all([next(1), next(2)]);
    await two.answer("fine");
    await run.shows(/^✓ Task 2 {2}claude {2}\d+\.\d s\n.* Task 1 .*\n1\/2 done · 1 running/m);
    one.exit(3);
    expect(await run.done).toBe(1);
    expect(run.text).toMatch(/^before\n✓ Task 2 .*\n✗ Task 1 {2}claude {2}\w.*\n=+\nPARALLEL/);
    expect(run.text).not.toMatch(SPINNER);
  });

  it("gives headings the colour of their backend", async () => {
    const run = start(1);
    await answer(1);
    expect(await run.done).toBe(0);
    expect(run.raw).toContain(`${ESCAPE}[1m${ESCAPE}[35m[claude] Task 1${ESCAPE}[39m${ESCAPE}[22m`);
  });

  it.each(["--progress none", "--quiet --progress none"])("is not there with %s", async (flags) => {
    const run = start(1, { flags, env: { NO_COLOR: "1" } });
    await answer(1);
    expect(await run.done).toBe(0);
    expect(run.raw).not.toContain(ESCAPE);
    expect(run.text).not.toContain("[task-1]");
  });
});

it("is not even loaded where stderr is no terminal: plain lines, one per change of state", async () => {
  space.file("tasks.json", { tasks: [{ backend: "claude", name: "Review", prompt: "p" }] });
  const trace = space.file(
    "trace.cjs",
    "process.on('exit', () => console.error(Object.keys(require.cache).join(' ')));",
  );
  const run = space.start(["parallel", "-f", "tasks.json"], { env: { NODE_OPTIONS: `--require ${trace}` } });
  await (await clis.next()).answer("fine");
  const { code, stderr } = await run.done;
  expect(code).toBe(0);
  expect(stderr).toMatch(/^\[task-1\] Review: started on claude\n\[task-1\] Review: OK \(\d+\.\d\ds\)\n/);
  expect(stderr).toContain("parallel.cjs");
  expect(stderr).not.toMatch(/live-terminal|string-width/);
});
