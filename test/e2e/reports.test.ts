// `--report`, of a run that happens and of one that was recorded; and a real browser that opens the page.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { HAS_BROWSER, startBrowser } from "../rig/browser.js";
import { Workspace } from "../rig/clinvk.js";
import { FakeClis } from "../rig/fake-clis.js";

let clis: FakeClis;
let space: Workspace;
let env: Record<string, string>;
beforeEach(async () => {
  clis = await FakeClis.start();
  space = new Workspace({ bin: [clis.bin] });
  env = { GITHUB_STEP_SUMMARY: space.file("summary.md", "") };
});
afterEach(async () => {
  await clis.close();
  space.close();
});

const TWO = {
  tasks: [
    { backend: "claude", prompt: "one", name: "First" },
    { backend: "codex", prompt: "two", name: "Second" },
  ],
};
const ALL = ["--report", "junit=junit.xml", "--report", "html=report.html", "--report", "github"];

const read = (name: string) => readFileSync(join(space.dir, name), "utf8");
const runIds = () => readdirSync(join(space.home, ".clinvk", "runs")).filter((name) => !name.startsWith("."));

/** Runs the tasks; the first answers with the text, the second breaks. */
async function oneOfTwo(args: string[], answer: string, options: { stdout?: string } = {}) {
  const run = space.start(["parallel", "-f", space.file("tasks.json", TWO), ...args], { env, ...options });
  await (await clis.next({ name: "claude" })).answer(answer);
  (await clis.next({ name: "codex" })).exit(3);
  return run.done;
}

/** Claude Code and Codex answer whatever comes, in any order. */
async function answerAll(count: number, answer: string) {
  for (let i = 0; i < count; i += 1) await (await clis.next()).answer(answer);
}

