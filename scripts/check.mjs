// `npm run check`: everything but the tests. Runs all checks, names those that failed, and fails if any did.
import { build, checkNode, ensureDependencies, run, say, script } from "./lib.mjs";

const CHECKS = [
  ["lint, format and floors", "biome", ["check", "."]],
  ["types", "tsc", ["--noEmit"]],
  ["types of the dashboard", "tsc", ["--noEmit", "-p", "web"]],
  ["generated files are up to date", "tsx", ["scripts/gen-schemas.ts", "--check"]],
  ["dead code", "knip", []],
  ["package", "publint", ["--strict"]],
];

script(async () => {
  checkNode();
  await ensureDependencies();
  await build();
  const failed = [];
  for (const [name, file, args] of CHECKS) {
    say(`\n=== ${name}: ${[file, ...args].join(" ")}`);
    if ((await run(file, args, { stdin: "ignore" })) !== 0) failed.push(name);
  }
  say(failed.length === 0 ? "\nall checks passed" : `\nfailed: ${failed.join("; ")}`);
  return failed.length === 0 ? 0 : 1;
});
