// A headless Chromium for the tests of the dashboard, unpacked once from its npm package; it talks to 127.0.0.1 only.
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { type BrowserContext, chromium as playwright } from "playwright-core";

/** The package holds a Chromium for Linux on x64. */
export const HAS_BROWSER = process.platform === "linux" && process.arch === "x64";

const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  // Whatever the browser itself may want: nothing but this machine can be reached.
  "--proxy-server=http://127.0.0.1:9",
  "--proxy-bypass-list=127.0.0.1",
];

export interface Browser {
  context: BrowserContext;
  /** Ends the browser and removes what it kept. */
  close(): Promise<void>;
}

export interface BrowserOptions {
  viewport?: { width: number; height: number };
  colorScheme?: "light" | "dark";
}

/** Starts a browser with an empty profile. */
export async function startBrowser(options: BrowserOptions = {}): Promise<Browser> {
  const profile = mkdtempSync(join(tmpdir(), "clinvk-profile-"));
  const context = await playwright.launchPersistentContext(profile, {
    executablePath: await unpacked(),
    headless: true,
    args: FLAGS,
    viewport: { width: 1200, height: 800 },
    reducedMotion: "reduce",
    env: { HOME: profile, PATH: process.env.PATH ?? "", LANG: "C.UTF-8" },
    ...options,
  });
  return {
    context,
    async close() {
      await context.close();
      rmSync(profile, { recursive: true, force: true });
    },
  };
}

/** The program's path. Two tests may unpack at once: each does so beside the others, and the first to be done wins. */
async function unpacked(): Promise<string> {
  const cache = resolve(import.meta.dirname, "../../.cache/chromium");
  const program = join(cache, "chromium");
  if (existsSync(program)) return program;
  mkdirSync(join(cache, ".."), { recursive: true });
  const own = mkdtempSync(join(cache, "..", "chromium-"));
  const before = process.env.TMPDIR;
  process.env.TMPDIR = own;
  try {
    const { default: chromium } = await import("@sparticuz/chromium");
    await chromium.executablePath();
  } finally {
    if (before === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = before;
  }
  try {
    renameSync(own, cache);
  } catch {
    rmSync(own, { recursive: true, force: true });
  }
  return program;
}
