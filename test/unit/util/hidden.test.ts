// Hidden characters are shown where they hide something, and stay where they are spelling.
import { describe, expect, it } from "vitest";
import { byNumber, replaceHidden } from "../../../src/util/hidden.js";

const shown = (text: string) => replaceHidden(text, byNumber);

describe("what hides something", () => {
  it.each([
    ["an override", "a\u202etxt.exe\u202c", "a‹U+202E›txt.exe‹U+202C›"],
    ["isolates", "\u2066x\u2069", "‹U+2066›x‹U+2069›"],
    ["a zero-width space", "pay\u200bpal", "pay‹U+200B›pal"],
    ["joiners between Latin letters", "pay\u200cpal\u200d", "pay‹U+200C›pal‹U+200D›"],
    ["marks beside Latin letters", "a\u200eb\u200fc\u061cd", "a‹U+200E›b‹U+200F›c‹U+061C›d"],
    ["a byte order mark", "\ufeffx", "‹U+FEFF›x"],
    ["invisible operators", "f\u2061x\u2060y", "f‹U+2061›x‹U+2060›y"],
    ["a message in tags", "hi\u{e0069}\u{e0067}", "hi‹U+E0069›‹U+E0067›"],
    ["a joiner that joins an emoji to a letter", "👩\u200dx", "👩‹U+200D›x"],
  ])("%s", (_what, text, expected) => {
    expect(shown(text)).toBe(expected);
  });
});

it.each([
  ["emoji of several", "👩\u200d👩\u200d👧 👩🏽\u200d🚀 🏳️\u200d🌈 ❤️\u200d🔥"],
  ["flags of tags", "🏴\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f}"],
  ["Persian", "می\u200cخواهم"],
  ["Hindi", "क्\u200dष क्\u200cष"],
  ["Malayalam", "അവന്\u200d"],
  ["Hebrew with a mark", "שלום!\u200f (עולם)\u200f"],
  ["Arabic with a mark", "مرحبا\u061c 1-2"],
  ["everything else", "a\tb\r\nc é ä 日本 🇩🇪 \u00ad\u00a0\u3000"],
])("leaves alone what is spelling: %s", (_what, text) => {
  expect(shown(text)).toBe(text);
});

it("knows the text in front of a piece", () => {
  expect(replaceHidden("\u200d👧", byNumber, "👩")).toBe("\u200d👧");
  expect(replaceHidden("\u200d👧", byNumber, "x")).toBe("‹U+200D›👧");
});
