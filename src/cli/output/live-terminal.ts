// The live view on the terminal of stderr: its size and abilities, and how it leaves when the process stops or ends.
import { type LiveView, liveView } from "../../reporters/live/live.js";
import type { Size } from "../../reporters/live/live-screen.js";
import type { LiveRules } from "../../reporters/live/live-state.js";

export interface LiveRequest {
  write(text: string): void;
  env: Readonly<Record<string, string | undefined>>;
  rules: LiveRules;
  /** Keep a line for each task that has ended, because its answer is not shown. */
  results: boolean;
}

/** Begins with the run's first event, and ends with its last one, with `close()`, or with the process. */
export function openLiveView({ write, env, rules, results }: LiveRequest): LiveView {
  const { stderr } = process;
  const view = liveView({
    terminal: { write, size: sizeOf, reflows: reflows(env) },
    rules,
    results,
    color: !env.NO_COLOR,
    unicode: knowsUnicode(env),
  });
  const stop = () => {
    view.suspend();
    process.kill(process.pid, "SIGSTOP");
  };
  // Ctrl-\ ends the process as it would without us, but not with a hidden cursor.
  const quit = () => {
    view.close();
    process.off("SIGQUIT", quit);
    process.kill(process.pid, "SIGQUIT");
  };
  stderr.on("resize", view.resized);
  process.on("exit", view.close);
  process.on("SIGTSTP", stop);
  process.on("SIGCONT", view.resume);
  process.on("SIGQUIT", quit);
  return {
    ...view,
    close() {
      view.close();
      stderr.off("resize", view.resized);
      process.off("exit", view.close);
      process.off("SIGTSTP", stop);
      process.off("SIGCONT", view.resume);
      process.off("SIGQUIT", quit);
    },
  };
}

/** Read for each frame, because the resize event comes later. Terminals that know no size report 0. */
function sizeOf(): Size {
  const [columns, rows] = process.stderr.getWindowSize();
  return { columns: columns || 80, rows: rows || 24 };
}

/** Nearly all do; xterm, rxvt, the Linux console and GNU screen cut lines instead. */
function reflows({ TERM = "", TMUX, XTERM_VERSION }: LiveRequest["env"]): boolean {
  return (
    XTERM_VERSION === undefined && !/^(rxvt|linux)/.test(TERM) && (!TERM.startsWith("screen") || TMUX !== undefined)
  );
}

/** The fonts of the Linux console have no spinner; an unset locale counts as modern. */
function knowsUnicode({ LC_ALL, LC_CTYPE, LANG, TERM }: LiveRequest["env"]): boolean {
  const locale = LC_ALL || LC_CTYPE || LANG;
  return TERM !== "linux" && (!locale || /utf-?8/i.test(locale));
}
