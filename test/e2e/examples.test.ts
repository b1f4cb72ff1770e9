// Every file of examples/ runs as its README says, the shell scripts of the user guide included.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { RunResult } from "../../src/schema/result.js";
import type { TaskFile } from "../../src/schema/task-file.js";
import { type Started, Workspace } from "../rig/clinvk.js";
import { copyExamples, EXAMPLES } from "../rig/examples.js";
import { FakeClis, type FakeInvocation } from "../rig/fake-clis.js";

/** The last column of the README's table, cut at its bars: what to run. */
const COMMANDS = readFileSync(join(EXAMPLES, "README.md"), "utf8")
  .split("\n")
  .filter((line) => /^\| `/.test(line))
  .map((line) => /`([^`]+)` \|$/.exec(line)?.[1] ?? line);

let clis: FakeClis;
let space: Workspace;
let dir: string;

beforeEach(async () => {
  clis = await FakeClis.start();
  space = new Workspace({ bin: [clis.bin] });
  dir = copyExamples(space);
});
afterEach(async () => {
  await clis.close();
  space.close();
});

/** Runs a command in the examples' directory, with an answer for every CLI that it starts. */
async function runExample(command: string, answer: (cli: FakeInvocation) => string = () => "7/10, because.") {
  const run: Started = space.shell(command, { cwd: dir });
  let over = false;
  const seen: FakeInvocation[] = [];
  const done = run.done.finally(() => {
    over = true;
  });
  while (!over) {
    const next = await Promise.race([clis.next(), done]);
    if (!("answer" in next)) break;
    seen.push(next);
    await next.answer(answer(next));
  }
  return { ...(await done), seen };
}

describe("the commands of the README", () => {
  it("name every file that can be run", () => {
    const runnable = readdirSync(EXAMPLES).filter((name) => /\.(?:jsonc?|sh|ya?ml)$/.test(name));
    const notNamed = runnable.filter((name) => !COMMANDS.some((command) => command.includes(name)));
    // vote.sh runs it.
    expect(notNamed).toEqual(["vote.json"]);
  });

  it.each(COMMANDS)("%s", async (command) => {
    const { code, stderr, seen } = await runExample(command);
    expect({
      code,
      stderr: stderr.replace(
        /^(?:offline model: .*|read \d+ bytes of context from stdin|\[.*\] .*: (?:started on|OK).*)\n/gm,
        "",
      ),
    }).toEqual({
      code: 0,
      stderr: "",
    });
    expect(seen.length).toBeGreaterThan(0);
  });
});

describe("the examples of the user guide", () => {
  it("1: a review from three sides, with piped code as context", async () => {
    const { seen, stdout } = await runExample(
      "clinvk parallel -f review.json < ./src/auth.js",
      (cli) => `by ${cli.name}`,
    );
    const { tasks } = JSON.parse(readFileSync(join(dir, "review.json"), "utf8")) as TaskFile;
    const code = readFileSync(join(dir, "src", "auth.js"), "utf8");
    expect(seen.map(({ stdin }) => stdin).sort()).toEqual(
      tasks.map(({ prompt }) => `${prompt}\n\n<stdin>\n${code}</stdin>`).sort(),
    );
    expect(stdout).toContain("Total: 3/3 tasks completed");
    expect(readdirSync(join(dir, "code-review-results")).sort()).toEqual([
      "summary.json",
      "task-1-claude.md",
      "task-2-codex.md",
      "task-3-gemini.md",
    ]);
    expect(readFileSync(join(dir, "code-review-results", "task-2-codex.md"), "utf8")).toBe("by codex");
  });

  it("2: tasks with a working directory", async () => {
    const { seen } = await runExample("clinvk parallel -f dependency-update.json");
    expect(seen.map(({ cwd }) => cwd)).toEqual([dir, dir, dir]);
  });

  it("3: answers saved as files", async () => {
    await runExample("clinvk parallel -f docs.json", (cli) => `# ${cli.name}`);
    expect(readFileSync(join(dir, "docs-output", "task-2-gemini.md"), "utf8")).toBe("# gemini");
  });

  it("4: a comparison of the backends, read by jq", async () => {
    const long = "Use a loop with two variables instead of two calls: it takes linear time.";
    const { stdout, code } = await runExample("mkdir try && cd try && ../benchmark.sh", () => long);
    const line = (name: string) => new RegExp(`^${name}: \\d+(?:\\.\\d+)?s - ${long.slice(0, 50)}\\.\\.\\.$`);
    const lines = stdout.trimEnd().split("\n");
    expect(lines).toEqual(["claude", "codex", "gemini"].map((name) => expect.stringMatching(line(name))));
    expect(code).toBe(0);
    const summary = JSON.parse(readFileSync(join(dir, "try/benchmark-results/summary.json"), "utf8")) as RunResult;
    expect(summary.results.map(({ name }) => name)).toEqual([
      "claude Benchmark",
      "codex Benchmark",
      "gemini Benchmark",
    ]);
  });

  it.each([
    [{ claude: "9/10", codex: "8/10 I'd say", gemini: "Confidence: 7/10" }, "8/10", "Proceed"],
    [{ claude: "6/10", codex: "5/10", gemini: "1/10" }, "4/10", "Proceed with caution"],
    [{ claude: "1/10", codex: "2/10", gemini: "3/10" }, "2/10", "Do not proceed"],
  ] as [Record<string, string>, string, string][])("5: votes %j", async (votes, average, advice) => {
    const { stdout } = await runExample("./vote.sh", (cli) => votes[cli.name] ?? "");
    expect(stdout).toBe(`Average confidence: ${average}\nRecommendation: ${advice}\n`);
  });

  it("comments in a task file, and its tags", async () => {
    const { stdout } = await runExample("clinvk parallel -f with-comments.jsonc --json --tags sprint-23");
    expect((JSON.parse(stdout) as RunResult).results[0]?.tags).toEqual(["review", "architecture", "sprint-23"]);
  });

  it("a configuration file", async () => {
    const { seen, stdout } = await runExample("clinvk parallel -f tasks.json --config config.yaml");
    expect(seen.find(({ name }) => name === "claude")?.argv).toContain("--max-turns=10");
    // The task file's own number wins.
    expect(stdout).toContain("Executing 3 tasks with max 3 parallel workers\n");
  });
});
