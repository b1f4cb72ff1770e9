// Stands in for jq on machines that have none: `.results[] | "text with \(.key) and \(.key[:n])"`, as in the examples.
import { readFileSync } from "node:fs";

const program = /^\s*\.results\[\] \|\s*"(.*)"\s*$/s.exec(process.argv.at(-1) ?? "");
if (!program) throw new Error(`this stand-in for jq does not know ${process.argv.at(-1)}`);
const { results } = JSON.parse(readFileSync(0, "utf8"));
for (const result of results) {
  const text = program[1].replace(/\\\(\.(\w+)(?:\[:(\d+)\])?\)/g, (_, key, length) =>
    length === undefined ? result[key] : [...result[key]].slice(0, Number(length)).join(""),
  );
  process.stdout.write(`${text}\n`);
}
