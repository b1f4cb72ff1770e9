// Ctrl-C in the middle of `clinvk backends`: the CLIs that were asked for their version end with it.
import { chmodSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { isAlive, until } from "../rig/alive.js";
import { Workspace } from "../rig/clinvk.js";

it.each([
  ["SIGINT", 130],
  ["SIGTERM", 143],
] as const)("%s leaves no process behind", async (signal, code) => {
  const space = new Workspace();
  try {
    const pids = join(space.dir, "pids");
    const script = `#!/bin/sh\necho $$ >> '${pids}'\nexec sleep 600\n`;
    // The version is asked by a query of its own, and the login by another.
    chmodSync(space.file("bin/claude", script), 0o755);
    const { child, done } = space.start(["backends"]);
    const asked = () => {
      try {
        return readFileSync(pids, "utf8").trim().split("\n").map(Number);
      } catch {
        return [];
      }
    };
    await until(() => asked().length === 2);
    child.kill(signal);
    expect((await done).code).toBe(code);
    await until(() => !asked().some(isAlive));
  } finally {
    space.close();
  }
});
