// The flag `--report`, the same for every command that reports a run.

export const REPORT_FLAG = "--report <report>";

export const REPORT_HELP = "write another report: junit=FILE, html=FILE or github (may be given several times)";

/** Gathers the values of a flag that may be given several times. */
export function gather(value: string, before: string[] | undefined): string[] {
  return [...(before ?? []), value];
}
