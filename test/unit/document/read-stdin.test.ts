import { type SpawnOptions, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { PassThrough } from "node:stream";
import { text } from "node:stream/consumers";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { readStdin, type StdinOptions, type StdinText } from "../../../src/document/read-stdin.js";

const NOTHING: StdinText = { text: "", bytes: 0, invalid_utf8: false, timed_out: false };

describe("a stream", () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  const read = (stream: PassThrough, options: StdinOptions = {}) =>
    readStdin({ ...options, input: { kind: "pipe", stream: () => stream } });

  it("is read to its end, however long that takes after the first byte", async () => {
    const pipe = new PassThrough();
    const reading = read(pipe);
    await vi.advanceTimersByTimeAsync(2999);
    pipe.write("a");
    await vi.advanceTimersByTimeAsync(3_600_000);
    pipe.end("é");
    expect(await reading).toEqual({ ok: true, value: { ...NOTHING, text: "aé", bytes: 3 } });
  });

  it("is given up after 3 s without a byte, and its late bytes are left alone", async () => {
    const pipe = new PassThrough();
    const reading = read(pipe);
    await vi.advanceTimersByTimeAsync(3000);
    expect(await reading).toEqual({ ok: true, value: { ...NOTHING, timed_out: true } });
    pipe.write("late");
    expect(pipe.isPaused()).toBe(true);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("is waited for with `wait`", async () => {
    const pipe = new PassThrough();
    const reading = read(pipe, { mode: "wait" });
    await vi.advanceTimersByTimeAsync(3_600_000);
    pipe.end("slow");
    expect(await reading).toEqual({ ok: true, value: { ...NOTHING, text: "slow", bytes: 4 } });
  });

  it("is never touched with `never`, nor is a terminal or a closed one", async () => {
    const stream = () => {
      throw new Error("touched");
    };
    expect(await readStdin({ mode: "never", input: { kind: "pipe", stream } })).toEqual({ ok: true, value: NOTHING });
    expect(await readStdin({ input: { kind: "terminal", stream } })).toEqual({ ok: true, value: NOTHING });
    expect(await readStdin({ mode: "wait", input: { kind: "none", stream } })).toEqual({ ok: true, value: NOTHING });
  });

  it("may not be larger than the limit", async () => {
    const pipe = new PassThrough();
    const reading = read(pipe, { limit_bytes: 1024 * 1024 });
    pipe.write(Buffer.alloc(1024 * 1024 + 1));
    const message = "this is too large: the limit is 1 MiB";
    expect(await reading).toEqual({ ok: false, error: [{ source: "stdin", message }] });
  });

  it("that holds no UTF-8 is read as far as possible, and says so", async () => {
    const pipe = new PassThrough();
    const reading = read(pipe);
    pipe.end(Buffer.from([0x61, 0xff]));
    expect(await reading).toEqual({
      ok: true,
      value: { text: "a\uFFFD", bytes: 2, invalid_utf8: true, timed_out: false },
    });
  });

  it("that breaks is an error, later ones are nobody's", async () => {
    const pipe = new PassThrough({ autoDestroy: false });
    const reading = read(pipe);
    pipe.emit("error", new Error("EIO: i/o error, read"));
    const message = "can't be read (EIO: i/o error, read)";
    expect(await reading).toEqual({ ok: false, error: [{ source: "stdin", message }] });
    expect(() => pipe.emit("error", new Error("again"))).not.toThrow();
  });
});

describe("the real stdin of a process", () => {
  let dir: string;
  beforeAll(() => {
    dir = mkdtempSync(join(tmpdir(), "stdin-"));
  });
  afterAll(() => rmSync(dir, { recursive: true, force: true }));

  const SCRIPT = `
    import { readStdin } from "./src/document/read-stdin.js";
    console.log(JSON.stringify(await readStdin({ first_byte_ms: 100 })));
  `;
  const node = [process.execPath, "--import", "tsx", "--input-type=module", "-e", SCRIPT];

  /** What a process reads that then has to end by itself: nothing closes a pipe that it was given. */
  async function read(stdin: SpawnOptions["stdio"], command: string[] = node, input?: string): Promise<StdinText> {
    const [file = "", ...args] = command;
    const cwd = resolve(import.meta.dirname, "../../..");
    const child = spawn(file, args, { cwd, stdio: [stdin as "pipe", "pipe", "inherit"] });
    if (input !== undefined) child.stdin?.end(input);
    const [output] = await Promise.all([text(child.stdout as NonNullable<typeof child.stdout>), once(child, "exit")]);
    child.stdin?.destroy();
    return JSON.parse(output).value;
  }

  const shell = (line: string) => ["sh", "-c", line, "sh", ...node];

  it("a socket or pipe with data", async () => {
    expect(await read("pipe", node, "piped")).toEqual({ ...NOTHING, text: "piped", bytes: 5 });
    expect(await read("ignore", shell('echo piped | "$@"'))).toEqual({ ...NOTHING, text: "piped\n", bytes: 6 });
  });

  it("a socket or pipe that nobody writes to and nobody closes", async () => {
    expect(await read("pipe")).toEqual({ ...NOTHING, timed_out: true });
    const fifo = join(dir, "fifo");
    expect(await read("ignore", shell(`mkfifo ${fifo}; "$@" <>${fifo}`))).toEqual({ ...NOTHING, timed_out: true });
  });

  it("a file, /dev/null, and none at all", async () => {
    writeFileSync(join(dir, "file"), "in a file");
    const file = openSync(join(dir, "file"), "r");
    expect(await read(file as unknown as SpawnOptions["stdio"])).toEqual({ ...NOTHING, text: "in a file", bytes: 9 });
    closeSync(file);
    expect(await read("ignore")).toEqual(NOTHING);
    expect(await read("ignore", shell('"$@" <&-'))).toEqual(NOTHING);
  });
});
