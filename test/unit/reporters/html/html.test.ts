import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type HtmlOptions, htmlReporter } from "../../../../src/reporters/html/html.js";
import type { RunEvent, RunEventBody } from "../../../../src/schema/event.js";
import type { TaskRecord } from "../../../../src/schema/result.js";
import { checkBalance, tagsOf } from "../../../rig/html.js";
import {
  council,
  failed,
  guideResults,
  numbered,
  record,
  runFinished,
  runStarted,
  taskFinished,
  wholeRun,
} from "../run-events.js";

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "clinvk-html-"));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

function report(events: readonly RunEvent[], options: Partial<HtmlOptions> = {}): string {
  const path = join(dir, "report.html");
  const onSinkError = (message: string) => expect.unreachable(message);
  const reporter = htmlReporter({ path, version: "1.2.3", recorded: true, onSinkError, ...options });
  for (const event of events) reporter.onEvent(event);
  reporter.close();
  expect(readdirSync(dir).filter((name) => name.endsWith(".tmp"))).toEqual([]);
  return readFileSync(path, "utf8");
}

const one = (fields: Partial<TaskRecord>, options?: Partial<HtmlOptions>) =>
  report(wholeRun([record(fields)]), options);

/** Events at given seconds after the first of January 2026. */
function at(...timed: [second: number, body: RunEventBody][]): RunEvent[] {
  return numbered(timed.map(([, body]) => body)).map((event, i) => ({
    ...event,
    time: new Date(Date.UTC(2026, 0, 1) + (timed[i]?.[0] ?? 0) * 1000).toISOString(),
  }));
}

/** The bars of a page: what they are, from where to where (of 1000), and what they say. */
function bars(page: string): [kind: string, left: number, right: number, title: string][] {
  const found = page.matchAll(/<rect class="(\w+)" x="([\d.]+)" width="([\d.]+)" height="10"><title>([^<]*)</g);
  return [...found].map(([, kind = "", x, width, title = ""]) => [kind, Number(x), Number(x) + Number(width), title]);
}

