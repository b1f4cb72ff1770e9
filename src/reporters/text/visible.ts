// Makes untrusted text safe for a terminal: an answer must not move the cursor, change the title or fake output.

/** Every control character but line feed and tab; a CR before LF is an ordinary line end. */
const CONTROLS = /\r\n|[^\P{Cc}\n\t]/gu;

/** Makes control characters visible: ESC as `^[`, C1 as `\x9b`. Everything else stays as it is. */
export function visible(text: string): string {
  return text.replace(CONTROLS, (match) => {
    if (match === "\r\n") return match;
    const code = match.charCodeAt(0);
    if (code < 0x20) return `^${String.fromCharCode(code + 0x40)}`;
    return code === 0x7f ? "^?" : `\\x${code.toString(16)}`;
  });
}

/** On one line: runs of line breaks and control characters become one space. For names and ids. */
export function oneLine(text: string): string {
  return text.replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, " ").trim();
}
