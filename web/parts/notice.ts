// Short messages about what just happened, shown and read aloud, one at a time.
import { html } from "htm/preact";
import { useEffect, useState } from "preact/hooks";

interface Notice {
  text: string;
  isProblem: boolean;
}

const SHOWN_MS = 6000;

let show: (notice: Notice) => void = () => {};

/** Shows a message to the person at the page. */
export function notify(text: string, isProblem = false): void {
  show({ text, isProblem });
}

/** Where notices appear; there is one. */
export function Notices() {
  const [notice, setNotice] = useState<Notice>();
  useEffect(() => {
    show = setNotice;
  }, []);
  useEffect(() => {
    if (notice === undefined) return;
    const timer = setTimeout(() => setNotice(undefined), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [notice]);
  return html`<div class="notices" role="status" aria-live="polite">
    ${notice && html`<p class=${notice.isProblem ? "notice problem" : "notice"}>${notice.text}</p>`}
  </div>`;
}
