// `npm run bench [-- T1 T4 …] [--rounds N] [--quick] [--stub c|sh] [--no-build]`: measures clinvk against its peers and its
// targets. All rows together also write bench/results.json and the table in docs/performance.md; --quick never does.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { build, root, StepError, say, script } from "../scripts/lib.mjs";
import { checkMeasuring } from "./measure.mjs";
import { Place } from "./place.mjs";
import { isMet, machine, markdown, terminalLine, writeInto } from "./report.mjs";
import { ROWS } from "./rows.mjs";

function options() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      rounds: { type: "string" },
      quick: { type: "boolean", default: false },
      stub: { type: "string" },
      "no-build": { type: "boolean", default: false },
    },
  });
  const rounds = Number(values.rounds ?? (values.quick ? 1 : 5));
  if (!Number.isInteger(rounds) || rounds < 1) throw new StepError("--rounds takes a number from 1");
  if (values.stub !== undefined && !["c", "sh"].includes(values.stub)) throw new StepError("--stub is c or sh");
  const ids = positionals.map((id) => id.toUpperCase());
  const unknown = ids.filter((id) => !ROWS.has(id));
  if (unknown.length > 0) throw new StepError(`no row ${unknown.join(", ")}; there are ${[...ROWS.keys()].join(", ")}`);
  return { rounds, quick: values.quick, stub: values.stub, build: !values["no-build"], ids };
}

script(async () => {
  const { ids, rounds, quick, ...rest } = options();
  checkMeasuring();
  if (rest.build) await build();
  const place = new Place(rest);
  // The directory goes when we do, also by Ctrl-C.
  process.once("exit", () => place.close());
  for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => process.exit(130));
  const about = machine(place, rounds);
  say(
    `stub: ${about.stub}, files ${about.files}, ${about.cores} cores, ${rounds} rounds${quick ? ", less work" : ""}\n`,
  );

  const wanted = new Set(ids.length === 0 ? ROWS.keys() : ids);
  const functions = new Set([...wanted].map((id) => ROWS.get(id)));
  const lines = [];
  for (const row of functions) {
    for await (const line of row(place, { rounds, quick })) {
      if (!wanted.has(line.id)) continue;
      lines.push(line);
      console.log(terminalLine(line));
    }
  }
  if (ids.length === 0 && !quick) {
    const rows = lines.map((line) => ({ ...line, met: isMet(line) }));
    writeFileSync(join(root, "bench/results.json"), `${JSON.stringify({ about, rows }, undefined, 2)}\n`);
    writeInto(join(root, "docs/performance.md"), markdown(lines, about));
    say("\nwrote bench/results.json and the table in docs/performance.md");
  }
  return 0;
});
