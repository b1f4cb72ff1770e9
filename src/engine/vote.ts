// Reads the votes of a council from the answers and adds them up.

import type { VotePlan } from "../plan/plan.js";
import type { BackendName } from "../schema/backend-name.js";
import type { TaskRecord, Vote } from "../schema/result.js";
import { cut } from "../util/cut.js";
import type { Result } from "../util/result.js";
import { answerText } from "./prompts.js";
import type { RecordsById } from "./stages.js";

/** Returns what a pattern finds in an answer; the error is a sentence that says why the search failed. */
export type Find = (pattern: string, record: TaskRecord) => Promise<Result<string | undefined, string>>;

/** The vote in one answer. */
export interface Ballot<T> {
  task_id: string;
  backend: BackendName;
  value: T;
}

type Warn = (message: string, task_id?: string) => void;

/** Reads the votes in the answers and adds them up. Never rejects: the answers are paid for, so a failed count only loses the vote. */
export async function countVotes(
  plan: VotePlan,
  ended: RecordsById,
  find: Find,
  warn: Warn,
): Promise<Vote | undefined> {
  try {
    return await readVotes(plan, ended, find, warn);
  } catch (error) {
    warn(`the votes can't be counted: ${error instanceof Error ? error.message : String(error)}`);
    return undefined;
  }
}

async function readVotes(
  { extract, of, task_ids }: VotePlan,
  ended: RecordsById,
  find: Find,
  warn: Warn,
): Promise<Vote> {
  const ballots: Ballot<string>[] = [];
  for (const task_id of task_ids) {
    const record = ended.get(task_id);
    if (record?.status !== "OK") continue;
    const found = await find(extract, record);
    if (!found.ok) warn(`its vote can't be read: ${found.error}`, task_id);
    else if (found.value !== undefined && found.value.trim() !== "")
      ballots.push({ task_id, backend: record.backend, value: found.value.trim() });
  }
  const missingOf = (votes: readonly Ballot<unknown>[]) =>
    task_ids.filter((id) => !votes.some((vote) => vote.task_id === id));
  if (of === "number") {
    const votes = ballots
      .map((ballot) => ({ ...ballot, value: toNumber(ballot.value) }))
      .filter(({ value }) => !Number.isNaN(value));
    return { of, votes, ...statistics(votes.map(({ value }) => value)), missing: missingOf(votes) };
  }
  const { votes, counts, majority } = tally(ballots);
  const others = majority === null ? [] : votes.filter(({ value }) => value !== majority);
  const minority = others.map((vote) => ({ ...vote, answer: beginning(ended.get(vote.task_id)) }));
  return { of, votes, counts, majority, minority, missing: missingOf(votes) };
}

/** Mean, median and spread; `null` of nothing. */
export function statistics(values: readonly number[]) {
  if (values.length === 0) return { mean: null, median: null, spread: null };
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.slice(Math.floor((sorted.length - 1) / 2), Math.floor(sorted.length / 2) + 1);
  const mean = average(values);
  const stdev = Math.sqrt(average(values.map((value) => (value - mean) ** 2)));
  const [min = mean] = sorted;
  const max = sorted.at(-1) ?? mean;
  return { mean: tidy(mean), median: tidy(average(middle)), spread: { min, max, stdev: tidy(stdev) } };
}

/** Counts equal words, ignoring case; the first spelling stands for all. The majority is `null` on a tie. */
export function tally(ballots: readonly Ballot<string>[]) {
  const spelling = new Map<string, string>();
  for (const { value } of ballots) if (!spelling.has(value.toLowerCase())) spelling.set(value.toLowerCase(), value);
  const votes = ballots.map((ballot) => ({
    ...ballot,
    value: spelling.get(ballot.value.toLowerCase()) ?? ballot.value,
  }));
  const counts = [...spelling.values()]
    .map((value) => ({ value, count: votes.filter((vote) => vote.value === value).length }))
    .sort((a, b) => b.count - a.count);
  const [first, second] = counts;
  return { votes, counts, majority: first && first.count !== second?.count ? first.value : null };
}

function average(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Rounds away the noise in the last digits that sums of binary fractions have. */
function tidy(value: number): number {
  return Number(value.toPrecision(12));
}

/** `NaN` for anything but a decimal number, and for numbers too large to calculate with. */
function toNumber(text: string): number {
  const value = /^[+-]?(\d+\.?\d*|\.\d+)$/.test(text) ? Number(text) : Number.NaN;
  return Math.abs(value) <= LARGEST_VOTE ? value : Number.NaN;
}

/** Small enough that its square, and a sum of many squares, are still finite. */
const LARGEST_VOTE = 1e100;

const REASON_UNITS = 500;

/** The first sentences of an answer, as the reason for its vote. */
function beginning(record: TaskRecord | undefined): string {
  const text = record ? answerText(record).trim() : "";
  return cut(text, REASON_UNITS);
}
