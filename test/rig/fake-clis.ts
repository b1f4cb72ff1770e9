// Stand-ins for the three CLIs that a test drives step by step: next invocation → print this → exit 1.
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { BuiltInBackend } from "../../src/schema/backend-name.js";
import { BUILT_IN } from "../../src/schema/built-in.js";

/** How a fake CLI was started, and the strings that move it. */
export class FakeInvocation {
  readonly name: string;
  readonly argv: string[];
  readonly stdin: string;
  readonly env: Record<string, string>;
  readonly cwd: string;
  readonly pid: number;
  readonly #socket: Socket;
  readonly #waiting = new Map<number, (answer: number | null) => void>();
  #count = 0;

  constructor(hello: Hello, socket: Socket) {
    ({ name: this.name, argv: this.argv, stdin: this.stdin, env: this.env, cwd: this.cwd, pid: this.pid } = hello);
    this.#socket = socket;
  }

  /** Resolves when the text was written. */
  stdout(text: string) {
    return this.#do("stdout", text);
  }

  /** Prints records as JSON lines. */
  records(...records: unknown[]) {
    return this.stdout(records.map((record) => `${JSON.stringify(record)}\n`).join(""));
  }

  stderr(text: string) {
    return this.#do("stderr", text);
  }

  /** Starts a child in its own session that ignores TERM; resolves to its pid. */
  async leaveChild(): Promise<number> {
    return (await this.#do("leave_child")) ?? 0;
  }

  ignoreTerm() {
    return this.#do("ignore_term");
  }

  kill(signal: NodeJS.Signals): void {
    void this.#do("kill", signal);
  }

  exit(code: number): void {
    void this.#do("exit", code);
  }

  /** Prints what this CLI prints for a good answer, and exits with 0. */
  async answer(text: string): Promise<void> {
    await this.records(...goodAnswer(this.name as BuiltInBackend, text));
    this.exit(0);
  }

  acknowledge(id: number, answer: number | null): void {
    this.#waiting.get(id)?.(answer);
    this.#waiting.delete(id);
  }

  #do(action: string, value?: unknown): Promise<number | null> {
    const id = ++this.#count;
    this.#socket.write(`${JSON.stringify({ id, action, value })}\n`);
    return new Promise((resolvePromise) => this.#waiting.set(id, resolvePromise));
  }
}

interface Hello {
  name: string;
  argv: string[];
  stdin: string;
  env: Record<string, string>;
  cwd: string;
  pid: number;
}

/** The least that each CLI prints for a complete answer. */
export function goodAnswer(name: BuiltInBackend, text: string): unknown[] {
  switch (name) {
    case "claude":
      return [
        { type: "system", subtype: "init", session_id: "s-1", model: "claude-fake", claude_code_version: "2.1.197" },
        {
          type: "result",
          subtype: "success",
          is_error: false,
          result: text,
          session_id: "s-1",
          stop_reason: "end_turn",
          terminal_reason: "completed",
          total_cost_usd: 0.01,
          usage: { input_tokens: 3, cache_creation_input_tokens: 0, cache_read_input_tokens: 0, output_tokens: 5 },
          permission_denials: [],
        },
      ];
    case "codex":
      return [
        { type: "thread.started", thread_id: "t-1" },
        { type: "turn.started" },
        { type: "item.completed", item: { id: "item_0", type: "agent_message", text } },
        { type: "turn.completed", usage: { input_tokens: 3, cached_input_tokens: 0, output_tokens: 5 } },
      ];
    case "gemini":
      return [
        { type: "init", session_id: "g-1", model: "gemini-fake" },
        { type: "message", role: "assistant", content: text, delta: true },
        { type: "result", status: "success", stats: { input_tokens: 3, output_tokens: 5, cached: 0, total_tokens: 8 } },
      ];
  }
}

/**
 * Makes `ROOT/bin/NAME` a program in the tested version, which its path tells as that of an installation by Homebrew does: so
 * it is not started just to be asked.
 */
export function installFake(root: string, name: BuiltInBackend, script: string): void {
  const dir = join(root, name, BUILT_IN[name].tested_version);
  mkdirSync(dir, { recursive: true });
  mkdirSync(join(root, "bin"), { recursive: true });
  writeFileSync(join(dir, name), script, { mode: 0o755 });
  symlinkSync(join(dir, name), join(root, "bin", name));
}

export class FakeClis {
  /** Put first on PATH to make these the installed CLIs. */
  readonly bin: string;
  readonly #root: string;
  readonly #server: Server;
  readonly #arrived: FakeInvocation[] = [];
  readonly #wanted: { accepts(invocation: FakeInvocation): boolean; take(invocation: FakeInvocation): void }[] = [];
  readonly #sockets = new Set<Socket>();

  private constructor(root: string, server: Server) {
    this.#root = root;
    this.bin = join(root, "bin");
    this.#server = server;
  }

  static async start(names: readonly BuiltInBackend[] = ["claude", "codex", "gemini"]): Promise<FakeClis> {
    const root = mkdtempSync(join(tmpdir(), "clinvk-fake-"));
    const server = createServer();
    const socketPath = join(root, "socket");
    const rig = new FakeClis(root, server);
    server.on("connection", (socket) => rig.#accept(socket));
    await new Promise<void>((done) => server.listen(socketPath, done));
    const script = resolve(import.meta.dirname, "fake-cli.cjs");
    for (const name of names) {
      installFake(root, name, `#!/bin/sh\nexec '${process.execPath}' '${script}' '${socketPath}' ${name} "$@"\n`);
    }
    return rig;
  }

  /** The next invocation that no one has taken yet: of any CLI, of one, or whose prompt contains a text. */
  next(filter: { name?: BuiltInBackend; prompt?: string } = {}): Promise<FakeInvocation> {
    const accepts = (invocation: FakeInvocation) =>
      (filter.name === undefined || invocation.name === filter.name) &&
      (filter.prompt === undefined || invocation.stdin.includes(filter.prompt));
    const index = this.#arrived.findIndex(accepts);
    const [arrived] = index >= 0 ? this.#arrived.splice(index, 1) : [];
    if (arrived) return Promise.resolve(arrived);
    return new Promise((take) => this.#wanted.push({ accepts, take }));
  }

  /** Invocations that have started and that no test has taken. */
  get waiting(): readonly FakeInvocation[] {
    return this.#arrived;
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((done) => this.#server.close(done));
    rmSync(this.#root, { recursive: true, force: true });
  }

  #accept(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on("error", () => {});
    socket.on("close", () => this.#sockets.delete(socket));
    let invocation: FakeInvocation | undefined;
    let buffered = "";
    socket.setEncoding("utf8");
    socket.on("data", (text: string) => {
      buffered += text;
      const lines = buffered.split("\n");
      buffered = lines.pop() ?? "";
      for (const line of lines) {
        const message = JSON.parse(line) as { hello?: Hello; id: number; answer: number | null };
        if (message.hello) {
          invocation = new FakeInvocation(message.hello, socket);
          this.#arrive(invocation);
        } else invocation?.acknowledge(message.id, message.answer);
      }
    });
  }

  #arrive(invocation: FakeInvocation): void {
    const index = this.#wanted.findIndex(({ accepts }) => accepts(invocation));
    if (index < 0) this.#arrived.push(invocation);
    else this.#wanted.splice(index, 1)[0]?.take(invocation);
  }
}
