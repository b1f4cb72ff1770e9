import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { expect, it } from "vitest";
import { withFrames } from "../../../../scripts/live-frames.js";

it("the recording in the docs is what the live view shows of the recorded run", () => {
  const page = readFileSync(resolve(import.meta.dirname, "../../../../docs/guide/watch.md"), "utf8");
  expect(withFrames(page)).toBe(page);
  // A frame that is not made anew could say anything.
  expect(withFrames(page.replaceAll(/[⠀-⣿]/gu, "?"))).toBe(page);
  expect(page.match(/^[⠀-⣿] \d:\d\d /gmu)?.length).toBeGreaterThan(10);
});
