// `clinvk backends` shows which AI CLIs are installed and usable; `clinvk backends install` installs tested versions.
import { constants } from "node:os";
import { backends, backendsOf } from "../../backends/index.js";
import { clinvkHome } from "../../config/home.js";
import { loadConfig } from "../../config/load.js";
import { locate } from "../../executors/locate.js";
import { type BackendReport, probeAll } from "../../executors/probe.js";
import { nearest } from "../../util/nearest.js";
import { omitUndefined } from "../../util/omit-undefined.js";
import { terminalColumns } from "../../util/terminal.js";
import { printText } from "../ci-log.js";
import { newCommand, parseFlags } from "../commander.js";
import { EXIT } from "../exit-codes.js";
import { installClis } from "../install-clis.js";
import type { Io } from "../io.js";
import { showReport } from "../output/backends-table.js";
import { fail, refuse } from "../refuse.js";
import { catchInterrupts } from "../signals.js";

export async function run(argv: string[], io: Io): Promise<number> {
  let action = async () => EXIT.ok as number;
  const command = newCommand("backends", io)
    .description(
      "Show which AI CLIs are installed, their versions, and whether they are logged in; also your own backends.",
    )
    .option("--config <file>", "the configuration file, which may add and disable backends")
    .option("--json", "print everything as JSON, the mapping of every option included")
    .option("--options", "explain how each task field is passed on to each CLI")
    .addHelpText(
      "after",
      `
Exit code 0 if at least one CLI is installed and logged in, else 1. No model is asked.

Examples:
  clinvk backends
  clinvk backends --json | jq -r '.backends[] | select(.usable) | .backend'
  clinvk backends install           get those that are missing
  clinvk backends install gemini    get the tested gemini, also if another is on PATH`,
    )
    .argument("[command]", "`install`, or nothing")
    .action((word, flags) => {
      action = () => (word === undefined ? show(flags, io) : unknown(word, ["install"], "clinvk backends", io));
    });
  command
    .command("install")
    .description("Install the tested versions with npm into $CLINVK_HOME/clis; nothing is installed globally.")
    .argument("[names...]", `any of ${Object.keys(backends).join(", ")}; without a name, those that are not found`)
    .addHelpText(
      "after",
      "\nA CLI on PATH comes before one in $CLINVK_HOME/clis (CLINVK_HOME is ~/.clinvk if not set).",
    )
    .action((names) => {
      action = () => install(names, io);
    });
  return parseFlags(command, argv, io) ?? action();
}

interface ShowFlags {
  config?: string | undefined;
  json?: true | undefined;
  options?: true | undefined;
}

async function show(flags: ShowFlags, io: Io): Promise<number> {
  const { env, cwd } = io;
  const loaded = await loadConfig({ env, cwd, ...omitUndefined({ config_flag: flags.config }) });
  if (!loaded.ok) return refuse(io, loaded.error, "nothing was looked at");
  const { config, clinvk_home } = loaded.value;
  const interrupts = catchInterrupts(() => {});
  const { signal } = interrupts;
  const place = { env, clinvk_home, cwd, config, signal };
  const reports = await probeAll([...backendsOf(config).values()], place);
  interrupts.dispose();
  if (signal.aborted) return 128 + constants.signals[signal.reason as NodeJS.Signals];
  if (flags.json) io.stdout(`${JSON.stringify({ backends: reports }, null, 2)}\n`);
  else printText(io, await showReport(reports, flags.options === true, terminalColumns()));
  if (reports.some((report) => report.usable)) return EXIT.ok;
  return fail(io, "clinvk backends", `no backend is usable yet: ${whatToDo(reports)}`, EXIT.failed);
}

function whatToDo(reports: readonly BackendReport[]): string {
  const installed = reports.find((report) => report.installed && report.enabled && !report.custom);
  if (installed === undefined) return "`clinvk backends install` installs the CLIs";
  const how = installed.problem ?? installed.login;
  return `${installed.backend}: ${how}. \`--offline\` needs no login`;
}

async function install(names: readonly string[], io: Io): Promise<number> {
  const known = Object.keys(backends);
  const wrong = names.find((name) => !known.includes(name));
  if (wrong !== undefined) return unknown(wrong, known, "clinvk backends install", io);
  const place = { env: io.env, clinvk_home: clinvkHome(io.env), cwd: io.cwd };
  const wanted = Object.values(backends).filter((backend) => {
    if (names.length > 0) return names.includes(backend.name);
    const found = locate(backend, place);
    if (!found.found || found.source !== "PATH") return true;
    io.stdout(`${backend.name}: on PATH already, ${found.path}\n`);
    return false;
  });
  if (wanted.length === 0) return EXIT.ok;
  const progress = (text: string) => io.stderr(`${text}\n`);
  const result = await installClis(wanted, { ...place, progress });
  if (!result.ok) return fail(io, "clinvk backends install", result.error, EXIT.failed);
  for (const { backend, path, was_there } of result.value) {
    io.stdout(`${backend.name}: ${backend.tested_version} ${was_there ? "was there already" : "installed"}, ${path}\n`);
    const first = locate(backend, place);
    if (first.found && first.path !== path) io.stderr(`note: ${first.path} is on PATH and comes first\n`);
  }
  return EXIT.ok;
}

/** Reports an unknown word, and suggests the nearest known one. */
async function unknown(word: string, known: readonly string[], where: string, io: Io): Promise<number> {
  const near = nearest(word, known);
  const hint = near === undefined ? "" : ` — did you mean "${near}"?`;
  return fail(io, where, `"${word}" is not known${hint}; known: ${known.join(", ")}`);
}
