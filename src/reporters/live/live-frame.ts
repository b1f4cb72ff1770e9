// One frame of the live view: a line for each running task, and one that counts them all. Pure.
import { styleText } from "node:util";
import { totals } from "../../summary/summary.js";
import { cut, cutFront } from "../../util/cut.js";
import { clockWords, spanWords } from "../../util/time-text.js";
import { costWords, shortCount } from "../text/number-text.js";
import { backendColor, type Color } from "../text/paint.js";
import { isCommand } from "../text/steps.js";
import type { Width } from "../text/width.js";
import { secondsLeft } from "./live-eta.js";
import { type LiveState, liveCounts, type RunningTask, runningTasks } from "./live-state.js";
import { ascii, type FrameOptions, lastLine, plainLine } from "./live-text.js";

type Style = Color | "dim";
type Segment = readonly [text: string, style?: Style | undefined];

/** From so many lines on a frame leaves half of the terminal to the answers. */
const ENOUGH = 10;

/** At most `rows - 1` lines, none wider than `columns`: below them the cursor has a line of its own. */
export function frame(state: LiveState, options: FrameOptions): string[] {
  const room = Math.min(options.rows - 1, Math.max(ENOUGH, Math.floor(options.rows / 2)));
  if (state.run.started === undefined || room < 1 || options.columns < 1) return [];
  const counts = toLine(countsLine(state, options), options);
  if (room === 1) return [counts];
  const tasks = runningTasks(state);
  const all = tasks.length <= room - 1;
  // With room for a single task it is shown; the counts tell of the others.
  const shown = all ? tasks : tasks.slice(0, Math.max(1, room - 2));
  const hidden = tasks.length - shown.length;
  const lines = taskLines(shown, options).map((line) => toLine(line, options));
  if (hidden > 0 && shown.length < room - 1) lines.push(toLine([[`  … and ${hidden} more`, "dim"]], options));
  return [...lines, counts];
}

const SPINNER = { unicode: "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏", ascii: "|/-\\" };
const SPINNER_STEP_MS = 80;

function taskLines(tasks: readonly RunningTask[], options: FrameOptions): Segment[][] {
  const { columns, now, unicode, width } = options;
  const rows = tasks.map((task) => ({
    time: elapsedWords(now - task.since),
    name: plainLine(task.name, unicode),
    backend: plainLine(task.backend, unicode),
    tokens: task.tokens === undefined ? "" : `${shortCount(task.tokens)} tokens`,
    doing: (room: number) => doingText(task, room, options),
  }));
  const widest = (field: "time" | "name" | "backend" | "tokens") =>
    Math.max(0, ...rows.map((row) => width(row[field])));
  const time = widest("time");
  // Spinner and blanks take 3.
  const rest = columns - time - 3;
  const name = Math.min(widest("name"), rest < 2 * MIN_NAME ? rest : Math.max(MIN_NAME, Math.floor(rest * 0.4)));
  const backend = widest("backend");
  const tokens = widest("tokens");
  const hasBackend = rest - name >= backend + 2 + GOOD_DOING;
  const hasTokens = tokens > 0 && hasBackend && rest - name - backend - 2 >= tokens + 2 + GOOD_DOING;
  const hasDoing = rest - name >= MIN_DOING;
  const room = rest - name - (hasBackend ? backend + 2 : 0) - (hasTokens ? tokens + 2 : 0) - 2;
  const frames = unicode ? SPINNER.unicode : SPINNER.ascii;
  const spinner = frames.charAt(Math.floor(now / SPINNER_STEP_MS) % frames.length);
  return rows
    .map((row) => ({ ...row, doing: hasDoing ? row.doing(room) : "" }))
    .map((row) => [
      [`${spinner} `, "cyan"],
      [`${row.time.padStart(time)} `, "dim"],
      [pad(cut(row.name, Math.max(1, hasDoing ? name : rest), width), hasDoing ? name : 0, width)],
      ...(hasBackend ? [["  ".concat(pad(row.backend, backend, width)), backendColor(row.backend)] as const] : []),
      ...(hasTokens ? [["  ".concat(row.tokens.padStart(tokens)), "dim"] as const] : []),
      ...(row.doing === "" ? [] : [[`  ${row.doing}`] as const]),
    ]);
}

/** A part with fewer columns would be unreadable. */
const MIN_NAME = 12;
const MIN_DOING = 12;
/** Up to this many columns, a task's step is more important than the name of its backend. */
const GOOD_DOING = 26;

