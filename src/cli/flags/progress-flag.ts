// How progress is shown on stderr: drawn on a terminal, as plain lines in a log, or not at all.

/** The values of `--progress`. */
export const PROGRESS = ["auto", "live", "plain", "none"] as const;
export type Progress = (typeof PROGRESS)[number];

export interface ProgressRequest {
  flag: Progress | undefined;
  quiet: boolean;
  /** No task is started, so there is no progress. */
  dry_run: boolean;
  /** stderr is a terminal. */
  tty: boolean;
  /** stdout is a pipe that gets answers or events during the run: its reader may print them on the same terminal. */
  piped_text: boolean;
  env: Readonly<Record<string, string | undefined>>;
}

/** `none` still prints warnings, retries and waits. `--quiet` concerns the answers: the live view stays. */
export function progressMode(request: ProgressRequest): Exclude<Progress, "auto"> {
  const { flag = "auto", quiet, dry_run, tty, piped_text, env } = request;
  if (flag === "none" || flag === "plain") return flag;
  const drawable = tty && env.TERM !== "dumb";
  if (flag === "live") return drawable ? "live" : "plain";
  if (dry_run) return "none";
  if (drawable && !piped_text && !isOn(env.CI)) return "live";
  return quiet ? "none" : "plain";
}

/** An environment variable that switches something on. */
export function isOn(value: string | undefined): boolean {
  return value !== undefined && value !== "" && value !== "false" && value !== "0";
}
