// The text that `clinvk backends` prints.
import type { OptionalField } from "../../backends/shared/backend.js";
import type { BackendReport } from "../../executors/probe.js";
import { table } from "../../reporters/text/table.js";
import { widthFor, wrap } from "../../reporters/text/width.js";

const LEVELS = { full: "yes", partial: "partly", none: "no" } as const;

/** The table of the backends, a line on the state of each, and how far they support each task field. */
export async function showReport(
  reports: readonly BackendReport[],
  explainOptions: boolean,
  columns: number | undefined,
): Promise<string> {
  const rows = [
    ["BACKEND", "USABLE", "VERSION", "TESTED", "LOGGED IN", "PATH"],
    ...reports.map((report) => [
      report.backend,
      yesNo(report.usable),
      report.version ?? "-",
      tested(report),
      yesNo(report.logged_in),
      report.path ?? "-",
    ]),
  ];
  // A long path stays whole, so that it can be copied.
  const overview = await table(rows, { columns, wrap_last: true });
  const notes = reports.map((report) => `${report.backend}: ${note(report)}`);
  const width = await widthFor(notes);
  const lines = columns === undefined ? notes : notes.flatMap((text) => wrap(text, { columns, width, next: "  " }));
  return `${[...overview, "", ...lines, "", ...(await options(reports, explainOptions, columns))].join("\n")}\n`;
}

function tested(report: BackendReport): string {
  if (report.tested === null) return "-";
  return report.tested ? "yes" : `no (${report.tested_version} is)`;
}

function note(report: BackendReport): string {
  if (!report.enabled) return `disabled; \`clinvk config set backends.${report.backend}.enabled true\` enables it`;
  if (report.custom && !report.installed) return `not found; \`backends.${report.backend}.command\` says what to start`;
  if (report.custom) return "a backend of the configuration; clinvk can't tell whether it is logged in";
  if (!report.installed) return `not installed; \`clinvk backends install ${report.backend}\` installs it`;
  if (report.problem !== null) return report.problem;
  return report.login ?? "";
}

/** How far each field is supported: one word per backend, or each mapping on a line of its own. */
async function options(
  reports: readonly BackendReport[],
  explain: boolean,
  columns: number | undefined,
): Promise<string[]> {
  const fields = Object.keys(reports[0]?.options ?? {}) as OptionalField[];
  if (!explain) {
    const rows = fields.map((field) => [field, ...reports.map((report) => LEVELS[report.options[field].level])]);
    const head = ["SUPPORTS", ...reports.map((report) => report.backend)];
    return [
      ...(await table([head, ...rows], { columns })),
      "",
      "`clinvk backends --options` explains how each field is passed on.",
    ];
  }
  const rows = fields.flatMap((field) =>
    reports.map((report, index) => {
      const { level, note: how } = report.options[field];
      return [index === 0 ? field : "", report.backend, LEVELS[level], how];
    }),
  );
  return table(rows, { columns, wrap_last: true });
}

function yesNo(value: boolean | null): string {
  if (value === null) return "-";
  return value ? "yes" : "no";
}
