// `clinvk version`: ours, Node's, and the CLI versions that this release is tested with.
import { TESTED } from "../../backends/tested.js";
import type { Io } from "../io.js";

/** Set when the command line is bundled. */
declare const __CLINVK_VERSION__: string;

export async function run(argv: string[], io: Io): Promise<number> {
  if (argv.includes("--json")) {
    const tested = Object.fromEntries(Object.entries(TESTED).map(([name, { version }]) => [name, version]));
    io.stdout(`${JSON.stringify({ version: __CLINVK_VERSION__, node: process.version, tested }, null, 2)}\n`);
    return 0;
  }
  const lines = Object.entries(TESTED).map(([name, { version }]) => `tested with ${name} ${version}`);
  io.stdout(`clinvk ${__CLINVK_VERSION__}\nnode ${process.version}\n${lines.join("\n")}\n`);
  return 0;
}
