// `--report html=FILE`: the run as one page that needs nothing else: no script, no font, no image, no request.
// What agents wrote goes through `renderMarkdown`; should that ever fail, the page's own policy still lets nothing run.
import type { RunEvent } from "../../schema/event.js";
import type { RunResult, TaskRecord } from "../../schema/result.js";
import type { Usage } from "../../schema/usage.js";
import { runResult } from "../../summary/documents.js";
import { counts, judgeRecord, type RunState, records, recordsWithJudge } from "../../summary/summary.js";
import { emptyTimeline, type Timeline } from "../../summary/timeline.js";
import { extend } from "../../summary/timeline-fold.js";
import { voteLines } from "../council.js";
import { type FileReportOptions, fileReport } from "../file-report.js";
import type { Reporter } from "../reporter.js";
import { costWords, durationWords, nounOf, tokenWords } from "../text/number-text.js";
import { STYLE } from "./html-style.js";
import { type AnswerOptions, anchorOf, failureBlock, html, preformatted, writeTask } from "./html-task.js";
import { timelineHtml } from "./html-timeline.js";

export interface HtmlOptions extends FileReportOptions {
  /** The run is recorded: what the page has no room for can be found there. */
  recorded: boolean;
  /** What each task was asked, by its id, piped context left out; secrets are masked already. */
  prompts?: ReadonlyMap<string, string>;
}

/** Up to so many tasks are unfolded when the page is opened. */
const UNFOLDED = 12;

/** UTF-16 units of an answer that are shown; of very many less: all take seconds to render, and a browser opens the page. */
const LONGEST_ANSWER = 512 * 1024;
const ALL_ANSWERS = 16 * 1024 * 1024;
const LEAST_OF_ANSWER = 8 * 1024;

/** Writes the page when the run has ended; of the answers at most one is in memory at a time beside what the state holds. */
export function htmlReporter(options: HtmlOptions): Reporter {
  const timeline = emptyTimeline({ text: 0, steps: 0 });
  const warnings: string[] = [];
  return fileReport(options, {
    onEvent(event: RunEvent) {
      extend(timeline, event);
      if (event.type === "warning") warnings.push(event.message);
    },
    fill(state, write) {
      const result = runResult(state);
      if (result !== undefined) writePage({ state, result, timeline, warnings, options }, write);
    },
  });
}

interface Page {
  state: RunState;
  result: RunResult;
  timeline: Timeline;
  warnings: readonly string[];
  options: HtmlOptions;
}

function writePage(page: Page, write: (text: string) => void): void {
  const { state, result, timeline, warnings, options } = page;
  const all = recordsWithJudge(state);
  const longest = Math.max(LEAST_OF_ANSWER, Math.min(LONGEST_ANSWER, Math.floor(ALL_ANSWERS / all.length)));
  const { recorded, prompts = new Map(), onSinkError: onError } = options;
  const answers: AnswerOptions = { longest, recorded, prompts, onError };
  write(headOfPage(page));
  write(summary(page, all));
  if (warnings.length > 0)
    write(section("Warnings", `<ul>${warnings.map((text) => `<li>${html(text)}`).join("")}</ul>`));
  write(unlucky(page, all));
  write(section("Timeline", timelineHtml(timeline, all)));
  const prompt = state.started?.prompt;
  if (prompt !== undefined) write(section("What they were asked", `<pre class="long">${preformatted(prompt)}</pre>`));
  if (result.vote) write(section("Vote", `<pre class="long">${preformatted(voteLines(result.vote).join("\n"))}</pre>`));
  const judge = judgeRecord(state);
  if (judge) writeTasks("Verdict", [judge], write, answers);
  writeTasks("Answers", records(state), write, answers);
  write(footer(page));
}

function writeTasks(
  title: string,
  all: readonly TaskRecord[],
  write: (text: string) => void,
  answers: AnswerOptions,
): void {
  write(`<section><h2>${title}</h2>\n<div>\n`);
  for (const record of all) writeTask(record, all.length <= UNFOLDED, write, answers);
  write("</div></section>\n");
}

/** Nothing may be loaded, run, framed or sent; styles only from the page itself. */
const POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";

