// `clinvk version`: ours, Node's, and the CLI versions that this release is tested with.
import { BUILT_IN } from "../../schema/built-in.js";
import type { Io } from "../io.js";

/** Set when the command line is bundled. */
declare const __CLINVK_VERSION__: string;

const HELP = `
Examples:
  clinvk version
  clinvk --version
  clinvk version --json | jq -r .tested.claude`;

export async function run(argv: string[], io: Io): Promise<number> {
  if (argv.length > 0) {
    // `clinvk --version` has no flags, so it starts faster without commander.
    const { newCommand, parseFlags } = await import("../commander.js");
    const command = newCommand("version", io)
      .description("Show the versions of clinvk and Node, and those of the CLIs that this release is tested with.")
      .option("--json", "print JSON")
      .addHelpText("after", HELP);
    const over = parseFlags(command, argv, io);
    if (over !== undefined) return over;
    if (command.opts().json) {
      const tested = Object.fromEntries(
        Object.entries(BUILT_IN).map(([name, { tested_version }]) => [name, tested_version]),
      );
      io.stdout(`${JSON.stringify({ version: __CLINVK_VERSION__, node: process.version, tested }, null, 2)}\n`);
      return 0;
    }
  }
  const lines = Object.entries(BUILT_IN).map(([name, { tested_version }]) => `tested with ${name} ${tested_version}`);
  io.stdout(`clinvk ${__CLINVK_VERSION__}\nnode ${process.version}\n${lines.join("\n")}\n`);
  return 0;
}
