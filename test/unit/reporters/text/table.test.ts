import { expect, it } from "vitest";
import { type TableOptions, table } from "../../../../src/reporters/text/table.js";

const rows = [
  ["RUN", "STATUS", "PATH"],
  ["20260101-000000-abcdef", "finished", "/usr/local/lib/node_modules/.bin/claude"],
  ["b", "running", ""],
];
const lines = (options?: TableOptions) => table(rows, options);

it("is as wide as its content, without blanks at the end of a line", async () => {
  expect(await lines()).toEqual([
    "RUN                     STATUS    PATH",
    "20260101-000000-abcdef  finished  /usr/local/lib/node_modules/.bin/claude",
    "b                       running",
  ]);
});

it("lets content that fills its column exactly move the rest of its line only", async () => {
  const cells = [
    ["exactly", "x"],
    ["less", "x"],
  ];
  expect(await table(cells, { least: [7], gap: 1 })).toEqual(["exactly x", "less   x"]);
});

it("gives up blanks before content, then cuts in the order given, at last at the edge", async () => {
  const least = [26];
  expect((await lines({ least, columns: 80 }))[0]).toBe("RUN                       STATUS    PATH");
  const shrink = [
    { column: 0, to: 10 },
    { column: 1, to: 0 },
  ];
  expect(await lines({ least, shrink, columns: 74 })).toEqual(await lines());
  expect((await lines({ least, shrink, columns: 70 }))[1]).toBe(
    "20260101-000000-ab…  finished  /usr/local/lib/node_modules/.bin/claude",
  );
  expect((await lines({ least, shrink, columns: 55 }))[1]).toBe("20260101-…  /usr/local/lib/node_modules/.bin/claude");
  expect((await lines({ least, shrink, columns: 20 }))[1]).toBe("20260101-…  /usr/lo…");
});

it("breaks the last column into lines where that is asked for", async () => {
  const cells = [
    ["", "yes", "passed on as the flag --model, and kept"],
    ["b", "no", "short"],
  ];
  expect(await table(cells, { columns: 24, wrap_last: true })).toEqual([
    "   yes  passed on as the",
    "        flag --model,",
    "        and kept",
    "b  no   short",
  ]);
});

it("paints a column without counting the colours", async () => {
  const paint = { column: 1, paint: (word: string) => `<${word}>` };
  expect(await lines({ paint, columns: 40 })).toEqual([
    "RUN                     <STATUS>    PATH",
    "20260101-000000-abcdef  <finished>  /usr/…",
    "b                       <running>",
  ]);
});