describe("the page", () => {
  it("tells how the run went, and every answer twice: rendered and as it came", () => {
    const usage = { input_tokens: 12_345, output_tokens: 67, cached_tokens: 100, reasoning_tokens: null };
    const results = [
      record({ index: 0, name: "First", content: "# Found\n\n*x* < y\n", usage, cost_usd: 0.5 }),
      ...guideResults.slice(1),
    ];
    const page = report(wholeRun(results));
    expect(page).toContain("<h1>3 of 3 tasks completed</h1>");
    expect(page).toContain("<code>run-1</code>");
    for (const text of [
      "12,345",
      "100 cached",
      "$0.50",
      "not known for 2 of 3 tasks",
      "15.7 s",
      "clinvk 1.2.3",
      `Node ${process.version}`,
      "model-1",
    ])
      expect(page).toContain(text);
    expect(page).toContain("<h1>Found</h1>\n<p><em>x</em> &lt; y</p>");
    expect(page).toContain("<pre># Found\n\n*x* &lt; y\n</pre>");
    expect(page).not.toContain("What did not succeed");
  });

  it("is well nested, asks nobody for anything, and has a policy that forbids it", () => {
    const page = report(wholeRun([...guideResults, failed({ index: 3 })]));
    const tags = tagsOf(page.replace("<!doctype html>", "").replace(/<(li|dt|dd)>|<\/li>/g, ""));
    checkBalance(tags);
    expect(tags.map(({ name }) => name)).not.toContain("script");
    expect(page).toContain("default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'");
    expect(page).not.toMatch(/url\(|@import|\bsrc=|https?:/);
  });

  it("shows what each task was asked, and tells tasks of one name apart", () => {
    const name = "Should we migrate?";
    const results = [record({ name }), record({ index: 1, name, backend: "codex" })];
    const page = report(wholeRun(results), { prompts: new Map([["task-1", "Is <it> worth it?"]]) });
    expect(page.match(/What was asked/g)).toHaveLength(1);
    expect(page).toContain("<pre>Is &lt;it&gt; worth it?</pre>");
    const [, timeline = ""] = /Timeline<\/h2>(.*?)<\/section>/s.exec(page) ?? [];
    expect(timeline).toContain(`<span class="quiet">codex</span> ${name}`);
  });

  it("says what went wrong, once for all that failed alike, what to do, and how to go on", () => {
    const failure = { kind: "not_authenticated" as const, message: "not logged in", hint: "run `claude`" };
    const page = report(
      wholeRun([
        failed({ index: 0, failure }),
        failed({ index: 1, failure }),
        failed({ index: 2, status: "WAITING", failure: { kind: "quota_exhausted", message: "used up" } }),
        record({ index: 3 }),
      ]),
    );
    const [, section = ""] = /What did not succeed<\/h2>(.*?)<\/section>/s.exec(page) ?? [];
    expect(section.match(/<li>/g)).toHaveLength(2);
    expect(section).toContain('<a href="#task-1">Task 1</a>');
    expect(section).toContain('<a href="#task-2">Task 2</a>');
    expect(section.match(/run <code>claude<\/code>/g)).toHaveLength(1);
    expect(section).toContain("Go on with <code>clinvk runs retry run-1 --failed</code>");
    for (const anchor of ["task-1", "task-2", "task-3"]) expect(page).toContain(`id="${anchor}"`);
  });

  it("marks an offline run, an interrupted one, and repeats warnings", () => {
    const results = [record()];
    const page = report(
      numbered([
        runStarted(results, { offline: true }),
        { type: "warning", message: "codex <9> is installed" },
        taskFinished(record()),
        runFinished({ interrupted_by: "SIGINT" }),
      ]),
    );
    expect(page).toContain("offline model: no real answers");
    expect(page).toContain("interrupted (SIGINT)");
    expect(page).toContain("<li>codex &lt;9&gt; is installed");
  });

  it("shows a structured answer as data, a dry run as its command, and says if there is nothing", () => {
    expect(one({ content: '{"a":"<b>"}', structured: { a: "<b>" } })).toContain(
      "<pre>{\n  &quot;a&quot;: &quot;&lt;b&gt;&quot;\n}</pre>",
    );
    expect(one({ content: "", command: "claude -p '<x>'" })).toContain(
      '<pre class="command">claude -p &#39;&lt;x&gt;&#39;</pre>',
    );
    expect(one({ content: "" })).toContain("There is no answer.");
  });

  it("unfolds the answers of a few tasks and folds those of many", () => {
    const many = (count: number) => report(wholeRun(Array.from({ length: count }, (_, index) => record({ index }))));
    expect(many(3).match(/<details class="task" open>/g)).toHaveLength(3);
    expect(many(30)).not.toContain('<details class="task" open>');
  });

  it("has the votes and the verdict of a council, and the prompt of a comparison", () => {
    const page = report(council);
    expect(page).toContain("<h1>1 of 1 task completed</h1>");
    expect(page).toContain("Majority: &lt;yes&gt; (1 of 1)</pre>");
    const [, verdict = ""] = /<h2>Verdict<\/h2>(.*?)<\/section>/s.exec(page) ?? [];
    expect(verdict).toContain("<em>Merge</em> it");
    const [, answers = ""] = /<h2>Answers<\/h2>(.*?)<\/section>/s.exec(page) ?? [];
    expect(answers).not.toContain("Merge");
    expect(page).toContain('<pre class="long">Which &lt;one&gt;?</pre>');
  });

  it("names no session of a CLI: those of a run end with it, and nobody can resume them", () => {
    expect(report(wholeRun([record({ session_id: "58c5ccbf-0000" })]))).not.toContain("58c5ccbf");
  });

  it("works for a run without tasks", () => {
    expect(report(numbered([runStarted([]), runFinished()]))).toContain("<h1>0 of 0 tasks completed</h1>");
  });
});

describe("text of others", () => {
  const EVIL = `"'><script>alert(1)</script>\u202e\u001b[31m`;

  it("is text wherever it stands", () => {
    const results = [
      failed({
        name: EVIL,
        model: EVIL,
        session_id: EVIL,
        workdir: EVIL,
        tags: [EVIL],
        content: EVIL,
        command: EVIL,
        refusals: [{ tool: EVIL }],
        failure: { kind: "crashed", message: EVIL, hint: EVIL },
      }),
    ];
    const page = report(
      numbered([runStarted(results), { type: "warning", message: EVIL }, ...results.map(taskFinished), runFinished()]),
    );
    expect(page).not.toContain("<script");
    for (const control of ["\u202e", "\u001b"]) expect(page).not.toContain(control);
    expect(page.match(/&lt;script&gt;/g)?.length).toBeGreaterThan(10);
  });
});

describe("large answers", () => {
  const large = (path: string) => {
    writeFileSync(path, "# Title\n\n".concat("line of text\n".repeat(200_000), "the end"));
    return record({ content: "", content_file: { path, bytes: 2_600_016 } });
  };

  it("are shown from their beginning; the page says where the rest is", () => {
    const path = join(dir, "answer");
    const page = report(wholeRun([large(path)]));
    expect(page.length).toBeLessThan(1_200_000);
    expect(page).toContain("<h1>Title</h1>");
    expect(page).not.toContain("the end");
    expect(page).toContain(`Cut here: the whole answer has 2.5 MiB. It is in <code>${path}</code>`);
  });

  it("share the page: of each of very many there is less", () => {
    const path = join(dir, "answer");
    const one = large(path);
    const page = report(
      wholeRun(Array.from({ length: 400 }, (_, index) => ({ ...one, index, task_id: `task-${index}` }))),
    );
    expect(page.match(/Cut here/g)).toHaveLength(400);
    expect(page.length).toBeLessThan(40_000_000);
  });

  it("are not promised to be kept if the run is not recorded", () => {
    const path = join(dir, "answer");
    const page = report(wholeRun([large(path)]), { recorded: false });
    expect(page).not.toContain(path);
    expect(page).toContain("The run was not recorded");
  });
});

describe("the timeline", () => {
  const results = [record()];
  const started = (attempt: number): RunEventBody => ({
    type: "task_started",
    task_id: "task-1",
    attempt,
    command: "x",
  });
  const retrying: RunEventBody = {
    type: "task_retrying",
    task_id: "task-1",
    attempt: 1,
    failure: { kind: "overloaded", message: "busy", http_status: 529 },
    delay_seconds: 20,
    backend: "claude",
  };

  it("shows when a task was queued, tried, waited and ran", () => {
    const page = report(
      at(
        [0, runStarted(results)],
        [10, started(1)],
        [40, retrying],
        [60, started(2)],
        [90, taskFinished(record())],
        [100, runFinished()],
      ),
    );
    expect(bars(page)).toEqual([
      ["queued", 0, 100, "queued 10.0 s"],
      ["tried", 100, 400, "attempt 1: 30.0 s, Overloaded (529)"],
      ["between", 400, 600, "waits 20.0 s"],
      ["ok", 600, 900, "attempt 2: 30.0 s, OK"],
    ]);
    expect(page).toContain('<text x="20%" y="10" text-anchor="middle">20 s</text>');
  });

  it("shortens a pause in which nothing ran, and says how long it was", () => {
    const hours = 5 * 3600;
    const page = report(
      at(
        [0, runStarted(results)],
        [0, started(1)],
        [40, retrying],
        [hours, started(2)],
        [hours + 60, taskFinished(record())],
        [hours + 60, runFinished()],
      ),
    );
    const found = bars(page);
    const width = (kind: string) =>
      found.filter(([k]) => k === kind).map(([, left, right]) => Math.round(right - left));
    expect(width("pause")).toEqual([74]);
    expect(width("tried")).toEqual([370]);
    expect(width("ok")).toEqual([556]);
    expect(page).toContain("4 h 59 min pause");
  });

  it("knows of a resumed run's past what the results say", () => {
    const past = record({ start_time: "2026-01-01T00:00:10.000Z", end_time: "2026-01-01T00:00:50.000Z" });
    const page = report(at([0, runStarted(results)], [50, taskFinished(past)], [80, runFinished()]));
    expect(bars(page)).toContainEqual(["ok", 125, 625, "attempt 1: 40.0 s, OK"]);
  });

  it("has a row without a bar for a task that never began", () => {
    const never = failed({ status: "CANCELED", start_time: null, end_time: null });
    const page = report(at([0, runStarted([never])], [1, taskFinished(never)], [2, runFinished()]));
    expect(bars(page).filter(([kind]) => kind !== "pause")).toEqual([]);
  });
});
