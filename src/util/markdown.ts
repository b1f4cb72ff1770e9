// Markdown of others to harmless HTML: what an agent wrote must run nothing, load nothing and fake nothing.
// Pure, without Node's modules: the web page uses it too.
import MarkdownIt, { type StateBlock, type StateCore, type Token } from "markdown-it";

/** A longer text is shown as it is, so that the most contrived one takes seconds, and its parse tree little memory. */
const LONGEST = 512 * 1024;
/** Quotes and lists within each other; what is deeper is shown as it was written. */
const DEEPEST = 40;
/** A longer target of a link that leads nowhere says nothing to a reader. */
const LONGEST_TARGET = 200;

const markdown = new MarkdownIt("default", { html: false, linkify: true, typographer: false });
// Addresses that are written out become links; what only looks like a host, such as `main.rs`, does not.
markdown.linkify.set({ fuzzyLink: false, fuzzyEmail: false, fuzzyIP: false });
// Whether a link leads anywhere is decided in one place, below.
markdown.validateLink = () => true;
markdown.block.ruler.before("table", "deep", deepBlock);
markdown.core.ruler.push("harmless", harmless);

/**
 * HTML of CommonMark with tables and strikethrough, for the body of a page. Only the tags and attributes of such text
 * come out of it: no HTML of the text's own, no image (its description and a link take its place), links only to
 * http, https and mailto, in a new tab, no style. Control characters and those that reverse the direction of
 * writing are made visible. Texts of more than 512 Ki UTF-16 units become one `<pre>`.
 */
export function renderMarkdown(text: string): string {
  const html = text.length > LONGEST ? `<pre>${escapeHtml(text)}</pre>\n` : markdown.render(text);
  return visibleControls(html);
}

/** Plain text as HTML, within an element or a quoted attribute. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? character);
}

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** Controls but tab and line ends; the embeddings, overrides and isolates of the Unicode bidirectional algorithm. */
const CONTROLS = /[^\P{Cc}\t\n\r]|[\u202a-\u202e\u2066-\u2069]/gu;

/** ESC as `␛`, the others by number: `‹U+202E›`. */
export function visibleControls(text: string): string {
  return text.replace(CONTROLS, (character) => {
    const code = character.charCodeAt(0);
    if (code < 0x20) return String.fromCharCode(0x2400 + code);
    return `‹U+${code.toString(16).toUpperCase().padStart(4, "0")}›`;
  });
}

/** The parser drops what is nested too deeply; here it is kept as preformatted text. */
function deepBlock(state: StateBlock, startLine: number, endLine: number, silent: boolean): boolean {
  if (state.level < DEEPEST || silent) return false;
  const token = state.push("code_block", "code", 0);
  token.content = state.getLines(startLine, endLine, state.blkIndent, true);
  token.map = [startLine, endLine];
  state.line = endLine;
  return true;
}

function harmless(state: StateCore): void {
  for (const [index, token] of state.tokens.entries()) {
    if (token.type === "inline" && state.tokens[index - 2]?.type === "list_item_open") tickBox(token);
    if (token.type === "th_open" || token.type === "td_open") alignWithoutStyle(token);
    if (token.children !== null) token.children = harmlessInline(token.children, state);
  }
}

/** `[x] done` at the beginning of a list's item, as it is written for tasks. */
function tickBox({ children }: Token): void {
  const first = children?.[0];
  const box = first?.type === "text" ? /^\[([ xX])\] /.exec(first.content) : null;
  if (first && box) first.content = `${box[1] === " " ? "☐" : "☑"} ${first.content.slice(box[0].length)}`;
}

function alignWithoutStyle(token: Token): void {
  const align = /^text-align:(left|right|center)$/.exec(String(token.attrGet("style") ?? ""))?.[1];
  token.attrs = align === undefined ? null : [["align", align]];
}

function harmlessInline(tokens: readonly Token[], state: StateCore): Token[] {
  const found: Token[] = [];
  /** Of each link that is open: what is written behind its text if it leads nowhere, else nothing. */
  const open: (string | undefined)[] = [];
  for (const [index, token] of tokens.entries()) {
    switch (token.type) {
      case "link_open": {
        const href = String(token.attrGet("href") ?? "");
        const leads = isHarmless(href);
        open.push(leads ? undefined : target(href, tokens[index + 1]?.content));
        if (leads) found.push(opening(href, state));
        break;
      }
      case "link_close": {
        const behind = open.pop();
        if (behind === undefined) found.push(token);
        else if (behind !== "") found.push(words(behind, state));
        break;
      }
      case "image":
        found.push(...insteadOfImage(token, open.length > 0, state));
        break;
      default:
        found.push(token);
    }
  }
  return found;
}

/** Anchored and on what the parser has decoded and encoded anew, so no disguise gets through. */
function isHarmless(href: string): boolean {
  return /^(https?:\/\/|mailto:)./i.test(href);
}

/** Behind the text of such a link: ` (src/auth.js)`, or what the text lacks of it: `src/auth.js` → `:42`. */
function target(href: string, label = ""): string {
  const shown = markdown.normalizeLinkText(href);
  if (shown.length > LONGEST_TARGET) return "";
  if (label !== "" && shown.startsWith(label)) return shown.slice(label.length);
  return shown === "" ? "" : ` (${shown})`;
}

function opening(href: string, state: StateCore): Token {
  const token = new state.Token("link_open", "a", 1);
  token.attrs = [
    ["href", href],
    ["target", "_blank"],
    ["rel", "noopener noreferrer nofollow"],
  ];
  return token;
}

function insteadOfImage(image: Token, isInLink: boolean, state: StateCore): Token[] {
  const href = String(image.attrGet("src") ?? "");
  const described = state.md.renderer.renderInlineAsText(image.children ?? [], state.md.options, state.env);
  const alt = described.trim() === "" ? "image" : described;
  if (isInLink || !isHarmless(href)) return [words(alt, state)];
  return [opening(href, state), words(alt, state), new state.Token("link_close", "a", -1)];
}

function words(text: string, state: StateCore): Token {
  const token = new state.Token("text", "", 0);
  token.content = text;
  return token;
}
