// Shows what was measured: a table on the terminal, JSON, and the table in docs/performance.md.
import { readFileSync, writeFileSync } from "node:fs";
import { availableParallelism, cpus } from "node:os";

const BEGIN = "<!-- bench:begin (written by `npm run bench`) -->";
const END = "<!-- bench:end -->";

/** `undefined` = nothing to meet, or nothing measured. */
export function isMet({ value, ratio, target }) {
  return target === undefined ? undefined : (ratio ?? value) <= target;
}

/** What the numbers depend on. */
export function machine(place, rounds) {
  return {
    date: new Date().toISOString().slice(0, 10),
    platform: `${process.platform} ${process.arch}`,
    cpu: cpus()[0]?.model ?? "unknown",
    cores: availableParallelism(),
    node: process.version,
    stub: place.stub,
    files: place.inMemory ? "in memory" : "on a disk",
    rounds,
  };
}

/** One line for a terminal. */
export function terminalLine(line) {
  const [measured, against, target, verdict] = cells(line);
  const parts = [line.id.padEnd(4), line.what.padEnd(62), measured.padStart(10), "  ", against.padEnd(44), target];
  return `${parts.join(" ").padEnd(132)} ${verdict}`.trimEnd();
}

export function markdown(lines, about) {
  const stub = about.stub === "C" ? "compiled from C" : "a shell script";
  return [
    `Measured ${about.date} on ${about.cores} cores (${about.cpu}, ${about.platform}), Node ${about.node}; stub ${stub};`,
    `files ${about.files}; median of ${about.rounds} rounds, contenders in turn.`,
    "",
    "| | what | clinvk | against | target | | what it means |",
    "|---|---|---|---|---|---|---|",
    ...lines.map((line) => `| ${line.id} | ${line.what} | ${cells(line).join(" | ")} | ${line.means ?? ""} |`),
  ].join("\n");
}

/** Puts the table between the two marks of a Markdown file. */
export function writeInto(file, text) {
  const old = readFileSync(file, "utf8");
  const from = old.indexOf(BEGIN);
  const to = old.indexOf(END);
  if (from < 0 || to < from) throw new Error(`${file} lacks the lines ${BEGIN} and ${END}`);
  writeFileSync(file, `${old.slice(0, from)}${BEGIN}\n${text}\n${old.slice(to)}`);
}

/** Measured value, comparison, target, verdict. */
function cells(line) {
  if (line.skipped !== undefined) return ["–", line.peer ?? "", "", `skipped: ${line.skipped}`];
  const measured = `${rounded(line.value)} ${line.unit}`;
  const against = line.peer === undefined ? "" : `${line.ratio.toFixed(2)}× ${line.peer}`;
  const unit = line.peer === undefined && line.unit !== "×" ? ` ${line.unit}` : "×";
  const met = isMet(line);
  const target = line.target === undefined ? "" : `≤ ${line.target}${unit}`;
  return [measured, against, target, met === undefined ? "" : met ? "met" : "**missed**"];
}

function rounded(value) {
  return value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2);
}
