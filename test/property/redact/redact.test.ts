// Whatever the secrets, the text and the places where it is cut: nothing gets out, nothing else is touched.
import fc from "fast-check";
import { expect, it } from "vitest";
import { type Redactor, redactor } from "../../../src/redact/redact.js";

// Few different characters, so that secrets overlap, repeat and almost match; some need escaping somewhere. No `*`: with
// one, a mask beside innocent text may happen to spell a secret.
const character = fc.constantFrom("a", "b", "-", "1", " ", '"', "/", "ä", "\n", "😀", "\ud83d");
const anyText = fc.string({ unit: fc.oneof(character, fc.string({ minLength: 1, maxLength: 1, unit: "binary" })) });
const secret = fc
  .string({ unit: character, minLength: 8, maxLength: 14 })
  .map((text) => text.trim())
  .filter((text) => text.length >= 8);
const pattern = fc.oneof(
  secret,
  fc.string({ unit: fc.constantFrom("a", "b", "-"), minLength: 3, maxLength: 10 }).map((text) => `${text}*`),
);
const setting = fc.record({
  secrets: fc.array(secret, { maxLength: 4 }),
  patterns: fc.array(pattern, { maxLength: 3 }),
});

type Setting = typeof setting extends fc.Arbitrary<infer T> ? T : never;

const make = ({ secrets, patterns }: Setting): Redactor =>
  redactor({ env: Object.fromEntries(secrets.map((value, index) => [`S${index}_SECRET`, value])), patterns });

/** Texts that are made of secrets, cut secrets and other text. */
const scene = setting.chain((one) => {
  const known = [...one.secrets, ...one.patterns.map((text) => text.replace("*", ""))];
  const part = known.length === 0 ? anyText : fc.oneof(anyText, fc.constantFrom(...known), cutOf(known));
  return fc.record({
    setting: fc.constant(one),
    text: fc.array(part, { maxLength: 12 }).map((parts) => parts.join("")),
  });
});

function cutOf(known: string[]) {
  return fc
    .tuple(fc.constantFrom(...known), fc.nat(14), fc.nat(14))
    .map(([text, from, to]) => text.slice(Math.min(from, to), Math.max(from, to)));
}

it("no secret comes out", () => {
  fc.assert(
    fc.property(scene, ({ setting: one, text }) => {
      const out = make(one).redact(text);
      for (const value of one.secrets) {
        expect(out).not.toContain(value);
        expect(out).not.toContain(JSON.stringify(value).slice(1, -1));
      }
    }),
    { numRuns: 2000 },
  );
});

it("no password of an address comes out, whatever the variable is called", () => {
  const word = fc.string({ unit: fc.constantFrom(..."abzAZ059-_.~!$*+ä%"), minLength: 1, maxLength: 20 });
  fc.assert(
    fc.property(word, word, anyText, (user, password, around) => {
      const address = `postgres://${encodeURIComponent(user)}:${encodeURIComponent(password)}@db.internal/app`;
      const out = redactor({ env: { SOMETHING: address } }).redact(`${around} ${address} ${around}`);
      expect(out).toContain(`postgres://***`);
      expect(out).not.toContain(`:${encodeURIComponent(password)}@`);
      expect(out).toContain("/app");
    }),
    { numRuns: 1000 },
  );
});

it("a stream gives what the whole gives, wherever it is cut", () => {
  fc.assert(
    fc.property(scene, fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 1 }), ({ setting: one, text }, sizes) => {
      const masking = make(one);
      const stream = masking.stream();
      let out = "";
      for (let at = 0, turn = 0; at < text.length; turn++) {
        // An empty piece may come too, but not only such.
        const size = (sizes[turn % sizes.length] ?? 1) + (turn % sizes.length === 0 ? 1 : 0);
        out += stream.push(text.slice(at, at + size));
        at += size;
      }
      expect(out + stream.end()).toBe(masking.redact(text));
    }),
    { numRuns: 5000 },
  );
});

it("text without secrets is unchanged", () => {
  fc.assert(
    fc.property(setting, anyText, (one, text) => {
      const known = [...one.secrets, ...one.patterns.map((beginning) => beginning.replace("*", ""))];
      const spelled = known.flatMap((value) => [value, JSON.stringify(value).slice(1, -1)]);
      fc.pre(!spelled.some((value) => text.includes(value)) && !text.includes("%"));
      expect(make(one).redact(text)).toBe(text);
    }),
    { numRuns: 2000 },
  );
});

it("a secret in the midst of any text is masked and the rest of it is kept", () => {
  fc.assert(
    fc.property(anyText, anyText, (before, after) => {
      const value = "Tr0ub4dor&3";
      fc.pre(!before.includes("T") && !after.includes("T"));
      expect(make({ secrets: [value], patterns: [] }).redact(before + value + after)).toBe(`${before}***${after}`);
    }),
  );
});
