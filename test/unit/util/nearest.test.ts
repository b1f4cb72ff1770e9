import { expect, it } from "vitest";
import { nearest } from "../../../src/util/nearest.js";

const KEYS = ["backend", "prompt", "prompt_file", "model", "max_turns", "max_tokens", "tags", "id"];

it.each([
  ["promt", "prompt"],
  ["porompt", "prompt"],
  ["PROMPT", "prompt"],
  ["promptFile", "prompt_file"],
  ["prompt-file", "prompt_file"],
  ["max_turn", "max_turns"],
  ["maxtokens", "max_tokens"],
  ["mdoel", "model"],
  ["tasg", "tags"],
])("%s was meant to be %s", (word, meant) => {
  expect(nearest(word, KEYS)).toBe(meant);
});

it.each(["colour", "x", "", "timeout", "zz", "a".repeat(1000)])("%s was not meant to be any of them", (word) => {
  expect(nearest(word, KEYS)).toBeUndefined();
});
