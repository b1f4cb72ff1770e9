// A recorded terminal as an animated SVG: no script, one strip of frames that is moved past a window by CSS. A terminal is
// dark on light and on dark pages alike. Readers that want no motion see the last frame.
import { escapeHtml } from "../src/util/markdown.js";

/** Text of one look, from a column on. */
export interface Span {
  x: number;
  text: string;
  /** Of the 16 colours of terminals; `undefined` = that of ordinary text. */
  color: number | undefined;
  bold: boolean;
  dim: boolean;
}

export interface Frame {
  rows: Span[][];
  for_ms: number;
}

const COLUMN = 8.43;
const ROW = 19;
const PAD = 16;
const BAR = 34;
const COLORS = "#6b7280 #f87171 #4ade80 #facc15 #60a5fa #c084fc #22d3ee #d1d5db".split(" ");
const FONT = "ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace";

export function terminalSvg(
  frames: readonly Frame[],
  { columns, rows, title }: { columns: number; rows: number; title: string },
): string {
  const width = Math.round(columns * COLUMN + 2 * PAD);
  const height = rows * ROW + PAD + BAR;
  const total = frames.reduce((sum, { for_ms }) => sum + for_ms, 0);
  // A row that many frames show is written once.
  const known = new Map<string, number>();
  const strip = frames.map(({ rows: lines }, index) => {
    const uses = lines.flatMap((spans, y) => {
      if (spans.length === 0) return [];
      const text = spans.map(tspan).join("");
      const id = known.get(text) ?? known.size;
      known.set(text, id);
      return [`<use href="#r${id}" y="${y * ROW}"/>`];
    });
    return `<g transform="translate(${index * width} 0)">${uses.join("")}</g>`;
  });
  const texts = [...known].map(([text, id]) => `<text id="r${id}">${text}</text>`);
  let passed = 0;
  const steps = frames.map(({ for_ms }, index) => {
    const percent = ((passed / total) * 100).toFixed(3);
    passed += for_ms;
    return `${percent}%{transform:translateX(${-index * width}px)}`;
  });
  const last = `translateX(${-(frames.length - 1) * width}px)`;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img">
<title>${escapeHtml(title)}</title>
<style>
text{font:14px ${FONT};fill:#e5e7eb;white-space:pre}
.b{font-weight:700}.d{opacity:.6}
${COLORS.map((color, index) => `.c${index}{fill:${color}}`).join("")}
@keyframes run{${steps.join("")}}
.strip{animation:run ${total}ms step-end infinite}
@media (prefers-reduced-motion:reduce){.strip{animation:none;transform:${last}}}
</style>
<defs>${texts.join("\n")}</defs>
<rect x=".5" y=".5" width="${width - 1}" height="${height - 1}" rx="8" fill="#111827" stroke="#4b5563"/>
<circle cx="20" cy="17" r="5" fill="#f87171"/><circle cx="38" cy="17" r="5" fill="#facc15"/><circle cx="56" cy="17" r="5" fill="#4ade80"/>
<clipPath id="screen"><rect y="-14" width="${width - PAD}" height="${rows * ROW}"/></clipPath>
<g transform="translate(${PAD} ${BAR + 14})" clip-path="url(#screen)"><g class="strip">
${strip.join("\n")}
</g></g>
</svg>
`;
}

function tspan({ x, text, color, bold, dim }: Span): string {
  const classes = [
    ...(color === undefined ? [] : [`c${color % COLORS.length}`]),
    ...(bold ? ["b"] : []),
    ...(dim ? ["d"] : []),
  ].join(" ");
  return `<tspan x="${(x * COLUMN).toFixed(1)}"${classes === "" ? "" : ` class="${classes}"`}>${escapeHtml(text)}</tspan>`;
}
