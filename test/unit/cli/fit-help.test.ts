import { expect, it } from "vitest";
import { fitHelp } from "../../../src/cli/fit-help.js";

const HELP = `Usage: clinvk x [options]

Some words that were broken
at another width.

Options:
  -q, --quiet  be quiet

Examples:
  clinvk x            says something long
  clinvk x --one --two --three --four
  clinvk x "a question in quotes"
`;

it("breaks texts and examples at the width of the terminal", () => {
  expect(fitHelp(HELP, 30)).toBe(`Usage: clinvk x [options]

Some words that were broken at
another width.

Options:
  -q, --quiet  be quiet

Examples:
  clinvk x
      says something long
  clinvk x --one --two \\
      --three --four
  clinvk x \\
      "a question in quotes"
`);
});

it("leaves a help as it is where there is no terminal", () => {
  expect(fitHelp(HELP, undefined)).toBe(HELP);
});
