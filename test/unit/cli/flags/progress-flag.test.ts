import { expect, it } from "vitest";
import { type ProgressRequest, progressMode } from "../../../../src/cli/flags/progress-flag.js";

const mode = (fields: Partial<ProgressRequest> = {}) =>
  progressMode({
    flag: undefined,
    quiet: false,
    dry_run: false,
    tty: true,
    piped_text: false,
    env: { TERM: "xterm" },
    ...fields,
  });

it("draws on a terminal", () => {
  expect(mode()).toBe("live");
  expect(mode({ flag: "auto" })).toBe("live");
  expect(mode({ env: {} })).toBe("live");
  expect(mode({ env: { CI: "false" } })).toBe("live");
});

it("prints lines where nothing can be drawn", () => {
  expect(mode({ tty: false })).toBe("plain");
  expect(mode({ env: { TERM: "dumb" } })).toBe("plain");
  expect(mode({ env: { CI: "true" } })).toBe("plain");
  expect(mode({ flag: "live", tty: false })).toBe("plain");
  expect(mode({ flag: "live", env: { TERM: "dumb" } })).toBe("plain");
});

it("draws nothing where a pipe may end on the same terminal", () => {
  expect(mode({ piped_text: true })).toBe("plain");
  expect(mode({ piped_text: true, quiet: true })).toBe("none");
  expect(mode({ piped_text: true, flag: "live" })).toBe("live");
});

it("shows nothing with --quiet, or when nothing is started", () => {
  expect(mode({ quiet: true, tty: false })).toBe("none");
  expect(mode({ quiet: true, env: { CI: "true" } })).toBe("none");
  expect(mode({ quiet: true })).toBe("live");
  expect(mode({ dry_run: true })).toBe("none");
  expect(mode({ dry_run: true, quiet: true })).toBe("none");
});

it("does as it is told", () => {
  expect(mode({ flag: "none" })).toBe("none");
  expect(mode({ flag: "plain" })).toBe("plain");
  expect(mode({ flag: "live", env: { CI: "true" } })).toBe("live");
  expect(mode({ flag: "live", quiet: true })).toBe("live");
  expect(mode({ flag: "plain", quiet: true })).toBe("plain");
});