/** The beginning of a tool call, but the end of live text: that is the part that changes. */
function doingText({ doing }: RunningTask, room: number, { unicode, width }: FrameOptions): string {
  if (doing.tool === undefined) return cutFront(lastLine(doing.text, unicode), room, width);
  const refused = doing.tool.startsWith("refused ") ? "refused: " : "";
  const call = isCommand(doing.text) ? `${refused}${doing.text}` : `${doing.tool}: ${doing.text}`;
  return cut(plainLine(call, unicode), room, width);
}

/** Parts in the order in which they are shown; the higher its rank, the sooner a part is left out. */
type Part = readonly [rank: number, text: string, style?: Style | undefined];

function countsLine(state: LiveState, { columns, now, width }: FrameOptions): Segment[] {
  const { completed, total, running, queued, retrying, paused, quota, quota_until, failed, canceled } = liveCounts(
    state,
    now,
  );
  const left = secondsLeft(state, now);
  const { usage, cost_usd } = totals(state.run);
  // If nothing happens in the run, the frame stays the same.
  const began = running > 0 ? state.run.began : undefined;
  const tokens = (usage?.input_tokens ?? 0) + (usage?.output_tokens ?? 0);
  const until = quota_until === undefined ? "" : ` until ${clockWords(quota_until, now)}`;
  const parts: (Part | undefined)[] = [
    [1, `${completed}/${total} done`, completed > 0 ? "green" : undefined],
    running > 0 ? [3, `${running} running`] : undefined,
    queued > 0 ? [7, `${queued} waiting`] : undefined,
    retrying > 0 ? [8, `${retrying} to be retried`, "yellow"] : undefined,
    ...[...paused].map(([backend, { tasks, at }]): Part => {
      const left = Math.ceil((at - now) / 1000);
      return [5, `${tasks} waiting for ${backend}${left > 0 ? `, ${spanWords(left)}` : ""}`, "yellow"];
    }),
    quota > 0 ? [4, `${quota} waiting for quota${until}`, "yellow"] : undefined,
    failed > 0 ? [2, `${failed} failed`, "red"] : undefined,
    canceled > 0 ? [9, `${canceled} canceled`, "yellow"] : undefined,
    tokens > 0 ? [10, `${shortCount(tokens)} tokens`, "dim"] : undefined,
    cost_usd === null || state.run.started?.offline ? undefined : [11, costWords(cost_usd), "dim"],
    began === undefined ? undefined : [12, elapsedWords(now - Date.parse(began)), "dim"],
    left === undefined ? undefined : [6, `about ${spanWords(rounded(left))} left`, "dim"],
  ];
  let kept = parts.filter((part) => part !== undefined);
  const taken = () => kept.reduce((sum, [, text]) => sum + width(text), (kept.length - 1) * SEPARATOR.length);
  while (kept.length > 1 && taken() > columns) {
    const last = Math.max(...kept.map(([rank]) => rank));
    kept = kept.filter(([rank]) => rank !== last);
  }
  return kept.flatMap(([, text, style], i): Segment[] => [
    ...(i > 0 ? [[SEPARATOR, "dim"] as const] : []),
    [text, style],
  ]);
}

const SEPARATOR = " · ";

/** To 5 s below a minute, to a minute above: more would be made up. */
function rounded(seconds: number): number {
  const step = seconds <= 60 ? 5 : 60;
  return Math.max(step, Math.round(seconds / step) * step);
}

/** `0:07`, `12:05`, `1:02:03`. */
function elapsedWords(milliseconds: number): string {
  const seconds = Math.max(0, Math.floor(milliseconds / 1000));
  const two = (value: number) => String(value).padStart(2, "0");
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes}:${two(seconds % 60)}`;
  return `${Math.floor(minutes / 60)}:${two(minutes % 60)}:${two(seconds % 60)}`;
}

function pad(text: string, columns: number, width: Width): string {
  return text + " ".repeat(Math.max(0, columns - width(text)));
}

/** Segments as one line, cut at the right edge. */
function toLine(segments: readonly Segment[], { columns, color, unicode, width }: FrameOptions): string {
  let room = columns;
  let line = "";
  for (const [text, style] of segments) {
    if (room < 1) break;
    const shown = unicode ? cut(text, room, width) : ascii(cut(text, room, width));
    room -= width(shown);
    line += color && style !== undefined ? styleText(style, shown, { validateStream: false }) : shown;
  }
  return color ? line : line.trimEnd();
}
