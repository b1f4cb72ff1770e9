// Wherever an answer is cut into pieces, none of them gives a CI's runner a command, hides something or breaks an emoji.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, expect, it } from "vitest";
import { answerReporter } from "../../../src/reporters/answer.js";
import { writeBlock } from "../../../src/reporters/block.js";
import { withoutCommands } from "../../../src/reporters/text/log-commands.js";
import { visible } from "../../../src/reporters/text/visible.js";
import { numbered, record, runStarted, taskFinished } from "../../unit/reporters/run-events.js";

const dir = mkdtempSync(join(tmpdir(), "clinvk-log-"));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const COMMAND = /^\s*::[\w.-]|##(?:\w+)?\[/m;
const PIECE = 64 * 1024;
const onSinkError = (message: string) => expect.unreachable(message);

function inLog(content: string): string {
  const path = join(dir, "answer");
  writeFileSync(path, content);
  let text = "";
  writeBlock("", record({ content: "", content_file: { path, bytes: Buffer.byteLength(content) } }), {
    write: (piece) => {
      text += withoutCommands(piece);
    },
    onSinkError,
    safe: (piece) => visible(piece),
    paint: (status) => status,
  });
  return text;
}

it.each(["\n::error::x", "\n  ::add-mask::x", "##[error]x", "##vso[x]y", "##teamcity[x]", "####[error]"])(
  "%j at the end of a piece",
  (command) => {
    for (let before = PIECE - 40; before <= PIECE + 4; before += 1) {
      const text = inLog(`${"a".repeat(before)}${command}\n`).slice(before - 10);
      expect(text).not.toMatch(COMMAND);
      expect(text.replaceAll(": :", "::").replaceAll("# #", "##")).toContain(command);
    }
  },
);

it("an emoji of several stays one, and CR with LF a line end, wherever they are cut", () => {
  const sign = "👩\u200d👩\u200d👧\r\n";
  for (let before = PIECE - 40; before <= PIECE + 4; before += 1)
    expect(inLog(`${"a".repeat(before)}${sign}`).slice(before - 10)).toContain(sign);
});

it("live text on a terminal is shown as the whole would be, however it comes", () => {
  const part = fc.constantFrom(
    "👩\u200d👩\u200d👧",
    "می\u200cخواهم",
    "pay\u200bpal",
    "a\u202eb",
    "\r\n",
    "x\ry",
    "\u001b[2J",
  );
  const text = fc.array(part, { minLength: 1, maxLength: 6 }).map((parts) => parts.join(""));
  fc.assert(
    fc.property(text, fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1 }), (content, sizes) => {
      const task = record({ content });
      const pieces: string[] = [];
      const characters = [...content];
      for (let turn = 0; characters.length > 0; turn += 1)
        pieces.push(characters.splice(0, sizes[turn % sizes.length] ?? 1).join(""));
      let shown = "";
      const reporter = answerReporter({
        write: (piece) => {
          shown += piece;
        },
        writeFailure: () => {},
        onSinkError,
        tty: true,
      });
      const head = { task_id: task.task_id, attempt: 1 };
      const told = pieces.map((piece) => ({ type: "task_output", ...head, text: piece }) as const);
      for (const event of numbered([runStarted([task]), ...told, taskFinished(task)])) reporter.onEvent(event);
      expect(shown.replace(/\n$/, "")).toBe(visible(content).replace(/\n$/, ""));
    }),
    { numRuns: 1000 },
  );
});
