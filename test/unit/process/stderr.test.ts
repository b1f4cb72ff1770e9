// Standard error of a child: what a listener takes out of it is neither kept nor handed on; all else is, byte by byte.
import fc from "fast-check";
import { expect, it } from "vitest";
import { Stderr } from "../../../src/process/stderr.js";

const isOurs = (line: string) => line.startsWith("ours ");

/** Pushes the bytes in pieces of these sizes, again and again. */
function listen(text: string, sizes: readonly number[] = [Number.MAX_SAFE_INTEGER]) {
  const heard: string[] = [];
  let shown = "";
  const stderr = new Stderr({
    onText: (piece) => {
      shown += piece;
    },
    onLine: (line) => {
      heard.push(line);
      return isOurs(line);
    },
  });
  const bytes = Buffer.from(text);
  for (let at = 0, turn = 0; at < bytes.length; turn++) {
    const end = at + (sizes[turn % sizes.length] ?? 1);
    stderr.push(bytes.subarray(at, end));
    at = end;
  }
  const before = shown;
  stderr.end();
  return { heard, shown, before, kept: stderr.text() };
}

it("takes out the lines that the listener wants, and hands on the rest in order", () => {
  const { heard, shown, kept } = listen("one\nours 1\nours 2\n\ntwo\nours 3\nours is not over");
  expect(heard).toEqual(["one", "ours 1", "ours 2", "", "two", "ours 3", "ours is not over"]);
  expect(shown).toBe("one\n\ntwo\n");
  expect(kept).toBe(shown);
});

it("holds back half a line until it is whole", () => {
  expect(listen("one\nhalf a li", [5]).before).toBe("one\n");
  expect(listen("one\nhalf a li", [5]).shown).toBe("one\nhalf a li");
});

it("hands on a line that is too long for a record before it ends, and does not ask about it", () => {
  const long = `ours ${"x".repeat(200_000)}`;
  const { heard, before, shown } = listen(`${long}\nours 2\nrest\n`, [50_000]);
  expect(heard).toEqual(["ours 2", "rest"]);
  expect(shown).toBe(`${long}\nrest\n`);
  expect(before).toBe(shown);
});

it("keeps everything as it came without a listener", () => {
  let shown = "";
  const stderr = new Stderr({ onText: (text) => (shown += text) });
  for (const part of ["ha", "lf", "\nours 1\n", "ü"]) stderr.push(Buffer.from(part));
  expect(shown).toBe("half\nours 1\nü");
  expect(stderr.text()).toBe(shown);
});

it("does not depend on where the pieces end", () => {
  const line = fc.oneof(
    fc.string(),
    fc.string({ unit: "grapheme" }),
    fc.string().map((text) => `ours ${text}`),
  );
  const text = fc.array(line, { maxLength: 20 }).map((lines) => lines.join("\n"));
  fc.assert(
    fc.property(text, fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1 }), (all, sizes) => {
      const { shown, kept } = listen(all, sizes);
      const lines = Buffer.from(all).toString().split("\n");
      const last = lines.pop() ?? "";
      const rest = lines.filter((each) => !isOurs(each)).map((each) => `${each}\n`);
      expect(shown).toBe([...rest, isOurs(last) ? "" : last].join(""));
      expect(kept).toBe(shown);
    }),
  );
});
