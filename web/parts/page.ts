// The shared parts of all pages: their title, a copy button, and a timer.
import { html } from "htm/preact";
import { useEffect, useLayoutEffect, useState } from "preact/hooks";
import { notify } from "./notice.js";

/** Sets the tab's title while the page is shown. */
export function useTitle(title: string): void {
  useEffect(() => {
    document.title = `${title} · clinvk`;
  }, [title]);
}

/**
 * When a change of the page removes the element that has the focus, such as a button, the page's heading gets it: a
 * person without a mouse keeps their place.
 */
export function useKeptFocus(): void {
  const main = document.getElementById("main");
  // Read before the page changes.
  const had = main?.contains(document.activeElement) ?? false;
  useLayoutEffect(() => {
    if (had && document.activeElement === document.body) main?.querySelector<HTMLElement>("h1")?.focus();
  });
}

/** Renders the component again at intervals while `isOn`. */
export function useTick(ms: number, isOn: boolean): void {
  const [, tick] = useState(0);
  useEffect(() => {
    if (!isOn) return;
    const timer = setInterval(() => {
      if (!document.hidden) tick((count) => count + 1);
    }, ms);
    return () => clearInterval(timer);
  }, [ms, isOn]);
}

/** Puts a text on the clipboard. */
export function CopyButton({ text, label = "Copy" }: { text: string; label?: string }) {
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      notify("Copied.");
    } catch {
      notify("The browser does not let this page use the clipboard; select the text and copy it.", true);
    }
  };
  return html`<button type="button" class="quiet" onClick=${copy}>${label}</button>`;
}
