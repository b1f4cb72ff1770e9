// Reads a text file that a user named: whole, UTF-8 and of a sane size, or a reason that a person understands.
import { isUtf8 } from "node:buffer";
import { open, readdir } from "node:fs/promises";
import { basename, dirname } from "node:path";
import { nearest } from "./nearest.js";
import { err, ok, type Result } from "./result.js";

/** No task file, config file, prompt file or piped context may be larger: 16 MiB. */
export const TEXT_LIMIT_BYTES = 16 * 1024 * 1024;

/** Why a file could not be read. */
export interface ReadProblem {
  /** The system's word for it, `TOO_LARGE` or `NOT_TEXT`. */
  code: string;
  message: string;
  hint?: string;
}

/** The text of a file, pipe or device, without its byte order mark. Never reads more than the limit. */
export async function readText(path: string, limit_bytes = TEXT_LIMIT_BYTES): Promise<Result<string, ReadProblem>> {
  try {
    const file = await open(path, "r");
    try {
      const stat = await file.stat();
      if (stat.isDirectory()) return err({ code: "EISDIR", message: "this is a directory, not a file" });
      if (stat.isFile() && stat.size > limit_bytes) return err(tooLarge(limit_bytes, stat.size));
      const chunks: Buffer[] = [];
      let total = 0;
      for (;;) {
        const chunk = Buffer.allocUnsafe(stat.isFile() ? Math.max(stat.size - total, 0) + 1 : 64 * 1024);
        const { bytesRead } = await file.read(chunk, 0, chunk.length, null);
        if (bytesRead === 0) break;
        total += bytesRead;
        if (total > limit_bytes) return err(tooLarge(limit_bytes));
        chunks.push(chunk.subarray(0, bytesRead));
      }
      return decodeText(chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks));
    } finally {
      await file.close();
    }
  } catch (cause) {
    return err(await explain(path, cause));
  }
}

/** Bytes as UTF-8 text without a byte order mark. */
function decodeText(bytes: Buffer): Result<string, ReadProblem> {
  if (isUtf8(bytes)) {
    const text = bytes.toString("utf8");
    return ok(text.startsWith("\uFEFF") ? text.slice(1) : text);
  }
  // What `>` writes in older versions of PowerShell.
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

async function explain(path: string, cause: unknown): Promise<ReadProblem> {
  const code = cause instanceof Error && "code" in cause ? String(cause.code) : undefined;
  if (code === undefined) throw cause;
  switch (code) {
    case "ENOENT": {
      const names = await readdir(dirname(path)).catch(() => undefined);
      if (names === undefined) return { code, message: "there is no such file, nor the directory it would be in" };
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
