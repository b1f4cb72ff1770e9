// Text of others as HTML.
import { escapeHtml, visibleControls } from "../../util/markdown.js";
import { oneLine } from "../visible.js";

/** On one line. */
export function html(text: string): string {
  return escapeHtml(visibleControls(oneLine(text)));
}

/** With its line breaks, for `<pre>`. */
export function preformatted(text: string): string {
  return escapeHtml(visibleControls(text));
}
