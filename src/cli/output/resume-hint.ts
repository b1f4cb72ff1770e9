// The last words of a run that left work undone: who waits, until when, and what to type.
import type { Status } from "../../schema/result.js";
import { interruptedBy, type RunState, records, recordsWithJudge } from "../../summary/summary.js";
import { momentWords } from "../../util/time-text.js";

/** For stderr; empty if there is nothing to go on with. */
export function howToGoOn(state: RunState, journal: boolean): string {
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
  // Who closed our output reads nothing any more.
  if (canceled === 0 || !journal || interruptedBy(state) === "output_closed") return "";
  const what = canceled === 1 ? "1 task was" : `${canceled} tasks were`;
  if (isStuck(state))
    return `${what} not started; \`clinvk runs retry ${runId}\` tries again what failed, and goes on\n`;
  return `${what} not finished; ${resume} runs what is left\n`;
}

/** What is left needs the answer of something that has failed for good. */
function isStuck(state: RunState): boolean {
  const failed = records(state).filter(({ status }) => status === "FAILED" || status === "TIMEOUT");
  if (state.started?.kind === "chain") return state.started.fail_fast && failed.length > 0;
  return state.started?.judge !== undefined && failed.length === records(state).length;
}

/** One line per backend, the one that resets first in front. */
function waitingLanes(state: RunState): string {
  const now = Date.parse(state.finished?.time ?? "");
  const lanes = new Map<string, { count: number; until: string }>();
  for (const { status, backend, failure } of recordsWithJudge(state)) {
    if (status !== "WAITING") continue;
    const lane = lanes.get(backend) ?? { count: 0, until: "" };
    const resets_at = failure?.resets_at ?? "";
    lanes.set(backend, { count: lane.count + 1, until: resets_at > lane.until ? resets_at : lane.until });
  }
  const width = Math.max(...[...lanes.keys()].map((name) => name.length));
  return [...lanes]
    .sort(([, a], [, b]) => (a.until < b.until ? -1 : 1))
    .map(([name, { count, until }]) => {
      const when = until === "" ? "" : `, until ${momentWords(until, now)}`;
      return `  ${name.padEnd(width)}  ${count} ${count === 1 ? "task" : "tasks"}${when}\n`;
    })
    .join("");
}
