// A temporary working directory, and the processes of a run, for the tests of what runs there.
import { mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Place } from "../../../../src/executors/checks/run-limited.js";
import { ProcessRun } from "../../../../src/process/process-run.js";

export interface TestPlace extends Place {
  write(name: string, content: string): string;
  controller: AbortController;
  close(): Promise<void>;
}

export function testPlace(): TestPlace {
  const root = realpathSync(mkdtempSync(join(tmpdir(), "expect-")));
  const processes = new ProcessRun({ grace_ms: 200 });
  const controller = new AbortController();
  return {
    workdir: root,
    env: { PATH: process.env.PATH ?? "", HOME: root, GIT_CONFIG_NOSYSTEM: "1" },
    processes,
    task_marker: "0",
    asker: "run",
    spool_dir: root,
    controller,
    signal: controller.signal,
    write(name, content) {
      writeFileSync(join(root, name), content);
      return join(root, name);
    },
    async close() {
      await processes.close();
      rmSync(root, { recursive: true, force: true });
    },
  };
}
