// `clinvk serve`: the HTTP server, until it is interrupted.
import { constants } from "node:os";
import { checkConfigValues } from "../../app/check-values.js";
import { type LoadedConfig, loadConfig } from "../../config/load.js";
import { readOfflineScript } from "../../offline/script-file.js";
import { isLoopback } from "../../server/http/host-guard.js";
import { createLog } from "../../server/http/log.js";
import { configuredKeys, type Keys, NO_KEYS, ownKey } from "../../server/keys.js";
import { type Serving, serve } from "../../server/serve.js";
import { serverSettings } from "../../server/settings.js";
import { omitUndefined } from "../../util/omit-undefined.js";
import { err, ok, type Result } from "../../util/result.js";
import { isTerminal } from "../../util/terminal.js";
import { newCommand } from "../commander.js";
import { EXIT } from "../exit-codes.js";
import { isOffline, parseRunFlags, withRunFlags } from "../flags/read-run-flags.js";
import { type Io, tellWaiting } from "../io.js";
import { fail, refuse } from "../refuse.js";
import { catchInterrupts, type Interrupts } from "../signals.js";

/** Set when the command line is bundled. */
declare const __CLINVK_VERSION__: string;

const HELP = `
Keys: CLINVK_API_KEYS (comma-separated) or server.api_keys_file in the configuration. Without either the server makes a
key, keeps it in $CLINVK_HOME/server.key and prints the dashboard's address with it. Tasks work in the directory in which
the server is started, or in those of server.allowed_workdir_prefixes.

The first SIGTERM or Ctrl-C lets running tasks finish for server.shutdown_grace_secs; a second one kills them at once.

Examples:
  clinvk serve
  clinvk serve --port 0 --offline
  CLINVK_API_KEYS=long-secret clinvk serve --host 0.0.0.0

Exit codes: 0 stopped with every run finished, 129/130/143 runs were interrupted, 2 nothing was started.`;

export async function run(argv: string[], io: Io): Promise<number> {
  const command = newCommand("serve", io)
    .description("Serve the HTTP API and the dashboard until interrupted.")
    .option("--host <address>", "address to listen on (default: 127.0.0.1)")
    .option("-p, --port <port>", "port to listen on; 0 for any free one (default: 8080)")
    .option("--no-auth", "require no key; on the loopback interface only")
    .addHelpText("after", HELP);
  const flags = parseRunFlags(withRunFlags(command, "serve"), argv, io);
  if (typeof flags === "number") return flags;
  const port = flags.port === undefined ? undefined : portOf(flags.port);
  if (Number.isNaN(port)) return fail(io, "--port", `expected a number from 0 to 65535, got "${flags.port}"`);
  const config = await loadConfig({ env: io.env, cwd: io.cwd, ...omitUndefined({ config_flag: flags.config }) });
  const wrong = config.ok ? checkConfigValues(config.value) : config.error;
  if (!config.ok || wrong.length > 0) return refuse(io, wrong, NOTHING_STARTED);
  const script =
    flags.offlineScript === undefined
      ? undefined
      : await readOfflineScript(flags.offlineScript, io.cwd, tellWaiting(io));
  if (script && !script.ok) return refuse(io, script.error, NOTHING_STARTED);
  const settings = serverSettings(config.value, omitUndefined({ host: flags.host, port }));
  const keys = keysFor(flags.auth, settings.host, config.value, io);
  if (!keys.ok) return fail(io, "clinvk serve", keys.error);

  const log = createLog({ write: io.stderr, tty: isTerminal(2) });
  const serving = await serve({
    version: __CLINVK_VERSION__,
    config: config.value,
    settings,
    keys: keys.value,
    log,
    env: io.env,
    cwd: io.cwd,
    ...omitUndefined({ offline_script: script?.value }),
    offline: isOffline(flags),
  }).catch((error: NodeJS.ErrnoException) => error);
  if (serving instanceof Error) {
    const why = serving.code === "EADDRINUSE" ? "another program listens there (EADDRINUSE)" : serving.message;
    return fail(
      io,
      "clinvk serve",
      `can't listen on ${settings.host}, port ${settings.port}: ${why}; --port picks another`,
    );
  }
  const { shutdown_grace_secs } = settings;
  // Before the address is told: its reader may stop the server at once.
  const interrupts = catchInterrupts((name) =>
    io.stderr(`clinvk: ${name}: runs may end within ${shutdown_grace_secs} s; once more kills at once\n`),
  );
  io.stdout(`clinvk ${__CLINVK_VERSION__} listens on ${serving.url}\n`);
  io.stdout(`Dashboard: ${serving.url}/${keys.value.generated === undefined ? "" : `#key=${keys.value.generated}`}\n`);
  return untilStopped(serving, interrupts);
}

const NOTHING_STARTED = "nothing was started";

/** The first signal ends the server gracefully, the second one at once. */
async function untilStopped(serving: Serving, interrupts: Interrupts): Promise<number> {
  const { signal, kill } = interrupts;
  await new Promise((told) => signal.addEventListener("abort", told));
  kill.addEventListener("abort", () => serving.kill());
  const name = signal.reason as "SIGINT" | "SIGTERM" | "SIGHUP";
  const clean = await serving.stop(name);
  interrupts.dispose();
  return clean && !kill.aborted ? EXIT.ok : 128 + constants.signals[name];
}

function portOf(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  return port <= 65535 ? port : Number.NaN;
}

/** Callers from outside need a key that the operator has set. */
function keysFor(auth: boolean, host: string, config: LoadedConfig, io: Io): Result<Keys, string> {
  const local = isLoopback(host);
  if (!auth)
    return local
      ? ok(NO_KEYS)
      : err(`--no-auth is for the loopback interface only, and ${host} is reached from outside`);
  const configured = configuredKeys({ env: io.env, config, cwd: io.cwd });
  if (!configured.ok) return configured;
  if (configured.value) return ok(configured.value);
  if (local) return ownKey(config.clinvk_home);
  return err(`${host} is reached from outside: set CLINVK_API_KEYS, or server.api_keys_file in the configuration`);
}
