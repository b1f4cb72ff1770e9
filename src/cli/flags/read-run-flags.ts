// Adds the shared flags to a command, reads them, and translates them for a run.
import { type Command, InvalidArgumentError, Option, type OptionValues } from "@commander-js/extra-typings";
import type { PrepareRequest } from "../../app/prepare.js";
import { omitUndefined } from "../../util/omit-undefined.js";
import { parseFlags } from "../commander.js";
import { type Io, tellWaiting } from "../io.js";
import { refuse } from "../refuse.js";
import { isOn } from "./progress-flag.js";
import { RUN_FLAGS, type RunCommand, type RunFlag, type RunFlags } from "./run-flags.js";

/** The same command with the flags that `name` takes behind those that it has. */
export function withRunFlags<Args extends unknown[], Opts extends OptionValues, Global extends OptionValues>(
  command: Command<Args, Opts, Global>,
  name: RunCommand,
): Command<Args, Opts & RunFlags, Global> {
  for (const flag of Object.values<RunFlag>(RUN_FLAGS)) {
    if (!flag.commands.includes(name)) continue;
    command.addOption(optionOf(flag, name));
    if (flag.opposite !== undefined) command.option(`--no-${flag.flags.replace("--", "")}`, flag.opposite);
  }
  return command as Command<Args, Opts & RunFlags, Global>;
}

function optionOf({ flags, help, help_of, choices, value, required_by }: RunFlag, name: RunCommand): Option {
  const option = new Option(flags, help_of?.[name] ?? help);
  if (choices !== undefined) option.choices(choices);
  if (value === "list") option.argParser(listOf);
  if (value === "many") option.argParser((text, before: string[] | undefined) => [...(before ?? []), text]);
  if (value === "once") option.argParser(onlyOnce);
  return option.makeOptionMandatory(required_by === name);
}

function onlyOnce(text: string, before: string | undefined): string {
  if (before !== undefined) throw new InvalidArgumentError(`is given twice: "${before}" and "${text}"`);
  return text;
}

/** `a, b` → `["a", "b"]`. */
export function listOf(text: string): string[] {
  return text.split(",").map((part) => part.trim());
}

/** Environment variable that switches `--offline` on, to try scripts without an account. */
export const OFFLINE = "CLINVK_OFFLINE";

/** Reads `argv`. Returns the flags, or an exit code if the command has already ended (help, wrong flags). */
export function parseRunFlags<Args extends unknown[], Opts extends RunFlags, Global extends OptionValues>(
  command: Command<Args, Opts, Global>,
  argv: string[],
  io: Io,
): Opts | number {
  const over = parseFlags(command, argv, io);
  if (over !== undefined) return over;
  let flags: Opts = command.opts();
  if (isOn(io.env[OFFLINE]) && !isOffline(flags)) {
    flags = { ...flags, offline: true };
    io.stderr(`clinvk: offline, because ${OFFLINE} is set\n`);
  }
  if (flags.json && flags.events === "-")
    return refuse(io, [
      {
        source: "--json",
        message: "can't be combined with --events -, as both want stdout",
        hint: "write the events to a file",
      },
    ]);
  return flags;
}

/** The answers come from the offline model. */
export function isOffline({ offline, offlineScript }: RunFlags): boolean {
  return offline === true || offlineScript !== undefined;
}

/** The flags in the form that `prepare` takes. */
export function requestOf(
  flags: RunFlags,
  io: Io,
): Pick<PrepareRequest, "flags" | "config_flag" | "onWait" | "offline_script" | "env" | "cwd"> {
  const meant: Partial<Record<string, unknown>> = {};
  for (const [name, { plan }] of Object.entries<RunFlag>(RUN_FLAGS))
    if (plan !== undefined) meant[plan] = flags[name as keyof RunFlags];
  return {
    flags: { ...omitUndefined(meant as PrepareRequest["flags"]), offline: isOffline(flags) },
    ...omitUndefined({ config_flag: flags.config, offline_script: flags.offlineScript }),
    onWait: tellWaiting(io),
    env: io.env,
    cwd: io.cwd,
  };
}
