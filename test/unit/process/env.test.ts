import { expect, it } from "vitest";
import { markerChain, newRunMarker, taskOfEnviron } from "../../../src/process/env.js";

it("names run and task, and appends to the chain of an outer run", () => {
  expect(markerChain(undefined, "run", "task")).toBe(":run.task:");
  expect(markerChain(":outer.t1:", "run", "2")).toBe(":outer.t1:run.2:");
});

it("does not pass on what is no chain", () => {
  for (const text of ["", "x", ":a:", ":a.b", "a.b:", ":a.b: c"]) expect(markerChain(text, "run", "t")).toBe(":run.t:");
});

it("refuses names that would break the chain", () => {
  expect(() => markerChain(undefined, "run", "a:b")).toThrow("may hold only");
  expect(() => markerChain(undefined, "", "a")).toThrow("may hold only");
});

it("makes names that differ", () => {
  expect(newRunMarker()).toMatch(/^[0-9a-f]{32}$/);
  expect(newRunMarker()).not.toBe(newRunMarker());
});

it("finds the task of its own run in an environment, wherever it stands in the chain", () => {
  const environ = Buffer.from("PATH=/bin\0CLINVK_RUN_CHAIN=:outer.t1:inner.t2:\0HOME=/");
  expect(taskOfEnviron(environ, "outer")).toBe("t1");
  expect(taskOfEnviron(environ, "inner")).toBe("t2");
  expect(taskOfEnviron(environ, "out")).toBeUndefined();
  expect(taskOfEnviron(environ, "ter")).toBeUndefined();
  expect(taskOfEnviron(Buffer.from("A=:outer.cut"), "outer")).toBeUndefined();
});
