// Parses the output of a custom backend: plain text, one JSON value, or JSON lines. The answer ends when the process ends;
// exit code 0 with an answer is success.
import type { BackendConfig } from "../../schema/config-backend.js";
import type { ReadPaths } from "../../schema/custom-backend.js";
import type { Failure } from "../../schema/failure.js";
import type { Task } from "../../schema/task.js";
import type { Usage } from "../../schema/usage.js";
import { parseObject } from "../../util/json.js";
import { err, ok } from "../../util/result.js";
import type { FailureWords } from "../failure/classify.js";
import { type Clock, FailureReader } from "../failure/failures.js";
import type { Exit, Outcome, OutputParser, Progress } from "../shared/backend.js";
import { oneLine } from "../shared/one-line.js";
import { valueAtPath } from "./json-path.js";

/** The printed JSON may be this many times as long as the longest answer that the task allows. */
const JSON_FACTOR = 4;

export function customParser(
  name: string,
  { output = "text", read = {} }: Pick<BackendConfig, "output" | "read">,
  task: Task,
  words: FailureWords,
  clock?: Clock,
): OutputParser {
  const failures = new FailureReader(name, words, clock);
  const facts: Outcome = {
    model: task.model ?? null,
    session_id: null,
    usage: null,
    cost_usd: null,
    refusals: null,
  };
  const held: string[] = [];
  let heldLength = 0;
  let lines = 0;
  let records = 0;
  let answered = false;
  /** The last line that is no record. For text output: the line if there is only one, because a single line may be an error. */
  let stray: string | undefined;
  let reported: string | undefined;

  function text(piece: string): Progress[] {
    answered ||= /\S/.test(piece);
    return piece === "" ? [] : [{ type: "text", text: piece }];
  }

  /** Takes from a JSON value what it says beside the answer. */
  function note(value: unknown): void {
    records += 1;
    const at = (path: string | undefined) => (path === undefined ? undefined : valueAtPath(value, path));
    reported = asText(at(read.error) || undefined) ?? reported;
    facts.model = asText(at(read.model)) ?? facts.model;
    facts.session_id = asText(at(read.session_id)) ?? facts.session_id;
    facts.cost_usd = asNumber(at(read.cost_usd)) ?? facts.cost_usd;
    if (read.usage !== undefined) facts.usage = usageAt(value, read.usage) ?? facts.usage;
  }

  function jsonLine(line: string): Progress[] {
    if (line.trim() === "") return [];
    const record = parseObject(line);
    if (record === undefined) {
      stray = line.slice(0, 2000);
      return [{ type: "note", text: oneLine(line) }];
    }
    note(record);
    const fits = Object.entries(read.where ?? {}).every(([path, wanted]) => valueAtPath(record, path) === wanted);
    return fits ? text(asText(valueAtPath(record, read.text ?? "")) ?? "") : [];
  }

  function readWhole(): void {
    const whole = held.join("\n");
    if (whole.trim() === "") return;
    let value: unknown;
    try {
      value = JSON.parse(whole);
    } catch {
      stray = whole.trim().slice(0, 2000);
      return;
    }
    note(value);
    const answer = asText(valueAtPath(value, read.text ?? ""));
    if (answer === undefined) return;
    facts.text = answer;
    answered = /\S/.test(answer);
  }

  function failureAt(exit: Exit): Failure | undefined {
    if (heldLength > JSON_FACTOR * task.output_limit_bytes)
      return { kind: "output_limit", message: `${name} printed more JSON than its answer could need` };
    if (reported !== undefined) return failures.reported({ text: reported, otherwise: "crashed" });
    // Only a normal end of the program shows that the answer is complete.
    if (exit.stopped) return { kind: "crashed", message: `${name} was stopped before it had ended` };
    const complete = answered && exit.exit_code === 0;
    const failure = failures.ofExit(exit, { complete, records, stray });
    if (failure?.kind !== "crashed" || exit.exit_code !== 0 || records === 0) return failure;
    const message = `${name} printed JSON, and no answer at \`${read.text}\` in it`;
    return { kind: "output_invalid", message, hint: `compare \`backends.${name}.read\` with what the program prints` };
  }

  return {
    push(line) {
      lines += 1;
      if (output === "jsonl") return jsonLine(line);
      if (output === "json") {
        heldLength += line.length;
        if (heldLength > JSON_FACTOR * task.output_limit_bytes) held.length = 0;
        else held.push(line);
        return [];
      }
      if (line.trim() !== "") stray = answered ? undefined : line.slice(0, 2000);
      return text(lines === 1 ? line : `\n${line}`);
    },
    end(exit) {
      if (output === "json") readWhole();
      const failure = failureAt(exit);
      return failure === undefined ? ok(facts) : err({ failure, partial: facts });
    },
  };
}

/** Text as it is, any other value as JSON; `undefined` for nothing. */
function asText(value: unknown): string | undefined {
  if (value === undefined || value === null) return undefined;
  return typeof value === "string" ? value : JSON.stringify(value);
}

function asNumber(value: unknown): number | undefined {
  return typeof value === "number" && Number.isFinite(value) ? value : undefined;
}

function usageAt(from: unknown, paths: NonNullable<ReadPaths["usage"]>): Usage | undefined {
  const count = (path: string | undefined) =>
    (path === undefined ? undefined : asNumber(valueAtPath(from, path))) ?? null;
  const usage: Usage = {
    input_tokens: count(paths.input_tokens),
    output_tokens: count(paths.output_tokens),
    cached_tokens: count(paths.cached_tokens),
    reasoning_tokens: count(paths.reasoning_tokens),
  };
  return Object.values(usage).some((one) => one !== null) ? usage : undefined;
}
