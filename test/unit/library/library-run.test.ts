import { getEventListeners } from "node:events";
import { expect, it } from "vitest";
import { parallel } from "../../../src/index.js";
import { makeHome } from "../../rig/journal.js";

it("a run leaves no listener on the signal of the program", async () => {
  const home = makeHome();
  const { signal } = new AbortController();
  const options = { cwd: home, env: { CLINVK_HOME: home, PATH: "" }, journal: false, signal };
  const run = parallel([{ backend: "claude", prompt: "hello" }], options);
  const { results } = await run;
  expect(results[0]?.failure?.kind).toBe("not_installed");
  expect(getEventListeners(signal, "abort")).toEqual([]);
});

it("invalid input leaves no listener, either", async () => {
  const home = makeHome();
  const { signal } = new AbortController();
  await expect(parallel([], { cwd: home, env: { CLINVK_HOME: home }, signal })).rejects.toThrow("tasks");
  expect(getEventListeners(signal, "abort")).toEqual([]);
});
