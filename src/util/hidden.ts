// Characters that nobody sees, but that turn text around, hide something in it, or make two names look alike. In some
// writing systems and in emoji some of them are letters like others; there they stay.

/** Bidirectional controls, zero-width characters, invisible operators, annotations, and tags (a second, invisible ASCII). */
const HIDDEN = /[\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\u{e0001}\u{e0020}-\u{e007f}]/gu;

/** Letters that are joined to each other, or to signs above and below: there a joiner or a non-joiner is spelling. */
const JOINED =
  /[\p{scx=Arabic}\p{scx=Syriac}\p{scx=Mongolian}\p{scx=Nko}\p{scx=Devanagari}\p{scx=Bengali}\p{scx=Gurmukhi}\p{scx=Gujarati}\p{scx=Oriya}\p{scx=Tamil}\p{scx=Telugu}\p{scx=Kannada}\p{scx=Malayalam}\p{scx=Sinhala}\p{scx=Khmer}\p{scx=Myanmar}\p{scx=Tibetan}]/u;
const LETTER = /[\p{L}\p{M}]/u;
/** Text that runs from right to left: beside it a mark keeps punctuation on the right side. */
const RIGHT_TO_LEFT = /(?=\p{L})[\p{scx=Hebrew}\p{scx=Arabic}\p{scx=Syriac}\p{scx=Thaana}\p{scx=Nko}]/u;
const EMOJI = /^\p{Extended_Pictographic}/u;
/** What may follow an emoji before it is joined to the next one: a skin colour, the sign that it is one. */
const EMOJI_END = /(?:\p{Extended_Pictographic}|\p{Emoji_Modifier}|\ufe0f)$/u;
/** The flags of England, Scotland and Wales are a black flag and tags. */
const FLAG = /\u{1f3f4}[\u{e0020}-\u{e007e}]{0,7}$/u;

/** So many UTF-16 units around a character tell what it is for. */
const NEAR = 24;

/** Replaces each hidden character. `before` is the text in front of this one, which may end within an emoji. */
export function replaceHidden(text: string, by: (character: string) => string, before = ""): string {
  return text.replace(HIDDEN, (character, at: number) => {
    const front = at < NEAR ? before.slice(-NEAR) + text.slice(0, at) : text.slice(at - NEAR, at);
    const next = text.slice(at + character.length, at + character.length + NEAR);
    return isSpelling(character, front, next) ? character : by(character);
  });
}

/** `‹U+202E›` */
export function byNumber(character: string): string {
  return `‹U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}›`;
}

function isSpelling(character: string, front: string, next: string): boolean {
  switch (character) {
    case "\u200d":
      return isJoined(front) || (EMOJI_END.test(front) && EMOJI.test(next));
    case "\u200c":
      return isJoined(front);
    case "\u200e":
    case "\u200f":
    case "\u061c":
      return RIGHT_TO_LEFT.test(front) || RIGHT_TO_LEFT.test(next);
    default:
      return (character.codePointAt(0) ?? 0) >= 0xe0020 && FLAG.test(front);
  }
}

function isJoined(front: string): boolean {
  const last = /.$/su.exec(front)?.[0] ?? "";
  return LETTER.test(last) && JOINED.test(last);
}
