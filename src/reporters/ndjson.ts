// `--events`: the run's events as they happen, one JSON object per line.
import type { RunEvent } from "../schema/event.js";
import { jsonText } from "./json.js";
import type { Reporter } from "./reporter.js";
import { coalesce, type Sink } from "./sink.js";

/** How long live text may wait for more of it before it is written, so that a reader can follow. */
const FLUSH_MILLISECONDS = 100;

/** Writes each event as one line. Live text is gathered; every change of state is written at once. Closes the sink. */
export function ndjsonReporter({ sink }: { sink: Sink }): Reporter {
  const out = coalesce(sink.write);
  let timer: NodeJS.Timeout | undefined;
  const flush = (): void => {
    clearTimeout(timer);
    timer = undefined;
    out.flush();
  };
  return {
    onEvent(event: RunEvent) {
      out.write(`${jsonText(event)}\n`);
      if (!isLive(event)) flush();
      else timer ??= setTimeout(flush, FLUSH_MILLISECONDS).unref();
    },
    close() {
      flush();
      sink.close();
    },
  };
}

function isLive(event: RunEvent): boolean {
  return event.type === "task_output" || event.type === "task_activity";
}
