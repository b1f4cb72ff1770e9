// The result of a council as text for people: its votes, and the verdict of its judge.
import type { TaskRecord, Vote } from "../schema/result.js";
import { type BlockOptions, writeBlock } from "./block.js";
import { RULE, tableLines } from "./text/table.js";
import { oneLine } from "./text/visible.js";

/** The votes, one a line, and their result. */
export function voteText(vote: Vote): string {
  return `${RULE}VOTE\n${RULE}${voteLines(vote).join("\n")}\n\n`;
}

/** The same without a heading; the last line has their result. */
export function voteLines(vote: Vote): string[] {
  const rows = vote.votes.map(({ value, backend, task_id }) => [
    oneLine(String(value)),
    `${backend} (${oneLine(task_id)})`,
  ]);
  const lines = tableLines(rows, (text) => text.length);
  if (vote.missing.length > 0) lines.push(`No vote from ${vote.missing.map(oneLine).join(", ")}`);
  return [...lines, sumWords(vote)];
}

/** The judge's answer, or why there is none. */
export function writeVerdict(judge: TaskRecord, options: BlockOptions): void {
  const time = judge.start_time === null ? "" : `, ${judge.duration_seconds.toFixed(2)}s`;
  writeBlock(`${RULE}VERDICT (${judge.backend}${time})\n${RULE}`, judge, options);
}

function sumWords(vote: Vote): string {
  switch (vote.of) {
    case "number": {
      const { mean, median, spread } = vote;
      if (spread === null) return "Nobody voted";
      const n = (value: number | null) => String(Number(value?.toFixed(2)));
      return `Mean ${n(mean)}, median ${n(median)}, from ${n(spread.min)} to ${n(spread.max)} (standard deviation ${n(spread.stdev)})`;
    }
    case "choice": {
      const [first] = vote.counts;
      if (first === undefined) return "Nobody voted";
      if (vote.majority === null) return `No majority: ${vote.counts.map(countWords).join(", ")}`;
      return `Majority: ${oneLine(vote.majority)} (${first.count} of ${vote.votes.length})`;
    }
    default:
      return vote satisfies never;
  }
}

function countWords({ value, count }: { value: string; count: number }): string {
  return `${oneLine(value)} ${count}`;
}
