// Asks for the server's key after the server has refused a call without one.
import { html } from "htm/preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { keepKey, keptKey } from "../data/key.js";
import { useTitle } from "./page.js";

/** `onKey`: a key was entered; the next call tells whether it is right. */
export function KeyForm({ onKey }: { onKey: () => void }) {
  useTitle("Key");
  const [key, setKey] = useState("");
  const input = useRef<HTMLInputElement>(null);
  const isSecondTry = keptKey() !== undefined;
  useEffect(() => input.current?.focus(), []);
  const submit = (event: Event) => {
    event.preventDefault();
    if (key.trim() === "") return;
    keepKey(key.trim());
    onKey();
  };
  return html`<form class="key-form" onSubmit=${submit}>
    <h1>This server wants a key</h1>
    <p>
      <code>clinvk serve</code> prints an address with it: open that address, or enter the key here. It is one of${" "}
      <code>CLINVK_API_KEYS</code>, or the one in${" "}<code>server.key</code> in clinvk's home. It stays in this tab, and no
      request has it in its address.
    </p>
    ${isSecondTry && html`<p class="problem-text" role="alert">The server does not accept the key that was given.</p>`}
    <label for="key">Key</label>
    <div class="line">
      <input id="key" ref=${input} type="password" autocomplete="off" spellcheck=${false} value=${key}
        onInput=${(event: Event) => setKey((event.target as HTMLInputElement).value)} />
      <button type="submit" class="primary">Continue</button>
    </div>
  </form>`;
}
