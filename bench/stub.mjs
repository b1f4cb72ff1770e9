// The stand-in for an AI CLI that every contender runs: reads stdin to its end, waits STUB_MS milliseconds, prints an
// answer. In C where a compiler is at hand, for then next to nothing of what is measured is its own; else a shell script.
import { spawnSync } from "node:child_process";
import { chmodSync, closeSync, copyFileSync, mkdirSync, openSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";

const C_SOURCE = `
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>
static char buffer[65536];
int main(void) {
  while (read(0, buffer, sizeof buffer) > 0) {}
  const char *ms = getenv("STUB_MS");
  if (ms) usleep(atoi(ms) * 1000);
  int file = open(getenv("STUB_ANSWER"), O_RDONLY);
  ssize_t length;
  while ((length = read(file, buffer, sizeof buffer)) > 0)
    for (ssize_t done = 0, n; done < length; done += n)
      if ((n = write(1, buffer + done, length - done)) < 0) return 1;
  return length < 0;
}
`;

const SH_SOURCE = `#!/bin/sh
while read -r _; do :; done
[ -z "$STUB_MS" ] || sleep "$(printf '0.%03d' "$STUB_MS")"
exec cat "$STUB_ANSWER"
`;

/** Puts `claude` and `gemini` into `bin`; returns what they are made of, for the report. */
export function makeStubs(bin, wanted) {
  mkdirSync(bin, { recursive: true });
  const claude = join(bin, "claude");
  const kind = wanted !== "sh" && compile(claude) ? "C" : "sh";
  if (kind === "sh") {
    if (wanted === "c") throw new Error("the C stub could not be compiled; is there a C compiler `cc`?");
    writeFileSync(claude, SH_SOURCE);
    chmodSync(claude, 0o755);
  }
  copyFileSync(claude, join(bin, "gemini"));
  return kind;
}

function compile(file) {
  const attempt = (flags) =>
    spawnSync("cc", ["-O2", ...flags, "-x", "c", "-o", file, "-"], { input: C_SOURCE }).status === 0;
  return attempt(["-static"]) || attempt([]);
}

const INIT = { type: "system", subtype: "init", session_id: "s-1", model: "stub", claude_code_version: "0.0.0" };

function claudeResult(result) {
  return {
    type: "result",
    subtype: "success",
    is_error: false,
    result,
    session_id: "s-1",
    stop_reason: "end_turn",
    terminal_reason: "completed",
    total_cost_usd: 0.01,
    usage: { input_tokens: 3, cache_creation_input_tokens: 0, cache_read_input_tokens: 0, output_tokens: 5 },
    permission_denials: [],
  };
}

/** What claude prints: the answer, of so many bytes, inside one JSON line. */
export function writeClaudeAnswer(file, bytes) {
  const text = bytes < 80 ? "done" : answerText(bytes);
  writeFileSync(file, `${JSON.stringify(INIT)}\n${JSON.stringify(claudeResult(text))}\n`);
}

/** What gemini prints: the answer, of so many bytes, in pieces of 8 KiB as a model streams it. */
export function writeGeminiAnswer(file, bytes) {
  const fd = openSync(file, "w");
  writeSync(fd, `${JSON.stringify({ type: "init", session_id: "g-1", model: "stub" })}\n`);
  const line = `${JSON.stringify({ type: "message", role: "assistant", content: answerText(8192), delta: true })}\n`;
  for (let written = 0; written < bytes; written += 8192) writeSync(fd, line);
  const stats = { input_tokens: 3, output_tokens: 5, cached: 0, total_tokens: 8 };
  writeSync(fd, `${JSON.stringify({ type: "result", status: "success", stats })}\n`);
  closeSync(fd);
}

function answerText(bytes) {
  const line = "The answer of a model has lines of ordinary length, such as this one, and more.\n";
  return line.repeat(Math.ceil(bytes / line.length)).slice(0, bytes);
}
