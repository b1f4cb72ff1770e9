// Makes docs/images/run.svg: records a run of `clinvk parallel` in a real terminal, on the three real CLIs and the offline
// model. `npm run build && CLINVK_TEST_CLIS=DIR npx tsx scripts/record-run.ts`; DIR as for the tests (CONTRIBUTING.md).
import { writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import xterm from "@xterm/headless";
import { realClis, TOOLS } from "../test/rig/real-clis.js";
import { type Frame, type Span, terminalSvg } from "./terminal-svg.js";

const picture = fileURLToPath(new URL("../docs/images/run.svg", import.meta.url));
const pty = createRequire(import.meta.url)("@lydell/node-pty") as typeof import("@lydell/node-pty");

const COLUMNS = 88;
const ROWS = 26;
/** Frames are taken so far apart; more of them make the file bigger, not the picture better. */
const STEP_MS = 200;
/** A person waits no longer than this for something to happen; the picture need not either. */
const LONGEST_STILL_MS = 800;
const LAST_FRAME_MS = 6000;
const COMMAND = "clinvk parallel tasks.json --offline";

const say = (text: string) => ({ chunks: text.split(/(?<=\s)/), chunk_delay_ms: 180 });
const SCRIPT = {
  rules: [
    {
      match: { prompt: "^Review the design" },
      reply: {
        tools: [TOOLS.claude.shell("sed -n 1,80p src/cart.js"), TOOLS.claude.shell("node --test")],
        ...say("[offline model] Both cart.js and db.js know prices. Keep that in one of them."),
        usage: { input_tokens: 21400, output_tokens: 310 },
      },
    },
    {
      match: { prompt: "^Look for slow code" },
      reply: {
        tools: [TOOLS.codex.shell("grep -rn query src"), TOOLS.codex.shell("node bench.mjs")],
        ...say("[offline model] total() asks the database once per item. One query is enough."),
        usage: { input_tokens: 9800, output_tokens: 270 },
      },
    },
    {
      match: { prompt: "^Look for security holes" },
      reply: {
        tools: [TOOLS.gemini.read("src/db.js"), TOOLS.gemini.shell("node audit.mjs")],
        ...say("[offline model] find() puts its argument into the SQL text. Use a placeholder."),
        usage: { input_tokens: 12600, output_tokens: 240 },
      },
    },
    {
      match: { prompt: "^Which tests are missing" },
      reply: {
        tools: [TOOLS.claude.shell("node --test")],
        ...say("[offline model] Nothing tests an empty cart.\nVERDICT: FAIL"),
        usage: { input_tokens: 18200, output_tokens: 150 },
      },
    },
  ],
};
const TASKS = {
  tasks: [
    { backend: "claude", name: "Design", prompt: "Review the design of this shop." },
    { backend: "codex", name: "Performance", prompt: "Look for slow code." },
    { backend: "gemini", name: "Security", prompt: "Look for security holes.", approval_mode: "none" },
    {
      backend: "claude",
      name: "Tests",
      prompt: "Which tests are missing? End with VERDICT: PASS or VERDICT: FAIL.",
      expect: { matches: "^VERDICT: PASS$" },
    },
  ],
  max_parallel: 3,
};

const space = realClis();
try {
  space.file("tasks.json", TASKS);
  space.file("script.json", SCRIPT);
  space.file("src/cart.js", "export const total = (items) => items.reduce((sum, item) => sum + item.price, 0);\n");
  space.file("src/db.js", 'export const find = (db, name) => db.query("SELECT * FROM item WHERE name = " + name);\n');
  for (const name of ["bench.mjs", "audit.mjs"])
    space.file(name, "await new Promise((done) => setTimeout(done, 2500));\n");
  space.file("home/.clinvk/config.yaml", 'backends:\n  claude:\n    allowed_tools: ["Bash"]\n');
  const frames = await framesOf(await record(`${COMMAND} --offline-script script.json`));
  const svg = terminalSvg(frames, { columns: COLUMNS, rows: ROWS, title: `$ ${COMMAND}` });
  writeFileSync(picture, svg);
  console.log(`${picture}: ${frames.length} frames, ${Math.round(svg.length / 1024)} KiB`);
} finally {
  space.close();
}

interface Chunk {
  at_ms: number;
  text: string;
}

/** Everything that the command prints on a terminal, with its time. */
function record(line: string): Promise<Chunk[]> {
  const start = performance.now();
  const chunks: Chunk[] = [];
  const terminal = pty.spawn("/bin/sh", ["-c", line], {
    name: "xterm-256color",
    cols: COLUMNS,
    rows: ROWS,
    cwd: space.dir,
    env: space.env,
  });
  terminal.onData((text) => chunks.push({ at_ms: performance.now() - start, text }));
  return new Promise((resolve) => terminal.onExit(() => resolve(chunks)));
}

/** What the screen shows, step by step; long stills are cut short. */
async function framesOf(chunks: readonly Chunk[]): Promise<Frame[]> {
  const terminal = new xterm.Terminal({ cols: COLUMNS, rows: ROWS, scrollback: 1000, allowProposedApi: true });
  await write(terminal, `\x1b[1;32m$\x1b[0m ${COMMAND}\r\n`);
  const frames: Frame[] = [{ rows: rowsOf(terminal), for_ms: STEP_MS }];
  const end = (chunks.at(-1)?.at_ms ?? 0) + STEP_MS;
  let next = 0;
  for (let now = STEP_MS; now <= end; now += STEP_MS) {
    while (next < chunks.length && (chunks[next]?.at_ms ?? 0) <= now) {
      await write(terminal, chunks[next]?.text ?? "");
      next += 1;
    }
    const rows = rowsOf(terminal);
    const last = frames.at(-1) as Frame;
    if (JSON.stringify(rows) === JSON.stringify(last.rows))
      last.for_ms = Math.min(last.for_ms + STEP_MS, LONGEST_STILL_MS);
    else frames.push({ rows, for_ms: STEP_MS });
  }
  (frames.at(-1) as Frame).for_ms = LAST_FRAME_MS;
  return frames;
}

function write(terminal: xterm.Terminal, text: string): Promise<void> {
  return new Promise((done) => terminal.write(text, done));
}

/** The rows of the screen as spans of one look each. */
function rowsOf(terminal: xterm.Terminal): Span[][] {
  const { active } = terminal.buffer;
  return Array.from({ length: ROWS }, (_, y) => {
    const line = active.getLine(active.baseY + y);
    const spans: Span[] = [];
    for (let x = 0; x < COLUMNS; x += 1) {
      const cell = line?.getCell(x);
      if (!cell || cell.getWidth() === 0) continue;
      const color = cell.isFgPalette() ? cell.getFgColor() : undefined;
      const look = { color, bold: cell.isBold() !== 0, dim: cell.isDim() !== 0 };
      const text = cell.getChars() || " ";
      const last = spans.at(-1);
      if (last && last.color === look.color && last.bold === look.bold && last.dim === look.dim) last.text += text;
      else spans.push({ x, text, ...look });
    }
    // Blanks have no look: they are left out at both ends.
    return spans
      .map((span) => ({ ...span, x: span.x + span.text.search(/\S|$/), text: span.text.trim() }))
      .filter(({ text }) => text !== "");
  });
}
