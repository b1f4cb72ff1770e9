// The directory that a benchmark works in: stub, answers, prompts, task files, a home of its own. Removed at the end.
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { makeStubs, writeClaudeAnswer, writeGeminiAnswer } from "./stub.mjs";

const ROOT = dirname(import.meta.dirname);

/** Files in memory, where the system has a place for them: what a disk costs says nothing about who writes to it. */
function fastDir() {
  const memory = "/dev/shm";
  return statSync(memory, { throwIfNoEntry: false })?.isDirectory() ? memory : tmpdir();
}

export class Place {
  /** @param options.stub `c` or `sh`; default: C where it can be compiled. @param options.parent where the directory is made */
  constructor({ stub, parent = process.env.CLINVK_BENCH_DIR ?? fastDir() } = {}) {
    this.dir = mkdtempSync(join(parent, "clinvk-bench-"));
    this.inMemory = this.dir.startsWith("/dev/shm/");
    this.cwd = this.dir;
    this.out = join(this.dir, "out");
    this.home = join(this.dir, "home");
    const bin = join(this.dir, "bin");
    this.stub = makeStubs(bin, stub);
    // GNU parallel would ask for citations on stderr.
    mkdirSync(join(this.home, ".parallel"), { recursive: true });
    writeFileSync(join(this.home, ".parallel/will-cite"), "");
    mkdirSync(join(this.dir, "tmp"));
    // Whoever rebuilds meanwhile does not disturb us.
    cpSync(join(ROOT, "dist"), join(this.dir, "dist"), { recursive: true });
    writeFileSync(join(this.dir, "empty.cjs"), "");
    this.clinvk = join(this.dir, "dist/cli/clinvk.cjs");
    this.env = {
      PATH: [bin, dirname(process.execPath), "/usr/bin", "/bin"].join(delimiter),
      HOME: this.home,
      CLINVK_HOME: join(this.home, ".clinvk"),
      TMPDIR: join(this.dir, "tmp"),
      LANG: "C.UTF-8",
      STUB_ANSWER: this.answer("claude", 4),
    };
  }

  /** A file with what a stub prints for an answer of so many bytes. */
  answer(backend, bytes) {
    const file = join(this.dir, `${backend}-${bytes}.ndjson`);
    const write = backend === "claude" ? writeClaudeAnswer : writeGeminiAnswer;
    if (!statSync(file, { throwIfNoEntry: false })) write(file, bytes);
    return file;
  }

  /** A task file with so many tasks. */
  taskFile(backend, tasks) {
    const file = join(this.dir, `${backend}-${tasks}.json`);
    const list = Array.from({ length: tasks }, (_, index) => ({ backend, prompt: `task ${index + 1}` }));
    writeFileSync(file, JSON.stringify({ tasks: list }));
    return file;
  }

  /** A file that lists the prompt files `1` … `tasks`, for tools that read a list of jobs. */
  promptList(tasks) {
    const dir = join(this.dir, "prompts");
    mkdirSync(dir, { recursive: true });
    const names = Array.from({ length: tasks }, (_, index) => String(index + 1));
    for (const name of names) writeFileSync(join(dir, name), `task ${name}`);
    const file = join(this.dir, `prompts-${tasks}`);
    writeFileSync(file, names.map((name) => `${name}\n`).join(""));
    return file;
  }

  /** Nothing is left of an earlier run; the output directory is there and empty. */
  clear() {
    rmSync(this.out, { recursive: true, force: true });
    rmSync(join(this.home, ".clinvk"), { recursive: true, force: true });
    mkdirSync(this.out);
  }

  /** Throws unless there is an answer of every task. A contender that loses work is no contender. */
  checkAnswers(tasks, suffix = ".md") {
    const files = readdirSync(this.out, { recursive: true }).filter((name) => name.endsWith(suffix));
    if (files.length !== tasks) throw new Error(`${files.length} answers instead of ${tasks}`);
    for (const name of files)
      if (statSync(join(this.out, name)).size === 0) throw new Error(`the answer in ${name} is empty`);
  }

  close() {
    rmSync(this.dir, { recursive: true, force: true });
  }
}
