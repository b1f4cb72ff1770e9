// What is refused before or while a text becomes a value, with its place: whatever would overflow, never end, or fill the memory.
import { describe, expect, it } from "vitest";
import { parseDocument } from "../../../src/document/document.js";

/** `line:column message` of each problem of a text that is refused. */
async function refusal(text: string, name: string): Promise<string[]> {
  const parsed = await parseDocument(text, name);
  if (parsed.ok) throw new Error("it was accepted");
  return parsed.error.map(({ position, message }) => `${position?.line}:${position?.column} ${message}`);
}

const many = (count: number, line: (index: number) => string, between: string) =>
  Array.from({ length: count }, (_, index) => line(index)).join(between);

describe("an object with too many names", () => {
  it.each([
    ["JSON", "t.json", `[{"a": 1},\n {${many(10_001, (index) => `"k${index}":1`, ",")}}]`, "2:2"],
    ["JSON with comments", "t.json", `[// "a": 1\n {${many(10_001, (index) => `"k${index}":1`, ",")},}]`, "2:2"],
    ["YAML", "t.yaml", `tasks:\n- ${many(10_001, (index) => `k${index}: 1`, "\n  ")}\n`, "10002:9"],
    ["YAML in braces", "t.yaml", `tasks:\n- {${many(10_001, (index) => `k${index}: 1`, ", ")}}\n`, "2:98900"],
  ])("in %s is refused as a whole", async (_, name, text, at) => {
    expect(await refusal(text, name)).toEqual([`${at} an object has more than 10000 names`]);
  });

  it.each([
    [
      "t.json",
      JSON.stringify(
        Array.from({ length: 3 }, () =>
          Object.fromEntries(
            many(9000, String, " ")
              .split(" ")
              .map((key) => [`k${key}`, 1]),
          ),
        ),
      ),
    ],
    ["t.yaml", many(10_001, () => "- a: 1", "\n")],
    ["t.yaml", `- {a: 1}\n- [${many(10_001, () => "{a: 1}", ", ")}]\n`],
  ])("is not a list of many objects (%s)", async (name, text) => {
    expect(await parseDocument(text, name)).toMatchObject({ ok: true, value: { problems: [] } });
  });
});

it("a long line of YAML is not nested deeply", async () => {
  const prompt = "x".repeat(500);
  const parsed = await parseDocument(`- {backend: claude, prompt: ${prompt}}\n`, "t.yaml");
  expect(parsed).toMatchObject({ ok: true, value: { value: [{ backend: "claude", prompt }], problems: [] } });
});

describe("a YAML merge", () => {
  it.each([
    ["of itself", "tasks:\n- &a\n  <<: *a\n  b: 1\n", "3:3 `<<` merges what contains it"],
    ["of a list that contains it", "tasks: &a\n- <<: *a\n  b: 1\n", "2:3 `<<` merges what contains it"],
    ["of a map around it", "x: &x\n  y:\n    <<: *x\n", "3:5 `<<` merges what contains it"],
    ["of a list", "x: &x [a, b]\ny:\n  <<: *x\n", "3:3 `<<` merges maps only: one `*name`, or a list of them"],
    ["of a number", "y:\n  <<: 5\n", "2:3 `<<` merges maps only: one `*name`, or a list of them"],
    ["of nothing", "y:\n  <<:\n", "2:3 `<<` merges maps only: one `*name`, or a list of them"],
    ["of an unknown name", "y:\n  <<: *z\n", "2:7 there is no anchor `&z` before this alias"],
  ])("%s is refused at its line", async (_, text, expected) => {
    expect(await refusal(text, "t.yaml")).toEqual([expected]);
  });

  it("of one map or several is what it was", async () => {
    const parsed = await parseDocument(
      'a: &a {x: 1}\nb: &b {y: 2}\nc: {<<: [*a, *b], z: 3}\nd:\n  <<: *a\n"<<": 5\n',
      "t.yaml",
    );
    expect(parsed).toMatchObject({
      ok: true,
      value: { value: { c: { x: 1, y: 2, z: 3 }, d: { x: 1 }, "<<": 5 }, problems: [] },
    });
  });

  it("that doubles again and again is refused", async () => {
    const lines = many(40, (index) => `b${index + 1}: &b${index + 1} {<<: [*b${index}, *b${index}]}`, "\n");
    const parsed = await parseDocument(`b0: &b0 {x: 1}\n${lines}\n`, "t.yaml");
    expect(parsed).toMatchObject({ ok: false, error: [{ message: "its aliases (`*name`) expand to too much" }] });
  });
});