describe("a run with all reports", () => {
  it("has them beside its own report, and no answer gives GitHub a command", async () => {
    const { code, stdout } = await oneOfTwo(ALL, "::error::from an answer\n::add-mask::x\n**done**");
    expect(code).toBe(1);
    expect(read("junit.xml")).toContain('tests="2" failures="0" errors="1" skipped="0"');
    expect(read("report.html")).toContain("<strong>done</strong>");
    for (const { prompt } of TWO.tasks) expect(read("report.html")).toContain(`<pre>${prompt}</pre>`);
    expect(read("report.html")).toMatch(/clinvk \d+\.\d+\.\d+/);
    expect(read("summary.md")).toContain("1 of 2 tasks completed");

    const [, token = ""] = /^::stop-commands::(.*)$/m.exec(stdout) ?? [];
    const [before = "", answers = "", after = ""] = stdout.split(
      new RegExp(`^::(?:stop-commands::)?${token}(?:::)?$`, "m"),
    );
    expect(before).not.toContain("::");
    expect(answers).toContain("\n::error::from an answer\n::add-mask::x\n");
    expect(answers).toContain("Total: 1/2 tasks completed");
    expect(after).toMatch(/^\n::error title=Second \(codex\)%3A FAILED::[^\n]+\n$/);
  });

  it("keeps JSON on stdout clean: commands go to stderr", async () => {
    const { stdout, stderr } = await oneOfTwo(["--report", "github", "--json"], "x");
    expect(JSON.parse(stdout)).toMatchObject({ total_tasks: 2 });
    expect(stderr).toMatch(/^::stop-commands::.*^::error title=Second/ms);
  });

  it("keeps a file that stdout is sent to clean", async () => {
    const { stderr } = await oneOfTwo(["--report", "github"], "x", { stdout: join(space.dir, "out.txt") });
    expect(read("out.txt")).not.toContain("::");
    expect(stderr).toContain("::error title=Second");
  });

  it("says that one could not be written, loses nothing else, and does not succeed", async () => {
    mkdirSync(join(space.dir, "gone"));
    const args = ["--report", "html=gone/report.html", "--report", "junit=junit.xml", "--json"];
    const run = space.start(["parallel", "-f", space.file("tasks.json", TWO), ...args]);
    const first = await clis.next({ name: "claude" });
    rmSync(join(space.dir, "gone"), { recursive: true });
    await first.answer("fine");
    await (await clis.next({ name: "codex" })).answer("fine");
    const { code, stdout, stderr } = await run.done;
    expect(code).toBe(1);
    expect(stderr).toMatch(/^clinvk: can't write to .*gone\/report\.html: it does not exist \(ENOENT\)$/m);
    expect(JSON.parse(stdout)).toMatchObject({ completed_tasks: 2 });
    expect(read("junit.xml")).toContain('tests="2" failures="0" errors="0"');
  });
});

describe("what can't be reported", () => {
  it.each([
    [["junti=x.xml"], 'there is no report "junti"; did you mean junit? (there are junit=FILE, html=FILE and github)'],
    [["pdf=x.pdf"], 'there is no report "pdf" (there are'],
    [["junit"], "junit needs a file: --report junit=FILE"],
    [["html="], "html needs a file: --report html=FILE"],
    [["github=x"], 'github takes no file, got "github=x"'],
    [["html=no/such/dir/x.html"], "there is no directory"],
    [["html=."], "it is not a regular file"],
    [["html=/dev/full"], "it is not a regular file"],
    [["html=x", "junit=./x"], "two reports of one run would be written to the same place"],
    [["github"], "GITHUB_STEP_SUMMARY is not set"],
  ])("%j is found before anything starts", async (values, message) => {
    const reports = values.flatMap((value) => ["--report", value]);
    const run = await space.run(["parallel", "-f", space.file("tasks.json", TWO), ...reports]);
    expect(run).toMatchObject({ code: 2, stdout: "" });
    expect(run.stderr).toContain(`--report: `);
    expect(run.stderr).toContain(message);
    expect(run.stderr).toContain("nothing was run");
    expect(clis.waiting).toEqual([]);
  });
});

describe("a recorded run", () => {
  it("can be reported afterwards, with its answers", async () => {
    const { code } = await oneOfTwo([], "# Answer");
    expect(code).toBe(1);
    const [id = ""] = runIds();
    const reported = await space.run(["runs", "report", id.slice(-6), ...ALL], { env: { ...env, CI: "true" } });
    expect(reported).toMatchObject({ code: 0, stdout: "" });
    expect(reported.stderr).toContain("::error title=Second");
    expect(read("report.html")).toContain("<h1>Answer</h1>");
    for (const { prompt } of TWO.tasks) expect(read("report.html")).toContain(`<pre>${prompt}</pre>`);
    expect(read("report.html")).toContain(`clinvk runs retry ${id} --failed`);
    expect(read("junit.xml")).toContain(`<property name="run_id" value="${id}"/>`);
    expect(read("summary.md")).toContain("1 of 2 tasks completed");
  });

  it("is reported whole when it goes on", async () => {
    await oneOfTwo([], "kept");
    const [id = ""] = runIds();
    const retry = space.start(["runs", "retry", id, "--failed", ...ALL], { env });
    await (await clis.next({ name: "codex" })).answer("new");
    expect(await retry.done).toMatchObject({ code: 0 });
    for (const name of ["report.html", "junit.xml", "summary.md"]) {
      expect(read(name)).toContain("kept");
      expect(read(name)).toContain("new");
    }
    expect(read("report.html")).toContain("2 of 2 tasks completed");
  });

  it("that was cut off is shown as far as it came", async () => {
    const run = space.start(["parallel", "-f", space.file("tasks.json", TWO), "--keep-order"]);
    await clis.next({ name: "codex" });
    await (await clis.next({ name: "claude" })).answer("the only answer");
    await run.printed("the only answer");
    const [id = ""] = runIds();
    const early = await space.run(["runs", "report", id, "--report", "html=report.html"]);
    expect(early).toMatchObject({ code: 2 });
    expect(early.stderr).toContain("is under way");
    run.child.kill("SIGKILL");
    await run.done;
    expect(await space.run(["runs", "report", id, "--report", "html=report.html"])).toMatchObject({ code: 0 });
    expect(read("report.html")).toContain("the only answer");
    expect(read("report.html")).toContain("the run ended before this task did");
  });

  it("needs to be told which report, and of which run", async () => {
    const none = await space.run(["runs", "report", "x"]);
    expect(none.code).toBe(2);
    expect(none.stderr).toContain("--report <report>");
    const unknown = await space.run(["runs", "report", "x", "--report", "html=report.html"]);
    expect(unknown.code).toBe(2);
    expect(unknown.stderr).toContain('there is no run "x"');
    expect(existsSync(join(space.dir, "report.html"))).toBe(false);
  });
});

describe.runIf(HAS_BROWSER)("the page in a browser", () => {
  /** Each would be seen: as a request, as an alert, or as a title that is not ours. */
  const HOSTILE = [
    "<script>document.title='owned';alert(1)</script>",
    "<img src=x onerror=\"document.title='owned'\"><svg onload=\"document.title='owned'\">",
    "![x](http://127.0.0.1:9/pixel.png) <img src=http://127.0.0.1:9/img> <iframe src=http://127.0.0.1:9/frame></iframe>",
    "[click](javascript:document.title='owned') <javascript:alert(1)> [data](data:text/html,<script>alert(1)</script>)",
    "<link rel=stylesheet href=http://127.0.0.1:9/css><style>@import 'http://127.0.0.1:9/imported'; main{display:none}</style>",
    "<meta http-equiv=refresh content='0;url=http://127.0.0.1:9/refresh'><base href=http://127.0.0.1:9/>",
    "</pre></details></main></body></html><script>document.title='owned'</script>",
    "```\"onmouseover=\"document.title='owned'\n</code></pre><script>alert(1)</script>",
  ].join("\n\n");

  it("runs and requests nothing, even without its policy; links unfold what they lead to", async () => {
    const tasks = Array.from({ length: 20 }, (_, i) => ({
      backend: "claude",
      prompt: `p${i}`,
      name: `Task ${HOSTILE} ${i}`,
    }));
    const run = space.start(["parallel", "-f", space.file("tasks.json", { tasks }), "--report", "html=report.html"]);
    await answerAll(20, HOSTILE);
    expect(await run.done).toMatchObject({ code: 0 });
    const file = join(space.dir, "report.html");
    const bare = join(space.dir, "bare.html");
    writeFileSync(bare, read("report.html").replace(/<meta http-equiv="Content-Security-Policy"[^>]*>/, ""));

    const { context, close } = await startBrowser();
    try {
      for (const path of [file, bare]) {
        const page = await context.newPage();
        const seen: string[] = [];
        page.on("request", (request) => seen.push(request.url()));
        page.on("dialog", (dialog) => {
          seen.push(dialog.message());
          void dialog.dismiss();
        });
        page.on("console", (message) => seen.push(message.text()));
        await page.goto(pathToFileURL(path).href, { waitUntil: "load" });
        expect(await page.title()).toMatch(/^20\/20 tasks completed – clinvk /);
        expect(await page.locator("script, img, iframe, link, base").count()).toBe(0);
        expect(await page.locator("details.task").count()).toBe(20);
        const links = await page.locator("a[href]").evaluateAll((all) => all.map((link) => link.getAttribute("href")));
        expect(links.filter((href) => !href?.startsWith("#task-") && !href?.startsWith("http"))).toEqual([]);
        const answer = page.locator("#task-17 .answer");
        expect(await answer.isVisible()).toBe(false);
        await page.locator('a[href="#task-17"]').click();
        await answer.waitFor({ state: "visible" });
        expect(seen).toEqual([pathToFileURL(path).href]);
        await page.close();
      }
    } finally {
      await close();
    }
  });

  it("fits a phone: nothing reaches over its edge", async () => {
    const wide = `${"x".repeat(500)}\n\n\`\`\`\n${"y".repeat(500)}\n\`\`\`\n\n| ${"wide | ".repeat(30)}\n|${"---|".repeat(30)}\n`;
    await oneOfTwo(["--report", "html=report.html"], wide);
    const { context, close } = await startBrowser({ viewport: { width: 360, height: 700 } });
    try {
      const page = await context.newPage();
      await page.goto(pathToFileURL(join(space.dir, "report.html")).href);
      expect(await page.evaluate("document.documentElement.scrollWidth")).toBe(360);
    } finally {
      await close();
    }
  });
});
