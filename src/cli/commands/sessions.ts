// `clinvk sessions`: lists, shows and deletes the conversations that can be continued.
import { join } from "node:path";
import { Option } from "@commander-js/extra-typings";
import { realDirectory } from "../../app/session.js";
import { backends } from "../../backends/index.js";
import type { BuiltIn } from "../../backends/shared/backend.js";
import { clinvkHome } from "../../config/home.js";
import { loadConfig } from "../../config/load.js";
import { locate, typedCommand } from "../../executors/locate.js";
import { SESSION_STATUSES, type Session } from "../../schema/session.js";
import {
  deleteSession,
  findSession,
  listSessions,
  pruneSessions,
  readSession,
  SESSION_RETENTION_DAYS,
  sessionDir,
} from "../../store/sessions.js";
import { omitUndefined } from "../../util/omit-undefined.js";
import { shellQuote } from "../../util/shell-quote.js";
import { terminalColumns } from "../../util/terminal.js";
import { printText } from "../ci-log.js";
import { newCommand, parseFlags } from "../commander.js";
import { EXIT } from "../exit-codes.js";
import { parseAge } from "../flags/age-flag.js";
import type { Io } from "../io.js";
import { listText, showText } from "../output/sessions-text.js";
import { fail, refuse } from "../refuse.js";

const HELP = `
A session is recorded under $CLINVK_HOME/sessions (CLINVK_HOME is ~/.clinvk if not set). The beginning
or the end of an ID is enough if no other session has the same. Deleting a session does not delete what claude and codex
keep of the conversation themselves.

Examples:
  clinvk sessions list --here
  clinvk sessions list --backend codex --status failed --json
  clinvk sessions show 3f9a1c
  clinvk sessions delete 3f9a1c
  clinvk sessions clean --older-than 7d`;

export async function run(argv: string[], io: Io): Promise<number> {
  const home = clinvkHome(io.env);
  let action = async () => EXIT.ok as number;
  const command = newCommand("sessions", io)
    .description("List, show and delete the sessions of clinvk prompt.")
    .addHelpText("after", HELP);
  command
    .command("list")
    .description("List sessions, most recent first.")
    .option("-b, --backend <name>", "only sessions of this backend")
    .addOption(new Option("--status <status>", "only sessions with this status").choices(SESSION_STATUSES))
    .option("--here", "only sessions of this directory")
    .option("-n, --limit <count>", "how many at most", "20")
    .option("--json", "print JSON")
    .action((flags) => {
      action = async () => list(home, flags, io);
    });
  command
    .command("show")
    .description("Show one session.")
    .argument("<id>")
    .option("--json", "print JSON")
    .action((id, flags) => {
      action = async () => show(home, id, flags.json === true, io);
    });
  command
    .command("delete")
    .description("Delete sessions (not those in use).")
    .argument("<id...>")
    .option("--json", "print JSON")
    .action((ids, flags) => {
      action = async () => remove(home, ids, flags.json === true, io);
    });
  command
    .command("clean")
    .description("Delete old sessions.")
    .option(
      "--older-than <age>",
      "since their last turn, such as 30d or 12h (default: session.retention_days, else 30d)",
    )
    .option("--json", "print JSON")
    .action((flags) => {
      action = () => clean(home, flags.olderThan, flags.json === true, io);
    });
  const over = parseFlags(command, argv, io);
  if (over !== undefined) return over;
  try {
    return await action();
  } catch (error) {
    // Such as no permission or an I/O error: a stack trace would not help.
    if (!(error instanceof Error && "syscall" in error)) throw error;
    return fail(io, "clinvk sessions", error.message, EXIT.failed);
  }
}

interface ListFlags {
  backend?: string | undefined;
  status?: Session["status"] | undefined;
  here?: true | undefined;
  limit: string;
  json?: true | undefined;
}

async function list(home: string, { backend, status, here, json, limit }: ListFlags, io: Io): Promise<number> {
  if (!/^\d+$/.test(limit) || Number(limit) < 1)
    return fail(io, "--limit", `expected a whole number of at least 1, got "${limit}"`);
  const workdir = here ? realDirectory(io.cwd, undefined) : undefined;
  const found = listSessions(home, { ...omitUndefined({ backend, status, workdir }), limit: Number(limit) });
  if (json) printJson({ sessions: found.sessions, total: found.total }, io);
  else if (found.sessions.length === 0) {
    const such = backend === undefined && status === undefined && !here ? "" : "such ";
    io.stderr(`there are no ${such}sessions in ${home}\n`);
  } else printText(io, await listText(found, { columns: terminalColumns(), now: Date.now() }));
  return failAll(io, "list", found.problems);
}

