// `clinvk explain`: what a failure kind means, what clinvk does about it, and what the user can do.

import { table } from "../../reporters/text/table.js";
import { wrap } from "../../reporters/text/width.js";
import { FAILURE_KINDS, type FailureKind } from "../../schema/failure.js";
import { type Explanation, explain, explainAll } from "../../schema/failure-kinds/kinds.js";
import { nearest } from "../../util/nearest.js";
import { terminalColumns } from "../../util/terminal.js";
import { newCommand, parseFlags } from "../commander.js";
import { EXIT } from "../exit-codes.js";
import type { Io } from "../io.js";
import { fail } from "../refuse.js";

/** Lines are not longer than that, however wide the terminal is. */
const COLUMNS = 100;

export async function run(argv: string[], io: Io): Promise<number> {
  const command = newCommand("explain", io)
    .description("Explain why a task failed: what the kind of its failure means and what to do.")
    .argument("[kind]", "a failure kind, such as `quota_exhausted`; without it, a list of all")
    .option("--json", "print JSON")
    .addHelpText("after", "\nExamples:\n  clinvk explain\n  clinvk explain quota_exhausted");
  const over = parseFlags(command, argv, io);
  if (over !== undefined) return over;
  const [word] = command.processedArgs;
  const { json } = command.opts();
  if (word === undefined) {
    io.stdout(json ? `${JSON.stringify({ failures: explainAll() }, null, 2)}\n` : await list());
    return EXIT.ok;
  }
  const kind = word.toLowerCase().replaceAll("-", "_");
  if (!isKind(kind)) {
    const near = nearest(word, FAILURE_KINDS);
    const hint = near === undefined ? "" : ` — did you mean "${near}"?`;
    return fail(io, "clinvk explain", `there is no failure kind "${word}"${hint}\n\`clinvk explain\` lists all kinds`);
  }
  io.stdout(json ? `${JSON.stringify(explain(kind), null, 2)}\n` : page(explain(kind)));
  return EXIT.ok;
}

function isKind(word: string): word is FailureKind {
  return (FAILURE_KINDS as readonly string[]).includes(word);
}

async function list(): Promise<string> {
  const rows = explainAll().map(({ kind, summary }) => [`  ${kind}`, summary]);
  const lines = await table(rows, { columns: terminalColumns(), wrap_last: true });
  return `Why a task can fail; \`clinvk explain KIND\` tells more:\n\n${lines.join("\n")}\n`;
}

function page({ kind, summary, meaning, what_clinvk_does, what_you_can_do, retried }: Explanation): string {
  const todo = what_you_can_do.map((text) => wrapped(text, "  - ", "    ")).join("");
  return `${kind}: ${summary}

${wrapped(meaning)}
Retried by default: ${retried}

What clinvk does:
${wrapped(what_clinvk_does, "  ", "  ")}
What you can do:
${todo}`;
}

/** Broken between words; a text in backquotes may be broken, too. */
function wrapped(text: string, first = "", next = ""): string {
  const columns = Math.min(COLUMNS, terminalColumns() ?? COLUMNS);
  return `${wrap(text, { columns, first, next }).join("\n")}\n`;
}
