// Handles `output_schema`: checks the schema itself and the answer against it, and writes the prompt of the one repair
// attempt. ajv runs in a checking thread, which loads it with the first question: a schema's `pattern` is a regular
// expression, too, and `uniqueItems` or nested `anyOf` can take just as long.

import type { OutputSchema } from "../../schema/expect.js";
import type { Failure } from "../../schema/failure.js";
import { omitUndefined } from "../../util/omit-undefined.js";
import { err, ok, type Result } from "../../util/result.js";
import { findJson } from "./find-json.js";
import { ask, type NoAnswer } from "./regex-worker-client.js";
import { stoppedCheck } from "./run-limited.js";

/** Compiling a schema or validating an answer gets this long. */
const SCHEMA_LIMIT_MS = 5000;

/** The repair prompt quotes at most this much of a bad answer, in UTF-16 units. */
const MAX_QUOTED = 32 * 1024;

/**
 * The problem of a schema; `undefined` = there is none. Dialects: draft 2020-12 (if `$schema` names none), 2019-09,
 * draft-07. `format` is not checked; a `$ref` to another document is a problem, because nothing is ever fetched.
 */
export async function schemaProblem(schema: OutputSchema): Promise<string | undefined> {
  const answer = await ask({ type: "schema", schema }, { limit_ms: SCHEMA_LIMIT_MS });
  if (answer.ok) return answer.value[0] === undefined ? undefined : `is not a usable JSON Schema: ${answer.value[0]}`;
  return `could not be checked: ${reasonOf(answer.error)}`;
}

/**
 * The answer as a value that satisfies the schema: the CLI's own `structured` value if it gave one, else the JSON in the
 * text. The failure is `schema_invalid` and lists up to five problems, or the signal's reason if aborted.
 */
export async function validateAnswer(
  schema: OutputSchema,
  { text, structured, signal, asker }: { text: string; structured?: unknown; signal?: AbortSignal; asker?: string },
): Promise<Result<unknown, Failure>> {
  const found = structured === undefined ? findJson(text) : ok(structured);
  if (!found.ok) return invalid(`the answer ${found.error}, but the task has an output schema`);
  const { value } = found;
  const options = { limit_ms: SCHEMA_LIMIT_MS, ...omitUndefined({ signal, asker }) };
  const answer = await ask({ type: "validate", schema, value }, options);
  if (!answer.ok) {
    if (signal && answer.error.reason === "aborted") return err(stoppedCheck({ signal }));
    return invalid(`the answer could not be checked against the output schema: ${reasonOf(answer.error)}`);
  }
  if (answer.value.length === 0) return ok(value);
  return invalid(`the answer does not satisfy the output schema: ${answer.value.join("; ")}`);
}

/** The prompt of the one repair attempt: the task again, the answer, and the problems of the answer. */
export function repairPrompt(original_prompt: string, answer_text: string, failure: Failure): string {
  const cut = answer_text.length > MAX_QUOTED;
  const answer = cut ? `${answer_text.slice(0, MAX_QUOTED)}\n[… the rest is left out …]` : answer_text;
  return `${original_prompt}

<previous_answer>
${answer}
</previous_answer>

This previous answer was not accepted: ${failure.message}.
Answer again, with the corrected JSON value only: no code fence, and no text before or after it.`;
}

function invalid(message: string): { ok: false; error: Failure } {
  return err({ kind: "schema_invalid", message });
}

function reasonOf(why: NoAnswer): string {
  switch (why.reason) {
    case "slow":
      return `it took longer than ${SCHEMA_LIMIT_MS / 1000} s`;
    case "broken":
      return why.message;
    case "aborted":
      return "stopped";
  }
}
