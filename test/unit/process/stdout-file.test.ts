// A child whose stdout is a file that we follow.
import { existsSync, mkdtempSync, readdirSync, readlinkSync, rmSync, writeFileSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ProcessRun } from "../../../src/process/process-run.js";
import { StdoutFile } from "../../../src/process/stdout-file.js";
import { node, sh, start } from "../../rig/tree/run-child.js";
import { alive, newToken } from "../../rig/tree/stub-tree.js";

let run: ProcessRun;
let dir: string;

beforeEach(() => {
  run = new ProcessRun();
  dir = mkdtempSync(join(tmpdir(), "clinvk-stdout-"));
});
afterEach(async () => {
  expect(await run.close()).toEqual({ survivors: [] });
  rmSync(dir, { recursive: true });
});

/** A file for one child. */
function toFile(max_bytes = 1e9) {
  return { spool_dir: dir, stdout_file: { path: join(dir, ".stdout"), max_bytes } };
}

/** How many files without a name this process has open. */
const openNameless = () =>
  readdirSync("/proc/self/fd").filter((fd) => {
    try {
      return /\(deleted\)$/.test(readlinkSync(`/proc/self/fd/${fd}`));
    } catch {
      return false;
    }
  }).length;

it("delivers lines while the child runs, and the last one though it has no newline", async () => {
  const child = sh(run, "echo grüß; until test -e go; do sleep 0.01; done; printf 'one\\ntwo'", {
    ...toFile(),
    cwd: dir,
  });
  await child.said("grüß");
  writeFileSync(join(dir, "go"), "");
  expect(existsSync(join(dir, ".stdout"))).toBe(false);
  expect(await child.done).toMatchObject({ exit_code: 0, stdout_bytes: 14 });
  expect(child.lines).toEqual(["grüß", "one", "two"]);
});

it("cuts characters and lines nowhere, however they fall on the reads", async () => {
  const line = "0123456789 é🎉 ".repeat(37);
  const child = node(run, `for (let i = 0; i < 5000; i++) console.log(i + " " + ${JSON.stringify(line)})`, toFile());
  await child.done;
  expect(child.lines).toEqual(Array.from({ length: 5000 }, (_, i) => `${i} ${line}`));
});

it("keeps all of a child that exits while we are busy", async () => {
  const child = sh(run, "seq 200000", toFile());
  const busy_until = performance.now() + 300;
  while (performance.now() < busy_until);
  expect(await child.done).toMatchObject({ exit_code: 0 });
  expect(child.lines).toHaveLength(200_000);
  expect(child.lines.at(-1)).toBe("200000");
});

it("gathers a line of 5 MB", async () => {
  const child = node(run, `process.stdout.write('"' + "x".repeat(5e6) + '"\\nshort')`, toFile());
  await child.done;
  expect(child.lines.map((line) => line.length)).toEqual([5_000_002, 5]);
  expect(readdirSync(dir)).toEqual([]);
});

it("does not wait for a grandchild that holds the file", async () => {
  const token = newToken();
  const child = sh(run, `setsid sleep 3600.${token} 2>&- & echo done`, toFile());
  expect(await child.done).toMatchObject({ exit_code: 0, leftovers: 1, survivors: [] });
  expect(child.lines).toEqual(["done"]);
  expect(alive(token)).toEqual([]);
});

it("tells once that the limit is reached, and reads no more", async () => {
  let full = 0;
  let bytes = 0;
  const child = run.spawn(
    {
      ...{ file: "/bin/sh", args: ["-c", "while :; do echo 0123456789; done"], env: { PATH: "/usr/bin:/bin" } },
      ...{ cwd: dir, stdin: "", task_marker: "flood", ...toFile(200_000) },
    },
    {
      onLine: (line) => {
        bytes += line.length + 1;
      },
      onStdoutFull: () => {
        full++;
        child.stop(0);
      },
    },
  );
  expect(await child.done).toMatchObject({ stopped: true, stdout_bytes: 200_000 });
  // The cut last line is handed over too, and has no newline.
  expect(bytes).toBe(200_001);
  expect(full).toBe(1);
});

it("falls back to a pipe where no file can be made", async () => {
  const stdout_file = { path: join(dir, "no", "such", "directory"), max_bytes: 1e9 };
  const child = sh(run, "echo all the same", { stdout_file });
  await child.done;
  expect(child.lines).toEqual(["all the same"]);
});

it.runIf(existsSync("/proc/self/fd"))("closes its files, also of a child that could not be started", async () => {
  const before = openNameless();
  await Promise.all([
    sh(run, "echo 1", { stdout_file: { path: join(dir, "1"), max_bytes: 1e9 } }).done,
    start(run, "no-such-program", [], { stdout_file: { path: join(dir, "2"), max_bytes: 1e9 } }).done,
    start(run, "true", ["a\0b"], { stdout_file: { path: join(dir, "3"), max_bytes: 1e9 } }).done,
  ]);
  expect(openNameless()).toBe(before);
  expect(readdirSync(dir)).toEqual([]);
});

describe("without time for everything", () => {
  /** What is handed over of a file with this content if time is over at once. */
  async function read(...content: string[]): Promise<string> {
    const file = new StdoutFile({ path: join(dir, ".stdout"), max_bytes: 1e9 });
    for (const part of content) writeSync(file.fd, part);
    let text = "";
    file.follow(
      (bytes) => {
        text += bytes.toString();
        // Somebody works on each piece for as long as he has.
        const busy_until = performance.now() + 20;
        while (performance.now() < busy_until);
      },
      () => {},
    );
    file.hurry(0);
    await file.readRest();
    file.close();
    return text;
  }

  const many = "a line\n".repeat(1_000_000);
  const long = "y".repeat(3_000_000);

  it("lines are left out, but never the last ones", async () => {
    const text = await read("first\n", many, "the last\n");
    expect(text.length).toBeLessThan(2_000_000);
    expect(text.slice(0, 13)).toBe("first\na line\n");
    expect(text.slice(-16)).toBe("a line\nthe last\n");
  });

  it.each([
    ["is whole, however long", [many, long]],
    ["is whole if it has a newline", [many, long, "\n"]],
    ["is whole if it is the only one", [long, long, long]],
  ])("the last line %s", async (_, content) => {
    const lines = (text: string) => text.trimEnd().split("\n");
    expect(lines(await read(...content)).at(-1) === lines(content.join("")).at(-1)).toBe(true);
  });
});
