// Stands in for jq on machines that have none, for the programs of the docs: paths, `A | B`, `"text \(.path[:n])"`,
// `select(.path)` and `if .path >= n then … elif … else … end`.
import { readFileSync } from "node:fs";

const program = process.argv.at(-1) ?? "";
const raw = process.argv.includes("-r");

/** What follows a name: `[0]`, `[-1]`, `[]`, or `[:n]`. */
function index(values, how) {
  if (how === "") return values.flatMap((value) => Object.values(value ?? []));
  const length = /^:(\d+)$/.exec(how)?.[1];
  return values.map((value) => (length === undefined ? value?.at(Number(how)) : [...value].slice(0, length).join("")));
}

function path(text, input) {
  if (!/^\.(?:\w+|\[[-:\d]*\]|\.)*$/.test(text)) throw new Error(`this stand-in for jq does not know ${text}`);
  let values = [input];
  for (const [, name, how] of text.matchAll(/\.?(\w+)|\[([-:\d]*)\]/g))
    values = how === undefined ? values.map((value) => value?.[name] ?? null) : index(values, how);
  return values;
}

function compare(text, input) {
  const [, left, sign, right] = /^(\S+) (>=|==) (\S+)$/.exec(text) ?? [];
  const [value] = path(left ?? text, input);
  return sign === ">=" ? value >= Number(right) : sign === "==" ? value === JSON.parse(right) : Boolean(value);
}

function run(text, input) {
  const one = text.trim();
  const select = /^select\((.*)\)$/.exec(one);
  if (select) return compare(select[1], input) ? [input] : [];
  const [, condition, yes, no, more] = /^(?:el)?if (.*?) then (.*?) (?:else (.*?) end|(elif .*))$/s.exec(one) ?? [];
  if (condition !== undefined) return run(compare(condition, input) ? yes : (no ?? more), input);
  if (/^".*"$/s.test(one)) {
    const filled = one.slice(1, -1).replace(/\\\(([^)]*)\)/g, (_, inner) => path(inner, input)[0]);
    return [JSON.parse(`"${filled.replace(/["\n]/g, (found) => (found === "\n" ? "\\n" : '\\"'))}"`)];
  }
  return path(one, input);
}

let values = [JSON.parse(readFileSync(0, "utf8"))];
for (const part of program.split(/\s\|\s/)) values = values.flatMap((value) => run(part, value));
for (const value of values)
  process.stdout.write(`${raw && typeof value === "string" ? value : JSON.stringify(value, null, 2)}\n`);
