// The log of a CI job: its runner reads commands from what is printed.
import { fstatSync } from "node:fs";
import { fdSink } from "../reporters/sink.js";
import { withoutCommands } from "../reporters/text/log-commands.js";
import { isTerminal } from "../util/terminal.js";
import { isOn } from "./flags/progress-flag.js";
import type { Io } from "./io.js";

type Env = Io["env"];

/** Does what goes to stdout (1) or stderr (2) land in a CI's log, and not on a terminal or in a file of the user's? */
export function isCiLog(fd: 1 | 2, env: Env): boolean {
  const inCi = [env.CI, env.GITHUB_ACTIONS, env.GITLAB_CI, env.TF_BUILD, env.TEAMCITY_VERSION].some(isOn);
  return inCi && !isTerminal(fd) && !isFile(fd);
}

/** Prints text for people on stdout, with names and answers of others in it; in a CI's log it gives no commands. */
export function printText({ stdout, env }: Pick<Io, "stdout" | "env">, text: string): void {
  stdout(isCiLog(1, env) ? withoutCommands(text) : text);
}

/** Writes our own commands to a CI's runner. */
export function rawStderr(text: string): void {
  fdSink(2, { name: "stderr", onError() {} }).write(text);
}

function isFile(fd: number): boolean {
  try {
    return fstatSync(fd).isFile();
  } catch {
    return false;
  }
}
