// Renders messages for people: text between backticks becomes code.
import { html } from "htm/preact";

export function Ticked({ text }: { text: string }) {
  return html`${text.split(/`([^`]+)`/).map((part, index) => (index % 2 === 1 ? html`<code>${part}</code>` : part))}`;
}
