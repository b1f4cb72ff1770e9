// `import { parallel } from "clinvk"`, as a program uses the built package.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type * as Library from "../../src/index.js";
import { isAlive } from "../rig/alive.js";
import { Workspace } from "../rig/clinvk.js";
import { FakeClis } from "../rig/fake-clis.js";

// The path is no literal, so that the types are those of the source, whether dist/ is there or not.
const built = new URL("../../dist/index.js", import.meta.url).href;
const { parallel, InvalidInputError, RunEvent, RunResult } = (await import(built)) as typeof Library;

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

const place = () => ({ env: space.env, cwd: space.dir });
const task = (prompt: string, extra: object = {}) => ({ backend: "claude" as const, prompt, ...extra });

describe("a run", () => {
  it("gives the document of --json; tasks as a list, as a file's content, as a file's path", async () => {
    const tasks = [task("one", { id: "a", tags: ["x"], meta: { n: 1 } }), task("two", { id: "b" })];
    for (const input of [tasks, { tasks, max_parallel: 1 }, space.file("t.json", { tasks })]) {
      const run = parallel(input, { ...place(), only: ["a"] });
      const cli = await clis.next();
      expect([cli.stdin, cli.cwd]).toEqual(["one", space.dir]);
      await cli.answer("answer");
      const result = await run;
      expect(RunResult.safeParse(result).error).toBeUndefined();
      expect(result).toMatchObject({
        total_tasks: 1,
        completed_tasks: 1,
        results: [
          { task_id: "a", status: "OK", content: "answer", tags: ["x"], meta: { n: 1 }, usage: { output_tokens: 5 } },
        ],
      });
    }
  });

  it("with a failed task resolves all the same", async () => {
    const run = parallel([task("one"), task("two")], place());
    (await clis.next({ prompt: "one" })).exit(3);
    await (await clis.next({ prompt: "two" })).answer("fine");
    expect((await run).results.map(({ status, exit_code }) => [status, exit_code])).toEqual([
      ["FAILED", 3],
      ["OK", 0],
    ]);
  });

  it("takes context and an output directory", async () => {
    const run = parallel([task("one")], { ...place(), context: "const a = 1;", output_dir: "out" });
    const cli = await clis.next();
    expect(cli.stdin).toBe("one\n\n<stdin>\nconst a = 1;\n</stdin>");
    await cli.answer("answer");
    await run;
    expect(readdirSync(join(space.dir, "out")).sort()).toEqual(["summary.json", "task-1-claude.md"]);
    expect(readFileSync(join(space.dir, "out", "task-1-claude.md"), "utf8")).toBe("answer");
  });

  it("gives an answer of megabytes as a string, and keeps no file of it", async () => {
    const large = "0123456789abcdef".repeat(128 * 1024);
    const run = parallel([task("one")], place());
    await (await clis.next()).answer(large);
    const [one] = (await run).results;
    expect(one?.content === large).toBe(true);
    expect(one).not.toHaveProperty("content_file");
    expect(readdirSync(join(space.home, ".clinvk", "tmp"))).toEqual([]);
  });

  it("prints nothing by itself", async () => {
    const module = JSON.stringify(built);
    const code = `import { parallel } from ${module};
      const { results } = await parallel([{ backend: "gemini", prompt: "p", dry_run: true }]);
      process.exitCode = results[0].status === "OK" ? 7 : 8;`;
    const run = space.shell(`node --input-type=module -e '${code}'`);
    expect(await run.done).toMatchObject({ code: 7, stdout: "", stderr: "" });
  });
});

describe("events", () => {
  it("come in order, as they happen, to every reader, and end with the run", async () => {
    const run = parallel([{ backend: "gemini", prompt: "one" }], place());
    const types: string[] = [];
    const others: string[] = [];
    const second = (async () => {
      for await (const event of run) others.push(event.type);
    })();
    let answered = false;
    for await (const event of run) {
      expect(RunEvent.safeParse(event).error).toBeUndefined();
      expect(event.seq).toBe(types.push(event.type));
      if (event.type !== "task_started") continue;
      // Seen while the task runs: its CLI has not been answered yet.
      expect(answered).toBe(false);
      answered = true;
      await (await clis.next()).answer("answer");
    }
    await second;
    expect([types[0], types.at(-1)]).toEqual(["run_started", "run_finished"]);
    expect(types).toContain("task_output");
    expect(others).toEqual(types);
    expect((await run).completed_tasks).toBe(1);
  });

  it("a reader may leave early; the run goes on", async () => {
    const run = parallel([task("one")], place());
    for await (const event of run) if (event.type === "task_started") break;
    await (await clis.next()).answer("answer");
    expect((await run).completed_tasks).toBe(1);
  });
});

describe("an AbortSignal", () => {
  it("stops what runs, keeps what was done, and resolves", async () => {
    const abort = new AbortController();
    const run = parallel([task("one"), task("two"), task("three")], {
      ...place(),
      max_parallel: 1,
      signal: abort.signal,
    });
    await (await clis.next()).answer("done before");
    const cli = await clis.next();
    const child = await cli.leaveChild();
    abort.abort();
    const result = await run;
    expect(result.results.map(({ status }) => status)).toEqual(["OK", "CANCELED", "CANCELED"]);
    expect(result.results[0]?.content).toBe("done before");
    expect([isAlive(cli.pid), isAlive(child)]).toEqual([false, false]);
    expect(clis.waiting).toEqual([]);
  });

  it("that is aborted already lets nothing start", async () => {
    const result = await parallel([task("one")], { ...place(), signal: AbortSignal.abort() });
    expect(result.results.map(({ status }) => status)).toEqual(["CANCELED"]);
    expect(clis.waiting).toEqual([]);
  });
});

describe("invalid input", () => {
  it("rejects with every problem, as data and as text, and starts nothing", async () => {
    const input = [{ backend: "cluade", prompt: "p" }, { backend: "codex" }] as unknown as Library.TaskInput[];
    const error = await parallel(input, { ...place(), max_parallel: 0 }).catch((cause: unknown) => cause);
    expect(error).toBeInstanceOf(InvalidInputError);
    const { diagnostics, message } = error as InstanceType<typeof InvalidInputError>;
    expect(diagnostics).toMatchObject([
      { source: "--max-parallel", message: expect.stringContaining("at least 1") },
      { source: "parallel()", path: "tasks[0].backend", hint: "did you mean `claude`?" },
      { source: "parallel()", path: "tasks[1]", message: "`prompt` is missing" },
    ]);
    expect(message).toContain("tasks[0].backend");
    expect(clis.waiting).toEqual([]);
  });

  it("ends the events, too", async () => {
    const run = parallel([], place());
    const events: unknown[] = [];
    for await (const event of run) events.push(event);
    expect(events).toEqual([]);
    await expect(run).rejects.toBeInstanceOf(InvalidInputError);
  });
});
