// Text of others gives a CI's runner no commands, and stays readable.
import { describe, expect, it } from "vitest";
import { withoutCommands } from "../../../../src/reporters/text/log-commands.js";

/** As GitHub's runner reads a line: the first form after white space, the second anywhere (`ActionCommand.cs`). */
const isCommand = (line: string) => /^\s*::[\w-]+.*::/.test(line) || /##\[[\w-]+.*\]/.test(line);
/** As the agents of Azure and TeamCity do. */
const isOther = (line: string) => /##(?:vso|teamcity)\[/i.test(line);

describe("commands", () => {
  it.each([
    ["::error::x", ": :error::x"],
    ["  \u00a0::add-mask::x", "  \u00a0: :add-mask::x"],
    ["a\n::set-output name=a::b\n::endgroup::", "a\n: :set-output name=a::b\n: :endgroup::"],
    ["[claude] ##[error]x", "[claude] # #[error]x"],
    ["##vso[task.setvariable variable=a]b", "# #vso[task.setvariable variable=a]b"],
    ["| ##teamcity[buildStop]", "| # #teamcity[buildStop]"],
    ["###[error]x", "## #[error]x"],
  ])("%j becomes %j", (text, expected) => {
    const made = withoutCommands(text);
    expect(made).toBe(expected);
    expect(made.split("\n").some((line) => isCommand(line) || isOther(line))).toBe(false);
    expect(withoutCommands(made)).toBe(made);
  });
});

it.each(["a :: b", "use std::fs;", "## Heading [1]", "# [x](y)", "a::error::b", "http://[::1]/", ":: :", "- ::"])(
  "%s stays as it is",
  (text) => {
    expect(withoutCommands(text)).toBe(text);
  },
);
