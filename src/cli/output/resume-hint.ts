// The hint when a run ends with unfinished tasks: they wait for a quota, or the run was stopped.
import { tableLines } from "../../reporters/text/table.js";
import type { Status } from "../../schema/result.js";
import { isLost, type RunState, records, recordsWithJudge } from "../../summary/summary.js";
import { momentWords } from "../../util/time-text.js";

/** Whole lines; empty if no task is left. */
export function resumeHint(state: RunState, journal: boolean): string {
  const all = recordsWithJudge(state);
  const count = (wanted: Status) => all.filter(({ status }) => status === wanted).length;
  const waiting = count("WAITING");
  const canceled = count("CANCELED");
  const runId = state.started?.run_id ?? "";
  const resume = `\`clinvk runs resume ${runId}\``;
  if (waiting > 0) {
    const list = waitingLanes(state);
    const how = journal ? `${resume} then runs what is left` : "without a journal the run can't be resumed";
    return `${waiting === 1 ? "1 task waits" : `${waiting} tasks wait`} for a quota to reset:\n${list}${how}\n`;
  }
  if (canceled === 0 || !journal) return "";
  const what = canceled === 1 ? "1 task was" : `${canceled} tasks were`;
  if (needsRetry(state))
    return `${what} not started; \`clinvk runs retry ${runId}\` runs the failed tasks again, then the rest\n`;
  return `${what} not finished; ${resume} runs what is left\n`;
}

/** The remaining tasks need the answer of a failed one: resuming alone can't run them. */
export function needsRetry(state: RunState): boolean {
  if (!recordsWithJudge(state).some(({ status }) => status === "CANCELED")) return false;
  const failed = records(state).filter((record) => !isLost(record) && ["FAILED", "TIMEOUT"].includes(record.status));
  if (state.started?.kind === "chain") return state.started.fail_fast && failed.length > 0;
  return state.started?.judge !== undefined && failed.length === records(state).length;
}

/** One line per backend, the earliest reset first. */
function waitingLanes(state: RunState): string {
  const now = Date.parse(state.finished?.time ?? "");
  const lanes = new Map<string, { count: number; until: string }>();
  for (const { status, backend, failure } of recordsWithJudge(state)) {
    if (status !== "WAITING") continue;
    const lane = lanes.get(backend) ?? { count: 0, until: "" };
    const resets_at = failure?.resets_at ?? "";
    lanes.set(backend, { count: lane.count + 1, until: resets_at > lane.until ? resets_at : lane.until });
  }
  const rows = [...lanes]
    .sort(([, a], [, b]) => (a.until < b.until ? -1 : 1))
    .map(([name, { count, until }]) => {
      const when = until === "" ? "" : `, until ${momentWords(until, now)}`;
      return [`  ${name}`, `${count} ${count === 1 ? "task" : "tasks"}${when}`];
    });
  return tableLines(rows, (text) => text.length)
    .map((line) => `${line}\n`)
    .join("");
}
