// `clinvk config`: shows the effective configuration and where it came from, and changes the file.
import { existsSync } from "node:fs";
import { dirname } from "node:path";
import { checkConfigValues } from "../../app/check-values.js";
import { setInConfigFile } from "../../config/edit.js";
import { type ConfigPlace, findConfigFile } from "../../config/file.js";
import { emptyConfig, type LoadedConfig, loadConfig } from "../../config/load.js";
import { formatPath, type KeyPath, parsePath } from "../../document/diagnostics.js";
import { noneOf, validate } from "../../document/validate.js";
import { backendNames, Config } from "../../schema/config.js";
import { valueAt } from "../../util/json.js";
import { makeDir, writeNew } from "../../util/new-files.js";
import { omitUndefined } from "../../util/omit-undefined.js";
import { err } from "../../util/result.js";
import { newCommand, parseFlags } from "../commander.js";
import { asObject, asYaml, type ConfigValue, configValues, masked } from "../config-values.js";
import { EXIT } from "../exit-codes.js";
import { configTemplate, schemaPlace } from "../init-templates.js";
import type { Io } from "../io.js";
import { fail, refuse } from "../refuse.js";

const HELP = `
The file is --config, $CLINVK_CONFIG, or config.yaml in $CLINVK_HOME (usually ~/.clinvk). It need not exist.

Examples:
  clinvk config show --origin
  clinvk config get parallel.max_workers
  clinvk config init
  clinvk config set parallel.max_workers 5
  clinvk config unset parallel.max_workers
  clinvk config set backends.codex.extra_flags '["--search"]'
  clinvk config schema > config.schema.json`;

export async function run(argv: string[], io: Io): Promise<number> {
  let action = async (): Promise<number> => EXIT.ok;
  const command = newCommand("config", io).description("Show and change the configuration.").addHelpText("after", HELP);
  const add = (usage: string, description: string) =>
    command.command(usage).description(description).option("-c, --config <file>", "the configuration file");
  add("show", "print the effective configuration, secrets masked")
    .option("--origin", "show where each value comes from")
    .option("--json", "as JSON")
    .action((flags) => {
      action = () => show(flags, io);
    });
  add("get", "print one value; exit code 1 if it is not set and has no default")
    .argument("<key>", "such as `parallel.max_workers`")
    .option("--json", "as JSON, a string with its quotes")
    .action((key, flags) => {
      action = () => get(key, flags, io);
    });
  add("set", "set one value in the file, and keep its comments")
    .argument("<key>", "such as `parallel.max_workers`")
    .argument("<value>", "a list or an object is written as JSON")
    .action((key, value, flags) => {
      action = () => set(key, value, flags, io);
    });
  add("unset", "remove one value from the file")
    .argument("<key>", "such as `parallel.max_workers`")
    .action((key, flags) => {
      action = () => unset(key, flags, io);
    });
  add("init", "write a file in which every key is explained; nothing that exists is overwritten").action((flags) => {
    action = () => init(flags, io);
  });
  add("path", "print which file is used").action((flags) => {
    action = async () => path(flags, io);
  });
  command
    .command("schema")
    .description("print the JSON Schema of the file, as `clinvk schema config` does")
    .action(() => {
      action = async () => (await import("./schema.js")).run(["config"], io);
    });
  return parseFlags(command, argv, io) ?? action();
}

interface FileFlag {
  config?: string | undefined;
}

async function show(flags: FileFlag & { origin?: true | undefined; json?: true | undefined }, io: Io): Promise<number> {
  const loaded = await load(flags, io);
  if (loaded === undefined) return EXIT.invalid;
  const values = masked(configValues(loaded), loaded, io.env);
  if (!flags.json) io.stdout(await asYaml(values, flags.origin === true));
  else io.stdout(`${JSON.stringify(flags.origin ? withOrigins(values) : asObject(values), null, 2)}\n`);
  return EXIT.ok;
}

function withOrigins(values: readonly ConfigValue[]): object {
  return Object.fromEntries(values.map(({ path, value, origin }) => [formatPath(path), { value, origin }]));
}

async function get(key: string, flags: FileFlag & { json?: true | undefined }, io: Io): Promise<number> {
  const loaded = await load(flags, io);
  if (loaded === undefined) return EXIT.invalid;
  const path = parsePath(key);
  const wrong = unknownKey(path, loaded.config);
  if (wrong !== undefined) return fail(io, "clinvk config get", `${key}: ${wrong}`);
  const value = valueAt(asObject(configValues(loaded)), path);
  if (value === undefined) return fail(io, "clinvk config get", `${key} is not set`, EXIT.failed);
  io.stdout(`${typeof value === "string" && !flags.json ? value : JSON.stringify(value)}\n`);
  return EXIT.ok;
}

