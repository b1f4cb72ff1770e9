// Names that nobody should have are shown as names.
import { expect, it } from "vitest";
import { nameIn, oneLine } from "../../../../src/reporters/text/visible.js";

it("takes out what turns the rest of a line around", () => {
  expect(oneLine("safe \u202etxt.exe\u202c \u2066x\u2069")).toBe("safe txt.exe x");
  expect(oneLine("pay\u200bpal\ufeff\u200e")).toBe("paypal");
  expect(oneLine("שלום עולם 👩\u200d👧 می\u200cخواهم")).toBe("שלום עולם 👩\u200d👧 می\u200cخواهم");
});

it("cuts a name for its place", () => {
  const name = "n".repeat(100_000);
  expect(nameIn("heading", name)).toBe(`${"n".repeat(199)}…`);
  expect(nameIn("line", name)).toBe(`${"n".repeat(39)}…`);
  expect(nameIn("heading", "n".repeat(200))).toBe("n".repeat(200));
});
