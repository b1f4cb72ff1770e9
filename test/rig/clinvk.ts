// Runs the built `clinvk` as a user would, in a home of its own.
import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, mkdirSync, mkdtempSync, openSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";

const CLINVK = resolve(import.meta.dirname, "../../dist/cli/clinvk.cjs");

export interface Finished {
  code: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
}

/** A process of `clinvk` that is under way. */
export interface Started {
  child: ChildProcess;
  done: Promise<Finished>;
  /** Resolves once stderr or stdout contains the text. */
  printed(text: string): Promise<void>;
}

export interface StartOptions {
  /** Text for stdin, or `open`: a pipe that stays open and delivers nothing; without it stdin is empty. */
  stdin?: string | "open";
  /** A file for stdout instead of a pipe. */
  stdout?: string;
  env?: Record<string, string>;
  cwd?: string;
}

export interface WorkspaceOptions {
  /** Directories in front of PATH. */
  bin?: string[];
  /** A folder with `node_modules/.bin`: becomes `$CLINVK_HOME/clis`. */
  clis?: string;
}

/** A directory with an own HOME and CLINVK_HOME; on its `PATH` are `bin`, `clinvk`, Node and the system's programs. */
export class Workspace {
  readonly dir: string;
  readonly home: string;
  readonly #path: string[];

  constructor(options: WorkspaceOptions = {}) {
    this.dir = mkdtempSync(join(tmpdir(), "clinvk-test-"));
    this.home = join(this.dir, "home");
    mkdirSync(this.home);
    const bin = join(this.dir, "bin");
    mkdirSync(bin);
    writeFileSync(join(bin, "clinvk"), `#!/bin/sh\nexec '${process.execPath}' '${CLINVK}' "$@"\n`, { mode: 0o755 });
    // Node by itself: beside it there may be globally installed CLIs.
    symlinkSync(process.execPath, join(bin, "node"));
    this.#path = [...(options.bin ?? []), bin];
    if (options.clis === undefined) return;
    mkdirSync(join(this.home, ".clinvk"));
    symlinkSync(resolve(options.clis), join(this.home, ".clinvk", "clis"));
  }

  /** A directory without the home: where a server is started, because callers' agents may not work around its own files. */
  get served(): string {
    const dir = join(this.dir, "served");
    mkdirSync(dir, { recursive: true });
    return dir;
  }

  get env(): Record<string, string> {
    return {
      PATH: [...this.#path, "/usr/bin", "/bin"].join(":"),
      HOME: this.home,
      CLINVK_HOME: join(this.home, ".clinvk"),
      LANG: "C.UTF-8",
      // Whatever a CLI may try: it can reach nothing but this machine.
      HTTPS_PROXY: "http://127.0.0.1:9",
      NO_PROXY: "127.0.0.1,localhost",
      DISABLE_TELEMETRY: "1",
      DISABLE_AUTOUPDATER: "1",
      CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: "1",
    };
  }

  /** Writes a file (objects as JSON) and returns its absolute path. */
  file(path: string, content: unknown): string {
    const full = join(this.dir, path);
    mkdirSync(dirname(full), { recursive: true });
    writeFileSync(
      full,
      typeof content === "string" || content instanceof Uint8Array ? content : JSON.stringify(content),
    );
    return full;
  }

  start(args: string[], options: StartOptions = {}): Started {
    return this.#spawn(process.execPath, [CLINVK, ...args], options);
  }

  /** Starts a line of shell that may call `clinvk`. */
  shell(line: string, options: StartOptions = {}): Started {
    return this.#spawn("/bin/sh", ["-c", line], options);
  }

  #spawn(file: string, args: string[], options: StartOptions): Started {
    const stdoutFd = options.stdout === undefined ? undefined : openSync(options.stdout, "w");
    const child = spawn(file, args, {
      cwd: options.cwd ?? this.dir,
      env: { ...this.env, ...options.env },
      stdio: [options.stdin === undefined ? "ignore" : "pipe", stdoutFd ?? "pipe", "pipe"],
    });
    if (stdoutFd !== undefined) closeSync(stdoutFd);
    if (options.stdin !== undefined && options.stdin !== "open") child.stdin?.end(options.stdin);
    child.stdin?.on("error", () => {});
    let stdout = "";
    let stderr = "";
    const listeners = new Set<() => void>();
    const tell = () => {
      for (const listener of listeners) listener();
    };
    child.stdout?.setEncoding("utf8").on("data", (text: string) => {
      stdout += text;
      tell();
    });
    child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      stderr += text;
      tell();
    });
    const done = new Promise<Finished>((finish) =>
      child.on("close", (code, signal) => finish({ code, signal, stdout, stderr })),
    );
    const printed = (text: string) =>
      new Promise<void>((found, lost) => {
        const look = () => {
          if (!stdout.includes(text) && !stderr.includes(text)) return;
          listeners.delete(look);
          found();
        };
        listeners.add(look);
        look();
        void done.then(() => lost(new Error(`never printed: ${text}\nstdout: ${stdout}\nstderr: ${stderr}`)));
      });
    return { child, done, printed };
  }

  run(args: string[], options: StartOptions = {}): Promise<Finished> {
    return this.start(args, options).done;
  }

  close(): void {
    rmSync(this.dir, { recursive: true, force: true });
  }
}
