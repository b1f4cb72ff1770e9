import { defineConfig } from "vitest/config";

/** A kind of test and what it needs; `scripts/test.mjs` prepares it, the setup file only looks whether it is there. */
const project = (name: string, include: string[], setup: string[], seconds: number) => ({
  test: {
    name,
    // Unit tests keep nothing for the next file, in whatever order the files come: loading the source once halves their time.
    isolate: name !== "unit",
    include,
    globalSetup: setup.map((file) => `test/rig/${file}`),
    // Far beyond what a test takes on a machine that is busy with other things: the limit only ends a hang.
    testTimeout: seconds * 1000,
    // Those tests mostly wait.
    maxConcurrency: name === "long" ? 16 : 5,
    hookTimeout: 2 * seconds * 1000,
    // What a person would wait for: a page, a line in a terminal. Vitest's own second is too short for a busy machine.
    expect: { poll: { timeout: (seconds * 1000) / 2, interval: 20 } },
  },
});

const built = "needs-build.mjs";
const clis = "needs-clis.mjs";

export default defineConfig({
  test: {
    maxWorkers: 2,
    projects: [
      project("unit", ["test/unit/**/*.test.ts", "test/property/**/*.test.ts"], [], 60),
      project("e2e", ["test/e2e/**/*.test.ts"], [built], 90),
      project("clis", ["test/clis/**/*.test.ts"], [built, clis], 120),
      project("long", ["test/long/**/*.test.ts"], [built, clis], 600),
    ],
  },
});
