import fc from "fast-check";
import { expect, it } from "vitest";
import { fillTemplate, parseTemplate, type Slot, slotsOf } from "../../../src/util/template.js";

const KINDS = ["previous", "step", "stdin", "results"] as const;
/** Text of the letters that could be taken for something. */
const text = fc.string({
  unit: fc.constantFrom("{", "}", "\\", " ", "a", "previous", "steps.x.content", "\n", "🙂"),
  maxLength: 30,
});
const fill = (prompt: string, value: string) =>
  fillTemplate(parseTemplate(prompt, KINDS), () => value, Number.POSITIVE_INFINITY);

it("text without a place comes out as it is, but for `\\{{`", () => {
  fc.assert(
    fc.property(text, (prompt) => {
      const template = parseTemplate(prompt, []);
      expect(fillTemplate(template, () => "never", Number.POSITIVE_INFINITY)).toBe(prompt.replaceAll("\\{{", "{{"));
    }),
  );
});

it("what is put in is never expanded again", () => {
  fc.assert(
    fc.property(text, text, (before, value) => {
      const plain = before.replaceAll(/[{}\\]/g, "");
      expect(fill(`${plain}{{previous}}${plain}`, value)).toBe(`${plain}${value}${plain}`);
    }),
  );
});

it("every place is found once, whatever surrounds it", () => {
  const slot = fc.oneof(
    fc.constantFrom<Slot>({ kind: "previous" }, { kind: "stdin" }, { kind: "results" }),
    fc.stringMatching(/^[a-zA-Z0-9 _.-]*[a-z]$/).map((name): Slot => ({ kind: "step", name })),
  );
  const written = (one: Slot) => (one.kind === "step" ? `{{steps.${one.name}.content}}` : `{{ ${one.kind} }}`);
  fc.assert(
    fc.property(fc.array(fc.tuple(slot, fc.constantFrom("", " ", "}", "{ ", "text\n"))), (parts) => {
      const prompt = parts.map(([one, after]) => written(one) + after).join("");
      expect(slotsOf(parseTemplate(prompt, KINDS))).toEqual(parts.map(([one]) => one));
    }),
  );
});

it.each([
  ["{{steps.a.content}}{{steps.b c.d.content}}", ["a", "b c.d"]],
  ["{{steps.a.content.content}}", ["a.content"]],
  ["{{steps..content}} {{steps.a.output}} {{steps.a}} {{ steps . a.content}}", []],
  ["{{steps.a\n.content}} {{Previous}} {previous} {{previous}", []],
  ["\\{{steps.a.content}} \\\\{{steps.b.content}}", []],
])("the names of steps in %j are %j", (prompt, names) => {
  const found = slotsOf(parseTemplate(prompt, KINDS)).flatMap((slot) => (slot.kind === "step" ? [slot.name] : []));
  expect(found).toEqual(names);
});

it("a place that does not belong here is text", () => {
  expect(parseTemplate("{{results}} {{previous}}", ["previous"])).toEqual(["{{results}} ", { kind: "previous" }]);
});

it("takes no time on text that is almost a place", () => {
  const prompt = "{{steps.".repeat(20_000) + "x".repeat(200_000);
  expect(fill(prompt, "never")).toBe(prompt);
});

it("nothing is made that would be longer than is allowed, and no place is asked for after that", () => {
  fc.assert(
    fc.property(fc.nat(50), fc.nat(200), (places, most) => {
      const template = parseTemplate("{{previous}}".repeat(places), KINDS);
      let asked = 0;
      const filled = fillTemplate(template, () => `${++asked}`.padStart(10), most);
      if (places * 10 <= most) expect(filled?.length).toBe(places * 10);
      else expect([filled, asked]).toEqual([undefined, Math.floor(most / 10) + 1]);
    }),
  );
});