async function show(home: string, part: string, json: boolean, io: Io): Promise<number> {
  const id = findSession(home, part);
  if (!id.ok) return fail(io, "clinvk sessions show", id.error);
  const session = readSession(home, id.value);
  if (!session.ok) return fail(io, "clinvk sessions show", session.error, EXIT.failed);
  if (json) printJson(session.value, io);
  else printText(io, await showText(session.value, resumeInCli(session.value, home, io), terminalColumns()));
  return EXIT.ok;
}

/** All ids are looked up before any is deleted. */
function remove(home: string, parts: readonly string[], json: boolean, io: Io): number {
  const found = parts.map((part) => findSession(home, part));
  const wrong = found.flatMap((id) => (id.ok ? [] : [id.error]));
  if (wrong.length > 0) return failAll(io, "delete", wrong, EXIT.invalid);
  const ids = [...new Set(found.flatMap((id) => (id.ok ? [id.value] : [])))];
  const removed: string[] = [];
  const problems: string[] = [];
  const kept = new Set<string>();
  for (const id of ids) {
    const session = readSession(home, id);
    const done = deleteSession(home, id);
    if (!done.ok) problems.push(done.error);
    else {
      removed.push(id);
      if (session.ok && keepsItself(session.value)) kept.add(session.value.backend);
    }
  }
  report(removed, json, io);
  if (kept.size > 0) io.stderr(`the copy that ${[...kept].join(" and ")} keeps is still there\n`);
  return failAll(io, "delete", problems);
}

/** A built-in CLI may keep the conversation in the user's own home, which clinvk never deletes. */
function keepsItself({ backend, offline }: Session): boolean {
  return !offline && builtIn(backend)?.keeps_own_copy === true;
}

/** The command that continues a session in the CLI itself, if there is one. */
function resumeInCli(session: Session, clinvk_home: string, { env, cwd }: Io): string | undefined {
  const backend = session.offline ? undefined : builtIn(session.backend);
  if (backend?.resume_command === undefined) return undefined;
  const conversation = { id: session.backend_session_id, home: join(sessionDir(clinvk_home, session.id), "home") };
  const command = typedCommand(backend, locate(backend, { env, clinvk_home, cwd }));
  return `cd ${shellQuote([session.workdir])} && ${backend.resume_command(conversation, command)}`;
}

function builtIn(name: string): BuiltIn | undefined {
  return Object.values(backends).find((backend) => backend.name === name);
}

async function clean(home: string, age: string | undefined, json: boolean, io: Io): Promise<number> {
  const config = await loadConfig({ env: io.env, cwd: io.cwd });
  if (!config.ok) return refuse(io, config.error, "nothing was deleted");
  const days = config.value.config.session?.retention_days ?? SESSION_RETENTION_DAYS;
  if (age === undefined && days === 0) {
    io.stderr("session.retention_days is 0, so sessions are kept for ever; --older-than removes them anyway\n");
    return EXIT.ok;
  }
  const limit = parseAge(age ?? `${days}d`);
  if (!limit.ok) return fail(io, "--older-than", limit.error);
  const { removed, problems } = pruneSessions(home, limit.value);
  report(removed, json, io);
  if (removed.length === 0 && problems.length === 0) io.stderr(`there is no session older than ${age ?? `${days}d`}\n`);
  return failAll(io, "clean", problems);
}

function report(removed: readonly string[], json: boolean, io: Io): void {
  if (json) printJson({ deleted: removed }, io);
  else for (const id of removed) io.stdout(`deleted ${id}\n`);
}

function printJson(value: unknown, io: Io): void {
  io.stdout(`${JSON.stringify(value, null, 2)}\n`);
}

/** Prints the problems, and returns `code`, or 0 if there are none. */
function failAll(io: Io, name: string, problems: readonly string[], code: number = EXIT.failed): number {
  for (const problem of problems) fail(io, `clinvk sessions ${name}`, problem);
  return problems.length === 0 ? EXIT.ok : code;
}
