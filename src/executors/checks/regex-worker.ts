// Runs inside a checking thread: applies user patterns and schemas to answers, where they can't block anything else.
// The thread gets `judge` as source text, which works unbundled, bundled and in tests alike. So `judge` may use nothing from
// outside itself; its caller passes in what it needs.
import type { MessagePort } from "node:worker_threads";
import type { ErrorObject, ValidateFunction } from "ajv";
import type { OutputSchema } from "../../schema/expect.js";

/** The questions that a checking thread answers. */
export type Question =
  /** Does the pattern match in the text, or in the file if there is one? → boolean */
  | { type: "search"; pattern: string; flags: string; text: string; file?: string }
  /** What does the pattern find: its first group, or the whole match if it has none? → text, or `null` */
  | { type: "find"; pattern: string; flags: string; text: string; file?: string }
  /** Is this schema usable? → its problems */
  | { type: "schema"; schema: OutputSchema }
  /** Does the value satisfy the schema? → its problems */
  | { type: "validate"; schema: OutputSchema; value: unknown };

/** The reply to a question; problems are texts for a person, each with its place. */
export type Reply<Q extends Question> = Q extends { type: "search" }
  ? boolean
  : Q extends { type: "find" }
    ? string | null
    : string[];

/** Any of them. */
export type AnyReply = Reply<Question>;

/** Messages of the thread: first that all is loaded and the work begins, then the result. */
export type Message = { type: "begins" } | { type: "reply"; value: AnyReply } | { type: "error"; text: string };

/** Serves questions from `port`, one after the other. `ajv_dir` is ajv's folder of modules. */
export function judge(port: MessagePort, load: NodeJS.Require, ajv_dir: string): void {
  const MAX_PROBLEMS = 5;
  const MAX_COMPILED = 100;
  const compiled = new Map<string, ValidateFunction | string>();
  const engines = new Map<string, InstanceType<typeof import("ajv").Ajv>>();
  const tell = (message: Message) => port.postMessage(message);

  /** Ignores formats: ajv has none of its own, and an unknown format must not fail an answer. */
  function engineFor(schema: OutputSchema) {
    const dialect = typeof schema.$schema === "string" ? schema.$schema : "2020-12";
    const module = [
      ["2020-12", "2020.js"],
      ["2019-09", "2019.js"],
      ["draft-07", "ajv.js"],
    ].find(([name]) => dialect.includes(String(name)))?.[1];
    if (module === undefined) return undefined;
    let engine = engines.get(module);
    if (engine === undefined) {
      const { default: Engine } = load(`${ajv_dir}/${module}`);
      engine = new Engine({ strict: false, allErrors: true, validateFormats: false, logger: false }) as InstanceType<
        typeof import("ajv").Ajv
      >;
      engines.set(module, engine);
    }
    return engine;
  }

  /** Compiles a schema, or says why it can't. */
  function compile(schema: OutputSchema): ValidateFunction | string {
    const engine = engineFor(schema);
    tell({ type: "begins" });
    if (engine === undefined) {
      return `$schema ${JSON.stringify(schema.$schema)} is not known; known are draft 2020-12, 2019-09 and draft-07`;
    }
    const key = JSON.stringify(schema);
    let result = compiled.get(key);
    if (result === undefined) {
      result = compileWith(engine, schema);
      // The engine keeps every schema, and tasks may have different ones with the same `$id`. A failed schema may have taken the
      // id of another one, and removing it would remove that one.
      if (typeof result === "string") engines.clear();
      else engine.removeSchema(schema);
      if (compiled.size >= MAX_COMPILED) compiled.clear();
      compiled.set(key, result);
    }
    return result;
  }

  function compileWith(engine: NonNullable<ReturnType<typeof engineFor>>, schema: OutputSchema) {
    try {
      if (engine.validateSchema(schema) !== true) return list(engine.errors ?? [], "the schema").join("; ");
      const validate = engine.compile(schema);
      return "$async" in validate ? "$async is not allowed" : validate;
    } catch (error) {
      const { message, missingRef } = error as Error & { missingRef?: string };
      if (missingRef === undefined) return message;
      return `$ref ${JSON.stringify(missingRef)} leads to nothing inside the schema; other documents are not fetched`;
    }
  }

  /** The first few problems, each once, as `/items/0/name must be string`. */
  function list(errors: readonly ErrorObject[], whole: string): string[] {
    const all = new Set<string>();
    for (const { instancePath, message, params } of errors) {
      const more =
        params.additionalProperty ?? params.unevaluatedProperty ?? params.allowedValues ?? params.allowedValue;
      const detail = more === undefined ? "" : `: ${JSON.stringify(more).slice(0, 200)}`;
      all.add(`${instancePath === "" ? whole : instancePath} ${message ?? "is wrong"}${detail}`);
    }
    const shown = [...all].slice(0, MAX_PROBLEMS);
    return all.size > shown.length ? [...shown, `and ${all.size - shown.length} more`] : shown;
  }

  function answer(question: Question): AnyReply {
    switch (question.type) {
      case "find":
      case "search": {
        const { pattern, flags, file } = question;
        const text: string = file === undefined ? question.text : load("node:fs").readFileSync(file, "utf8");
        tell({ type: "begins" });
        const found = new RegExp(pattern, flags).exec(text);
        return question.type === "search"
          ? found !== null
          : found && (found.length > 1 ? (found.slice(1).find((group) => group !== undefined) ?? null) : found[0]);
      }
      case "schema": {
        const result = compile(question.schema);
        return typeof result === "string" ? [result] : [];
      }
      case "validate": {
        const result = compile(question.schema);
        if (typeof result === "string") return [result];
        return result(question.value) ? [] : list(result.errors ?? [], "the answer");
      }
    }
  }

  port.on("message", (question: Question) => {
    try {
      tell({ type: "reply", value: answer(question) });
    } catch (error) {
      tell({ type: "error", text: error instanceof Error ? error.message : String(error) });
    }
  });
}
