// Reads a text file that a user named: the whole UTF-8 text within a size limit, or a reason that a person understands.
import { isUtf8 } from "node:buffer";
import { createReadStream, readdirSync, readFileSync, statSync } from "node:fs";
import { basename, dirname } from "node:path";
import { nearest } from "../util/nearest.js";
import { err, ok, type Result } from "../util/result.js";
import { type OnWait, tellIfSlow } from "./slow-source.js";

/** No task file, config file, prompt file or piped context may be larger: 16 MiB. */
export const TEXT_LIMIT_BYTES = 16 * 1024 * 1024;

/** Why a file could not be read. */
export interface ReadProblem {
  /** The system's error code, `TOO_LARGE` or `NOT_TEXT`. */
  code: string;
  message: string;
  hint?: string;
}

/** The text of a file, pipe or device, without its byte order mark. Never reads more than the limit. `onWait`: see `tellIfSlow`. */
export async function readText(
  path: string,
  { limit_bytes = TEXT_LIMIT_BYTES, onWait }: { limit_bytes?: number; onWait?: OnWait | undefined } = {},
): Promise<Result<string, ReadProblem>> {
  try {
    const stat = statSync(path);
    if (stat.isDirectory()) return err({ code: "EISDIR", message: "this is a directory, not a file" });
    // Read a plain file synchronously: asynchronous reading starts a thread pool, which costs 5 ms of CPU.
    if (!stat.isFile())
      return await tellIfSlow(`${path}, a pipe that delivers nothing`, onWait, readStream(path, limit_bytes));
    return stat.size > limit_bytes ? err(tooLarge(limit_bytes, stat.size)) : decodeText(readFileSync(path));
  } catch (cause) {
    return err(explain(path, cause));
  }
}

/** Reads a pipe or device, which may be slow and may never end. */
async function readStream(path: string, limit_bytes: number): Promise<Result<string, ReadProblem>> {
  const chunks: Buffer[] = [];
  let total = 0;
  for await (const chunk of createReadStream(path)) {
    total += chunk.length;
    if (total > limit_bytes) return err(tooLarge(limit_bytes));
    chunks.push(chunk);
  }
  return decodeText(Buffer.concat(chunks));
}

/** Bytes as UTF-8 text without a byte order mark. */
function decodeText(bytes: Buffer): Result<string, ReadProblem> {
  if (isUtf8(bytes)) {
    const text = bytes.toString("utf8");
    return ok(text.startsWith("\uFEFF") ? text.slice(1) : text);
  }
  // `>` in older versions of PowerShell writes UTF-16.
  const utf16 = (bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff);
  return err(
    utf16
      ? { code: "NOT_TEXT", message: "this file is UTF-16, not UTF-8", hint: "save it as UTF-8" }
      : { code: "NOT_TEXT", message: "this is not a text file: its bytes are not UTF-8" },
  );
}

/** The message for an input above the limit. */
export function tooLarge(limit_bytes: number, size_bytes?: number): ReadProblem {
  const size = size_bytes === undefined ? "this is too large" : `this is too large (${mebibytes(size_bytes)} MiB)`;
  return { code: "TOO_LARGE", message: `${size}: the limit is ${mebibytes(limit_bytes)} MiB` };
}

function mebibytes(bytes: number): string {
  return (bytes / 1024 / 1024).toFixed(1).replace(/\.0$/, "");
}

function explain(path: string, cause: unknown): ReadProblem {
  const code = cause instanceof Error && "code" in cause ? String(cause.code) : undefined;
  if (code === undefined) throw cause;
  switch (code) {
    case "ENOENT": {
      const names = namesIn(dirname(path));
      if (names === undefined) return { code, message: "there is no such file, nor the directory it would be in" };
      if (names.includes(basename(path))) return { code, message: "this is a link to a file that is not there" };
      const near = nearest(basename(path), names);
      return {
        code,
        message: "there is no such file",
        ...(near === undefined ? {} : { hint: `did you mean \`${near}\`?` }),
      };
    }
    case "ENOTDIR":
      return { code, message: "there is no such file: a part of its path is not a directory" };
    case "EACCES":
    case "EPERM":
      return { code, message: "this file may not be read: permission denied" };
    default:
      return { code, message: `this file cannot be read (${code})` };
  }
}

function namesIn(directory: string): string[] | undefined {
  try {
    return readdirSync(directory);
  } catch {
    return undefined;
  }
}
