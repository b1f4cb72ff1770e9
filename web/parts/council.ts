// The result of a council: the verdict of its judge, and its votes.
import { html } from "htm/preact";
import type { PlannedTask } from "../../src/schema/event.js";
import type { Vote } from "../../src/schema/result.js";
import { trackState } from "../../src/summary/timeline.js";
import { hrefOf } from "../data/route.js";
import type { RunModel } from "../data/run-model.js";
import { AnswerView } from "./answer.js";
import { FailureBox } from "./failure.js";
import { StatusMark } from "./status.js";

/** The judge's answer, the reason why there is none, or a note that it is still to come. */
export function Verdict({ run_id, judge, model }: { run_id: string; judge: PlannedTask; model: RunModel }) {
  const track = model.timeline.tracks.get(judge.task_id);
  const record = model.state.results.get(judge.task_id);
  const link = html`<a href=${hrefOf({ page: "run", run_id, task_id: judge.task_id })}>${judge.name}</a>`;
  return html`<section class="council" aria-label="Council's verdict">
    <p class="council-head"><strong>${link}</strong> <span class="backend">${track?.backend ?? judge.backend}</span> ${track && html`<${StatusMark} state=${trackState(track)} />`}</p>
    ${record?.failure && html`<${FailureBox} failure=${record.failure} />`}
    ${record?.status === "OK" && html`<${AnswerView} run_id=${run_id} record=${record} title="Verdict" />`}
    ${!record && html`<p class="faint">${model.isActive ? "It judges when all answers have arrived." : "It has not judged."}</p>`}
  </section>`;
}

interface VotesProps {
  run_id: string;
  vote: Vote;
  tasks: readonly PlannedTask[];
}

/** Each vote, and the result. */
export function Votes({ run_id, vote, tasks }: VotesProps) {
  const link = (task_id: string) => {
    const name = tasks.find((one) => one.task_id === task_id)?.name ?? task_id;
    return html`<a href=${hrefOf({ page: "run", run_id, task_id })}>${name}</a>`;
  };
  const isOther = (task_id: string) => vote.of === "choice" && vote.minority.some((one) => one.task_id === task_id);
  return html`<section class="council" aria-label="Votes">
    <h2>Votes</h2>
    <dl class="facts">${sums(vote).map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>
    <table class="votes">
      <thead><tr><th scope="col">Vote</th><th scope="col">Task</th><th scope="col">Backend</th></tr></thead>
      <tbody>${vote.votes.map(
        ({ task_id, backend, value }) =>
          html`<tr><td>${value}${isOther(task_id) && html` <span class="tag">minority</span>`}</td><td>${link(task_id)}</td><td>${backend}</td></tr>`,
      )}</tbody>
    </table>
    ${vote.missing.length > 0 && html`<p class="faint">No vote from ${vote.missing.map((id, index) => html`${index > 0 && ", "}${link(id)}`)}</p>`}
  </section>`;
}

function sums(vote: Vote): [name: string, value: string][] {
  if (vote.votes.length === 0) return [["Votes", "nobody voted"]];
  switch (vote.of) {
    case "number": {
      const { mean, median, spread } = vote;
      const all = [
        ["Mean", mean],
        ["Median", median],
        ["Lowest", spread?.min],
        ["Highest", spread?.max],
        ["Standard deviation", spread?.stdev],
      ] as const;
      return all.map(([name, value]) => [name, value == null ? "–" : String(Number(value.toFixed(2)))]);
    }
    case "choice":
      return [
        ["Majority", vote.majority ?? "none"],
        ...vote.counts.map(({ value, count }): [string, string] => [value, `${count} of ${vote.votes.length}`]),
      ];
    default:
      return vote satisfies never;
  }
}