async function set(key: string, text: string, flags: FileFlag, io: Io): Promise<number> {
  const place = findConfigFile(request(flags, io));
  if (!place.ok) return refuse(io, place.error, NO_CHANGE);
  const path = parsePath(key);
  const value = typed(text, path);
  const done = await change(place.value, path, value);
  if (!done.ok) return refuse(io, done.error, NO_CHANGE);
  const shown = path[0] === "backends" && path[2] === "env" ? "set" : JSON.stringify(value);
  io.stderr(`${key} is ${shown} in ${place.value.path}\n`);
  const loaded = await loadConfig(request(flags, io));
  const origin = loaded.ok ? loaded.value.origin(key) : "";
  if (origin.startsWith("$")) io.stderr(`note: ${origin} is set and wins over the file\n`);
  return EXIT.ok;
}

async function unset(key: string, flags: FileFlag, io: Io): Promise<number> {
  const place = findConfigFile(request(flags, io));
  if (!place.ok) return refuse(io, place.error, NO_CHANGE);
  const loaded = await load(flags, io);
  if (loaded === undefined) return EXIT.invalid;
  const path = parsePath(key);
  const wrong = unknownKey(path, loaded.config);
  if (wrong !== undefined) return fail(io, "clinvk config unset", `${key}: ${wrong}`);
  // The effective value may come from an environment variable.
  if (valueAt(loaded.config, path) === undefined || loaded.origin(key).startsWith("$"))
    return fail(io, "clinvk config unset", `${key} is not set in ${place.value.path}`, EXIT.failed);
  const done = await change(place.value, path, undefined);
  if (!done.ok) return refuse(io, done.error, NO_CHANGE);
  io.stderr(`${key} is no longer set in ${place.value.path}\n`);
  return EXIT.ok;
}

function change(place: ConfigPlace, path: KeyPath, value: unknown) {
  if (path.length === 0) return err([{ source: "KEY", message: NO_KEY }]);
  const check = (config: Config) => checkConfigValues({ ...emptyConfig(""), config });
  return setInConfigFile({ place, path, value, check });
}

async function init(flags: FileFlag, io: Io): Promise<number> {
  const place = findConfigFile(request(flags, io));
  if (!place.ok) return refuse(io, place.error, NO_CHANGE);
  const { path } = place.value;
  if (!/\.ya?ml$/.test(path)) return fail(io, path, "the name must end in .yaml or .yml: the file has comments");
  try {
    makeDir(dirname(path));
  } catch (error) {
    return fail(io, "clinvk config init", (error as NodeJS.ErrnoException).message);
  }
  const written = writeNew(path, configTemplate(schemaPlace("config", dirname(path))), 0o600);
  if (!written.ok) return fail(io, "clinvk config init", written.error);
  io.stderr(`wrote ${path}\n\nNext:\n  clinvk config show --origin   # what is in effect, and where it comes from\n`);
  return EXIT.ok;
}

const NO_CHANGE = "nothing was changed";

/** A string if the key takes one, else the text parsed as JSON; the schema then refuses text that is no JSON. */
function typed(text: string, path: KeyPath): unknown {
  const problems = validate(Config, nested(path, text)).problems;
  if (!problems.some((problem) => formatPath(problem.path) === formatPath(path))) return text;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** An object with nothing but `value` at `path`. */
function nested(path: KeyPath, value: unknown): unknown {
  return path.reduceRight<unknown>(
    (inner, step) => (typeof step === "number" ? new Array(step + 1).fill(inner) : { [step]: inner }),
    value,
  );
}

function path(flags: FileFlag, io: Io): number {
  const place = findConfigFile(request(flags, io));
  if (!place.ok) return refuse(io, place.error, "nothing was read");
  io.stdout(`${place.value.path}\n`);
  if (!existsSync(place.value.path)) io.stderr("it does not exist; `clinvk config set` makes it\n");
  return EXIT.ok;
}

const NO_KEY = "expected the name of a key";

/** Why the key is unknown, with the nearest known key; `undefined` if it is known. */
function unknownKey(path: KeyPath, config: Config): string | undefined {
  const words = ({ message, hint }: { message: string; hint?: string }) =>
    hint === undefined ? message : `${message} — ${hint}`;
  if (path.length === 0) return NO_KEY;
  const [first, name] = path;
  if (first === "backends" && name !== undefined && !backendNames(config).includes(String(name)))
    return words(noneOf(backendNames(config), name));
  // `{}` rarely has the type of the key, so the schema may report that too; only an unknown key counts here.
  const unknown = validate(Config, nested(path, {})).problems.find(({ at }) => at === "key");
  return unknown && words(unknown);
}

function request({ config }: FileFlag, { env, cwd }: Io) {
  return { env, cwd, ...omitUndefined({ config_flag: config }) };
}

async function load(flags: FileFlag, io: Io): Promise<LoadedConfig | undefined> {
  const loaded = await loadConfig(request(flags, io));
  const problems = loaded.ok ? checkConfigValues(loaded.value) : loaded.error;
  if (loaded.ok && problems.length === 0) return loaded.value;
  refuse(io, problems, "nothing was read");
  return undefined;
}
