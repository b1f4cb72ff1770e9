// The report of a single prompt: its answer and nothing else.
import type { RunEvent } from "../schema/event.js";
import type { TaskRecord } from "../schema/result.js";
import { failureLines, pieces } from "./content.js";
import type { Reporter } from "./reporter.js";
import { coalesce } from "./sink.js";
import { visible } from "./text/visible.js";

export interface AnswerOptions {
  write(text: string): void;
  /** Receives the reason why the answer is incomplete, and what to do. */
  writeFailure(text: string): void;
  /** The answer's file can't be read. */
  onSinkError(message: string): void;
  /** The text goes to a terminal: print it as it comes, end its last line, and make control characters visible. */
  tty?: boolean;
}

/** Elsewhere than on a terminal the text is written once, at the end, as it is; its last line gets its end if it has none. */
export function answerReporter(options: AnswerOptions): Reporter {
  const screen = options.tty ? liveText(options.write) : undefined;
  return {
    onEvent(event: RunEvent) {
      switch (event.type) {
        case "task_output":
          screen?.add(event.text);
          break;
        // Another message or attempt follows.
        case "task_activity":
          if (event.kind === "tool_call") screen?.endBlock();
          break;
        case "task_retrying":
          screen?.endBlock();
          break;
        case "task_finished":
          if (screen) screen.finish(event.result, options.onSinkError);
          else writeOnce(event.result, options);
          options.writeFailure(visible(failureLines(event.result)));
          break;
        // The rest is for stderr and the other formats.
        case "run_started":
        case "run_resumed":
        case "warning":
        case "task_started":
        case "lane_changed":
        case "lane_parked":
        case "lane_paused":
        case "run_finished":
          break;
        default:
          event satisfies never;
      }
    },
    close() {},
  };
}

function writeOnce(record: TaskRecord, { write, onSinkError }: AnswerOptions): void {
  const out = coalesce(write);
  let last = "\n";
  for (const text of pieces(record, onSinkError)) {
    out.write(text);
    last = text || last;
  }
  if (!last.endsWith("\n")) out.write("\n");
  out.flush();
}

/** Text on a terminal: at the end, the answer is compared with the text shown since the last block began. */
function liveText(write: (text: string) => void) {
  let block = "";
  let shown = "\n";
  /** A CR may be half of a line end, and a joiner the middle of an emoji. */
  let held = "";
  const show = (text: string): void => {
    const whole = held + text;
    held = /[\r\u061c\u200c-\u200f]?$/.exec(whole)?.[0] ?? "";
    const ready = whole.slice(0, whole.length - held.length);
    if (ready === "") return;
    write(visible(ready, shown));
    shown = ready;
  };
  const endLine = (): void => {
    if (!shown.endsWith("\n")) show("\n");
  };
  return {
    add(text: string): void {
      block += text;
      show(text);
    },
    endBlock(): void {
      block = "";
      endLine();
    },
    finish(record: TaskRecord, onSinkError: (message: string) => void): void {
      const isShown = record.content_file ? block !== "" : block.endsWith(record.content);
      if (!isShown) {
        endLine();
        for (const text of pieces(record, onSinkError)) show(text);
      }
      endLine();
    },
  };
}
