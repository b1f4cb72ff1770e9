// However a stream is cut into chunks, the lines are those of the whole text; and both ends of a stream are kept to the byte.
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { expect, it } from "vitest";
import { HeadTail } from "../../../src/process/head-tail.js";
import { LineSplitter } from "../../../src/process/lines.js";

/** Bytes with many newlines and broken characters among them. */
const bytes = fc
  .array(
    fc.oneof(
      fc.string({ unit: "binary", maxLength: 20 }).map((text) => Buffer.from(text)),
      fc.uint8Array({ maxLength: 8 }).map((part) => Buffer.from(part)),
      fc.constant(Buffer.from("\n")),
      fc.constant(Buffer.from("🎉").subarray(0, 3)),
    ),
    { maxLength: 30 },
  )
  .map((parts) => Buffer.concat(parts));

function chunksOf(whole: Buffer, cuts: number[]): Buffer[] {
  const places = [0, ...cuts.map((cut) => cut % (whole.length + 1)), whole.length].sort((a, b) => a - b);
  return places.slice(1).map((end, index) => whole.subarray(places[index], end));
}

it("splits any bytes, however they are cut, like the decoded whole", () => {
  fc.assert(
    fc.property(bytes, fc.array(fc.nat(), { maxLength: 20 }), (whole, cuts) => {
      const lines: string[] = [];
      const splitter = new LineSplitter(
        (line) => lines.push(line),
        () => join(tmpdir(), "never-used"),
      );
      for (const chunk of chunksOf(whole, cuts)) splitter.push(chunk);
      splitter.end();
      const expected = whole.toString("utf8").split("\n");
      if (expected.at(-1) === "") expected.pop();
      expect(lines).toEqual(expected);
    }),
    { numRuns: 500 },
  );
});

it("keeps the same ends of a stream, however it is cut", () => {
  fc.assert(
    fc.property(
      fc.string({ maxLength: 60 }),
      fc.integer({ min: 1, max: 12 }),
      fc.array(fc.nat(), { maxLength: 12 }),
      (text, keep, cuts) => {
        const whole = Buffer.from(text.replaceAll(/[^ -~]/g, "."));
        const buffer = new HeadTail(keep);
        for (const chunk of chunksOf(whole, cuts)) buffer.push(chunk);
        const dropped = whole.length - 2 * keep;
        const [head, tail] = [
          whole.toString("utf8", 0, keep),
          whole.toString("utf8", Math.max(0, whole.length - keep)),
        ];
        expect(buffer.text()).toBe(
          dropped <= 0 ? whole.toString() : `${head}\n[… ${dropped} bytes dropped …]\n${tail}`,
        );
      },
    ),
    { numRuns: 500 },
  );
});
