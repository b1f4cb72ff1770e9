// `clinvk offline`: starts only the offline model server, for clients that are configured by hand.
import { backends } from "../../backends/index.js";
import { readOfflineScript } from "../../offline/script-file.js";
import { startOfflineServer } from "../../offline/server.js";
import { newCommand, parseFlags } from "../commander.js";
import { EXIT } from "../exit-codes.js";
import { type Io, tellWaiting } from "../io.js";
import { fail, refuse } from "../refuse.js";
import { catchInterrupts } from "../signals.js";

const HELP = `
It listens on 127.0.0.1 only and prints the settings with which each CLI talks to it. No real model is asked.

Examples:
  clinvk offline
  clinvk offline --port 4800 --script rules.json`;

export async function run(argv: string[], io: Io): Promise<number> {
  const command = newCommand("offline", io)
    .description("Start the offline model, a fake model server, until it is interrupted.")
    .option("-p, --port <port>", "port to listen on; any free one if not given")
    .option("--script <file>", "rules for what it answers")
    .addHelpText("after", HELP);
  const over = parseFlags(command, argv, io);
  if (over !== undefined) return over;
  const { port: wanted = "0", script: file } = command.opts();
  const port = /^\d{1,5}$/.test(wanted) ? Number(wanted) : Number.NaN;
  if (!(port <= 65535)) {
    return fail(io, "--port", `expected a number from 0 to 65535, got "${wanted}"`);
  }
  const script = file === undefined ? undefined : await readOfflineScript(file, io.cwd, tellWaiting(io));
  if (script && !script.ok) return refuse(io, script.error, "nothing was started");
  const server = await startOfflineServer({ port, ...(script ? { script: script.value } : {}) }).catch(
    (error: NodeJS.ErrnoException) => error,
  );
  if (server instanceof Error)
    return fail(io, "clinvk offline", `can't listen on port ${port}: ${server.code ?? server.message}`);
  const interrupts = catchInterrupts(() => {});
  io.stdout(`${hints(server.url)}\n`);
  io.stderr(`offline model on ${server.url}; Ctrl-C ends it\n`);
  await new Promise((ended) => interrupts.signal.addEventListener("abort", ended));
  interrupts.dispose();
  await server.close();
  io.stderr(`requests to the model: ${server.model_calls}\n`);
  return EXIT.ok;
}

function hints(url: string): string {
  return Object.values(backends)
    .map((backend) => [`# ${backend.title}`, ...backend.offline_hint(url)].join("\n"))
    .join("\n\n");
}
