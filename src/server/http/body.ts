// Reads the body of a request: it must be JSON by type and text, and its real size must be within the limit.
import { isUtf8 } from "node:buffer";
import { createMiddleware } from "hono/factory";
import type * as z from "zod/mini";
import {
  type Diagnostic,
  diagnosticsAt,
  inOrder,
  type Place,
  placesIn,
  toDiagnostics,
} from "../../document/diagnostics.js";
import { parseDocument } from "../../document/document.js";
import { validate } from "../../document/validate.js";
import { err, ok, type Result } from "../../util/result.js";
import { tooLongList } from "../policy/task-limit.js";
import { detailsOf, invalid, problem } from "./problem.js";
import type { AppContext, AppEnv } from "./route.js";

const JSON_TYPE = /^application\/json *(; *charset=("utf-8"|utf-8) *)?$/i;

/** Reads the body for the handler, or refuses it. Without one the handler gets `undefined`, unless it is `required`. */
export function jsonBody({
  max_bytes,
  max_tasks,
  required,
}: {
  max_bytes: number;
  max_tasks: number;
  required: boolean;
}) {
  return createMiddleware<AppEnv>(async (c, next) => {
    const length = Number(c.req.header("Content-Length") ?? 0);
    const bytes = length > max_bytes ? "too_large" : await readAll(c, max_bytes);
    if (bytes === "too_large") return problem(c, "body_too_large", `the body is larger than ${max_bytes} bytes`);
    if (bytes === "cut_off") return problem(c, "bad_request", "the body is cut off");
    if (bytes.length === 0 && !required) return next();
    const type = c.req.header("Content-Type") ?? "";
    if (!JSON_TYPE.test(type) || c.req.header("Content-Encoding") !== undefined)
      return problem(c, "unsupported_media_type", "expected `Content-Type: application/json`, not compressed");
    if (!isUtf8(bytes)) return problem(c, "invalid_json", "the body is not UTF-8");
    // A byte order mark is not part of the text.
    const text = bytes.toString("utf8").replace(/^\uFEFF/, "");
    try {
      const tooLong = tooLongList(JSON.parse(text), max_tasks);
      if (tooLong) return invalid(c, toDiagnostics("body", [tooLong]));
      c.set("body", text);
    } catch {
      return whyInvalid(c, text);
    }
    return next();
  });
}

/** A body that fits its schema, and the places of its fields. */
export interface Body<T> {
  value: T;
  place: Place;
}

/** Reads the body as strictly as a task file: a repeated name is a problem, too. No body reads as `{}`. */
export async function readBody<S extends z.ZodMiniType>(
  c: AppContext,
  schema: S,
): Promise<Result<Body<z.output<S>>, Diagnostic[]>> {
  const document = await parseDocument(c.get("body") ?? "{}", "body.json");
  if (!document.ok) return err(toDiagnostics("body", document.error));
  const { value, problems, locate } = document.value;
  const place = placesIn("body", locate);
  const checked = validate(schema, value);
  const all = problems.concat(checked.problems);
  return checked.value === undefined || all.length > 0
    ? err(inOrder(diagnosticsAt(all, place)))
    : ok({ value: checked.value, place });
}

async function readAll(c: AppContext, max_bytes: number): Promise<Buffer | "too_large" | "cut_off"> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    for await (const chunk of c.req.raw.body ?? []) {
      size += chunk.length;
      if (size > max_bytes) return "too_large";
      chunks.push(chunk);
    }
  } catch {
    return "cut_off";
  }
  return Buffer.concat(chunks);
}

async function whyInvalid(c: AppContext, text: string): Promise<Response> {
  const message = "the body is not valid JSON";
  const parsed = await parseDocument(text, "body.json");
  if (parsed.ok) return problem(c, "invalid_json", `${message}: it has comments, or commas at an end`);
  return problem(c, "invalid_json", message, { details: detailsOf(toDiagnostics("body", parsed.error)) });
}
