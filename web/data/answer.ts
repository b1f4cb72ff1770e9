// Gets the text of an answer: from its record, or from the server if it is large.
import { useEffect, useState } from "preact/hooks";
import { apiPath } from "../../src/client/calls.js";
import type { TaskRecord } from "../../src/schema/result.js";
import { err, ok, type Result } from "../../src/util/result.js";
import { type ApiFailure, askRaw } from "./server.js";

export interface Answer {
  text: string;
  /** Bytes of the whole, if `text` is only its beginning. */
  cut?: number;
}

/** A larger answer is shown up to this size, in bytes; the whole can be saved. */
const SHOWN_BYTES = 1_000_000;

/** `undefined` while it is loading. */
export function useAnswer(run_id: string, record: TaskRecord): Result<Answer, ApiFailure> | undefined {
  const file = record.content_file;
  const [fetched, setFetched] = useState<Result<Answer, ApiFailure>>();
  useEffect(() => {
    setFetched(undefined);
    if (file === undefined) return;
    const stop = new AbortController();
    void beginning(run_id, record.task_id, file.bytes, stop).then(
      (answer) => stop.signal.aborted || setFetched(answer),
    );
    return () => stop.abort();
  }, [run_id, record.task_id, file?.path]);
  return file === undefined ? ok({ text: record.content }) : fetched;
}

async function beginning(
  run_id: string,
  task_id: string,
  bytes: number,
  { signal }: AbortController,
): Promise<Result<Answer, ApiFailure>> {
  const path = apiPath("runs", run_id, "tasks", task_id, "output");
  const response = await askRaw((calls) => calls.send({ method: "GET", path, signal }));
  if (!response.ok) return response;
  const decoder = new TextDecoder();
  let [text, read] = ["", 0];
  try {
    for (const reader = response.value.body?.getReader(); reader; ) {
      const { done, value } = await reader.read();
      if (done) break;
      const part = value.subarray(0, SHOWN_BYTES - read);
      read += part.length;
      text += decoder.decode(part, { stream: true });
      if (read === SHOWN_BYTES) {
        void reader.cancel();
        break;
      }
    }
  } catch {
    return err({ status: 0, message: "The connection broke in the middle of the answer.", details: [] });
  }
  return ok(read >= bytes ? { text: text + decoder.decode() } : { text, cut: bytes });
}

/** Gives the whole answer to the browser as a file. */
export async function saveAnswer(run_id: string, task_id: string): Promise<ApiFailure | undefined> {
  const path = apiPath("runs", run_id, "tasks", task_id, "output");
  const answer = await askRaw(async (calls) => (await calls.send({ method: "GET", path })).blob());
  if (!answer.ok) return answer.error;
  const address = URL.createObjectURL(answer.value);
  const link = document.createElement("a");
  link.href = address;
  link.download = `${run_id}-${task_id.replace(/[^\w.-]+/g, "_")}.md`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
  return undefined;
}
