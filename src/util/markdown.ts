// Turns untrusted Markdown into harmless HTML: an agent's text must run nothing, load nothing and fake nothing.
// Pure, without Node's modules: the web page uses it too.
import MarkdownIt, { type StateBlock, type StateCore, type Token } from "markdown-it";
import { byNumber, replaceHidden } from "./hidden.js";

/** A longer text is shown unformatted: even a malicious text then takes only seconds and little memory. */
const LONGEST = 512 * 1024;
/** Nesting of quotes and lists; deeper text is shown as it was written. */
const DEEPEST = 40;
/** A disabled link shows its target up to this length; a longer one would not help a reader. */
const LONGEST_TARGET = 200;

const markdown = new MarkdownIt("default", { html: false, linkify: true, typographer: false });
// Full addresses become links; text that only looks like a host, such as `main.rs`, does not.
markdown.linkify.set({ fuzzyLink: false, fuzzyEmail: false, fuzzyIP: false });
// One place, below, decides which links work.
markdown.validateLink = () => true;
markdown.block.ruler.before("table", "deep", deepBlock);
markdown.core.ruler.push("harmless", harmless);

/**
 * Renders CommonMark with tables and strikethrough as HTML for the body of a page. The output has only the tags and
 * attributes of such text: no HTML from the text, no image (its description and a link replace it), no style, links
 * only to http, https and mailto, in a new tab. Control characters and those that reverse the direction of
 * writing become visible. Texts of more than 512 Ki UTF-16 units become one `<pre>`.
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

/** Controls except tab and line ends. */
const CONTROLS = /[^\P{Cc}\t\n\r]/gu;

/** ESC as `␛`, the others and hidden characters by number: `‹U+202E›`. */
export function visibleControls(text: string): string {
  const shown = text.replace(CONTROLS, (character) => {
    const code = character.charCodeAt(0);
    return code < 0x20 ? String.fromCharCode(0x2400 + code) : byNumber(character);
  });
  return replaceHidden(shown, byNumber);
}

/** The parser drops text that is nested too deeply; this keeps it as preformatted text. */
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

/** `[x] done` at the beginning of a list item: a task list. */
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
  /** For each open link: the text to append if the link is disabled, else nothing. */
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

/** Anchored, and tested after the parser has decoded and encoded the address again, so no disguise gets through. */
function isHarmless(href: string): boolean {
  return /^(https?:\/\/|mailto:)./i.test(href);
}

/** The text appended to a disabled link: ` (src/auth.js)`, or what its own text lacks: `src/auth.js` → `:42`. */
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