function headOfPage({ state, result }: Page): string {
  const { completed, total } = counts(state);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<meta name="referrer" content="no-referrer">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${completed}/${total} ${nounOf(state, total)} completed – clinvk ${html(result.run_id)}</title>
<style>${STYLE}</style>
</head>
<body>
<main>
`;
}

function summary({ state, result }: Page, all: readonly TaskRecord[]): string {
  const { total, completed, failed, canceled, waiting } = counts(state);
  const shares: readonly (readonly [name: string, count: number])[] = [
    ["ok", completed],
    ["failed", failed],
    ["waiting", waiting],
    ["canceled", canceled],
  ];
  const some = shares.filter(([, count]) => count > 0);
  let at = 0;
  const bars = some.map(([name, count]) => {
    const bar = `<rect class="${name}" x="${at}" width="${count}" height="1"/>`;
    at += count;
    return bar;
  });
  const legend = some.map(
    ([name, count]) => `<span><i class="${name}"></i>${count} ${name === "ok" ? "completed" : name}</span>`,
  );
  return `<header>
<p class="kicker">clinvk ${html(state.started?.kind ?? "run")} <code>${html(result.run_id)}</code>${badges(state)}</p>
<h1>${completed} of ${total} ${nounOf(state, total)} completed</h1>
<svg class="share" viewBox="0 0 ${Math.max(total, 1)} 1" preserveAspectRatio="none" aria-hidden="true">${bars.join("")}</svg>
<p class="legend">${legend.join("")}</p>
<dl class="facts">${facts(result, all)}</dl>
</header>
`;
}

function badges({ started, finished }: RunState): string {
  const offline = started?.offline ? '<b class="badge">offline model: no real answers</b>' : "";
  const by = finished?.interrupted_by;
  return offline + (by === undefined ? "" : `<b class="badge">interrupted (${html(by)})</b>`);
}

function facts(
  { start_time, total_duration_seconds, usage, cost_usd, judge }: RunResult,
  all: readonly TaskRecord[],
): string {
  const work = all.reduce((sum, { duration_seconds }) => sum + duration_seconds, 0);
  const unknown = all.filter((record) => record.cost_usd === null && record.start_time !== null).length;
  const cost = cost_usd === null ? "unknown" : costWords(cost_usd);
  const entries: readonly (readonly [string, string, string?])[] = [
    ["Duration", durationWords(total_duration_seconds), work > 0 ? `${durationWords(work)} of work` : ""],
    ["Tokens in", tokenWords(usage?.input_tokens), cachedWords(usage)],
    ["Tokens out", tokenWords(usage?.output_tokens)],
    [
      "Cost",
      cost,
      cost_usd !== null && unknown > 0
        ? `not known for ${unknown} of ${all.length} tasks${judge ? ", the judge included" : ""}`
        : "",
    ],
    ["Started", html(start_time.slice(0, 10)), `${html(start_time.slice(11, 19))} UTC`],
  ];
  return entries
    .map(
      ([name, value, more = ""]) => `<div><dt>${name}<dd>${value}${more === "" ? "" : `<small>${more}</small>`}</div>`,
    )
    .join("");
}

function cachedWords(usage: Usage | null): string {
  return usage?.cached_tokens ? `${tokenWords(usage.cached_tokens)} cached` : "";
}

/** The failed tasks, why they failed, and what to do about it; then the command that continues the run. */
function unlucky({ result, options }: Page, all: readonly TaskRecord[]): string {
  const found = all.filter(({ status }) => status !== "OK");
  if (found.length === 0) return "";
  // Tasks that failed for the same reason share one entry.
  const groups = new Map<string, TaskRecord[]>();
  for (const record of found) {
    const why = failureBlock(record);
    const same = groups.get(why) ?? [];
    same.push(record);
    groups.set(why, same);
  }
  const items = [...groups].map(([why, same]) => `<li>${same.map(linkTo).join(", ")}${why}</li>`);
  // Canceled or waiting tasks may need the answer of a failed one; `retry` runs all of them.
  const hasFailed = found.some(({ status }) => status === "FAILED" || status === "TIMEOUT");
  const command = hasFailed ? `clinvk runs retry ${result.run_id} --failed` : `clinvk runs resume ${result.run_id}`;
  const next = options.recorded ? `<p class="next">Go on with <code>${html(command)}</code></p>` : "";
  return section("What did not succeed", `<ul class="failures">${items.join("\n")}</ul>${next}`);
}

function linkTo(record: TaskRecord): string {
  return `<a href="#${anchorOf(record)}">${html(record.name)}</a> <span class="quiet">${html(record.backend)}</span>`;
}

function section(title: string, content: string): string {
  return `<section><h2>${title}</h2>\n${content}\n</section>\n`;
}

function footer({ state, result, options }: Page): string {
  const models = [...new Set(result.results.map(({ model }) => model).filter((model) => model !== null))];
  const parts = [
    `clinvk ${html(options.version)}`,
    `Node ${html(process.version)}`,
    ...(models.length === 0 ? [] : [html(models.slice(0, 10).join(", "))]),
    `at most ${state.started?.max_parallel ?? 1} at once`,
    `ended ${html(result.end_time.replace("T", " ").replace(/\.\d+Z$/, " UTC"))}`,
  ];
  return `<footer>${parts.join(" · ")}</footer>\n</main>\n</body>\n</html>\n`;
}
