// Masks secrets in text: what is secret in environment variables, and matches of configured patterns. Works on whole
// texts and on streams, where a secret may be cut across chunks.
import { secretValues } from "./secrets.js";

/** Replaces a secret. */
const MASK = "***";

/** Shorter secrets are not masked: they would match innocent text everywhere. */
const MIN_CHARACTERS = 8;
/** A pattern with `*` needs at least this many characters before it. */
const MIN_PREFIX = 3;
/** If a text was cut inside a secret, a rest shorter than this is not masked. */
const MIN_CUT = 4;

/** Characters that `*` stands for: those of keys and tokens of all kinds. */
const TOKEN = "[A-Za-z0-9._~+/=%-]";
const TOKEN_CHARACTER = new RegExp(`^${TOKEN}$`);
const TOKEN_RUN = new RegExp(`^${TOKEN}*`);

/** Masks a text that comes in pieces. The results of `push` and `end`, joined, equal `redact` of the whole text. */
export interface RedactStream {
  /** Takes the next piece. Holds back a possible beginning of a secret until the next pieces decide. */
  push(text: string): string;
  /** Returns the text held back so far. Afterwards the stream may be used for another text. */
  end(): string;
}

export interface Redactor {
  /** There is nothing to mask: every text comes back as it is. */
  readonly idle: boolean;
  redact(text: string): string;
  /** For texts that may have been shortened: the beginning of a secret in front of an `…` is masked as well. */
  redactShortened(text: string): string;
  stream(): RedactStream;
}

type Environment = Readonly<Record<string, string | undefined>>;

export interface RedactorOptions {
  /** Masks what `secretValues` finds in them. Several environments may have different values for one name. */
  env?: Environment | readonly Environment[];
  /** Each is a literal text, or the beginning of one with a `*` at its end, as in `sk-*`; see `patternProblem`. */
  patterns?: readonly string[];
}

/** A text to mask wherever it occurs; if it is `open`, the token characters after it are masked, too. */
interface Secret {
  prefix: string;
  open: boolean;
  /** At least this many token characters must follow. */
  min: number;
}

/**
 * What is wrong with a configured pattern, as the rest of a sentence that begins with its place; `undefined` = nothing.
 * There is no more to the syntax than the one `*`, so that matching takes time linear in the text.
 */
export function patternProblem(pattern: string): string | undefined {
  const star = pattern.indexOf("*");
  if (star < 0) {
    return pattern.length < MIN_CHARACTERS ? `is shorter than ${MIN_CHARACTERS} characters` : undefined;
  }
  if (star < pattern.length - 1) return "may have a `*` only at its end";
  return star < MIN_PREFIX ? `needs at least ${MIN_PREFIX} characters before the \`*\`` : undefined;
}

/** Makes a redactor. Patterns with a problem are left out. */
export function redactor({ env = [], patterns = [] }: RedactorOptions): Redactor {
  const secrets = secretsOf([env].flat(), patterns);
  return secrets.length === 0 ? IDLE : new Masking(secrets);
}

const IDLE: Redactor = {
  idle: true,
  redact: (text) => text,
  redactShortened: (text) => text,
  stream: () => ({ push: (text) => text, end: () => "" }),
};

function secretsOf(environments: readonly Environment[], patterns: readonly string[]): Secret[] {
  const usable = patterns.filter((pattern) => patternProblem(pattern) === undefined);
  const values = environments.flatMap((env) => secretValues(env, MIN_CHARACTERS));
  const literals = [...values, ...usable.filter((pattern) => !pattern.endsWith("*"))];
  const beginnings = usable.filter((pattern) => pattern.endsWith("*")).map((pattern) => pattern.slice(0, -1));
  const byPrefix = new Map<string, Secret>();
  for (const prefix of beginnings) {
    byPrefix.set(prefix, { prefix, open: true, min: Math.max(1, MIN_CHARACTERS - prefix.length) });
  }
  for (const prefix of literals.flatMap(spellings)) {
    // A value that also matches a pattern extends to the end of its run, as the pattern does.
    const open = beginnings.some((beginning) => prefix.startsWith(beginning));
    byPrefix.set(prefix, { prefix, open, min: 0 });
  }
  // Longest first: of two that begin at the same place, the one that masks more must win.
  return [...byPrefix.values()].sort((a, b) => b.prefix.length - a.prefix.length);
}

/** A value as it stands in plain text, inside a JSON string, in single quotes of a shell, in HTML and inside a URL. */
function spellings(value: string): string[] {
  const json = JSON.stringify(value).slice(1, -1);
  const html = value.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
  const all = [
    value,
    json,
    // Python and others escape all that is not ASCII, Go `<`, `>` and `&`, PHP the slash.
    escaped(json, /[\u007f-\uffff]/g),
    escaped(json, /[\u007f-\uffff]/g).replace(/\\u[\da-f]{4}/g, (code) => `\\u${code.slice(2).toUpperCase()}`),
    escaped(json, /[<>&\u2028\u2029]/g),
    json.replaceAll("/", "\\/"),
    // JSON as a text in JSON.
    JSON.stringify(json).slice(1, -1),
    value.replaceAll("'", "'\\''"),
    html,
    html.replaceAll('"', "&quot;").replaceAll("'", "&#39;"),
    html.replaceAll('"', "&#34;").replaceAll("'", "&#x27;"),
  ];
  // Half of a character can't be in a URL.
  if (!/\p{Surrogate}/u.test(value)) {
    const url = encodeURIComponent(value);
    const strict = url.replace(/[!'()*~]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);
    all.push(...[url, strict, strict.replaceAll("%20", "+")].flatMap((one) => [one, one.replace(/%../g, lower)]));
  }
  return all;
}

function escaped(text: string, which: RegExp): string {
  return text.replace(which, (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

function lower(text: string): string {
  return text.toLowerCase();
}

class Masking implements Redactor {
  readonly idle = false;
  /** One pass over the text; each match is a secret, the longest where several begin at one place. */
  readonly regex: RegExp;
  /** By first character. */
  readonly #byFirst = new Map<number, Secret[]>();
  /** No undecided beginning of a secret is longer. */
  readonly #longest: number;

  constructor(readonly secrets: readonly Secret[]) {
    this.regex = new RegExp(secrets.map(sourceOf).join("|"), "g");
    this.#longest = Math.max(...secrets.map(({ prefix, min }) => prefix.length + min - 1));
    for (const secret of secrets) {
      const first = secret.prefix.charCodeAt(0);
      this.#byFirst.set(first, [...(this.#byFirst.get(first) ?? []), secret]);
    }
  }

  redact(text: string): string {
    return text.replace(this.regex, MASK);
  }

  redactShortened(text: string): string {
    let out = "";
    let from = 0;
    const whole = this.redact(text);
    for (let at = whole.indexOf("…"); at >= 0; at = whole.indexOf("…", from)) {
      const part = whole.slice(from, at);
      const begins = this.undecided(part, 0);
      out += part.length - begins < MIN_CUT ? part : part.slice(0, begins) + MASK;
      out += "…";
      from = at + 1;
    }
    return out + whole.slice(from);
  }

  stream(): RedactStream {
    return new MaskingStream(this);
  }

  /** Where, from `from` on, the first beginning of a secret stands that the end of the text cuts off; else its length. */
  undecided(text: string, from: number): number {
    for (let at = Math.max(from, text.length - this.#longest); at < text.length; at++) {
      const candidates = this.#byFirst.get(text.charCodeAt(at));
      if (candidates?.some((secret) => isCut(secret, text, at))) return at;
    }
    return text.length;
  }

  /** Does a match that reaches the end of the text go on with the token characters that follow? */
  goesOn(match: string): boolean {
    const secret = this.secrets.find(
      ({ prefix, min }) => match.length >= prefix.length + min && match.startsWith(prefix),
    );
    return secret?.open === true;
  }
}

function sourceOf({ prefix, open, min }: Secret): string {
  const literal = prefix.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&");
  return open ? `${literal}${TOKEN}{${min},}` : literal;
}

/** Is what stands from `at` to the end of the text less than this secret, but nothing else than its beginning? */
function isCut({ prefix, open, min }: Secret, text: string, at: number): boolean {
  const left = text.length - at;
  if (left < prefix.length) return prefix.startsWith(text.slice(at));
  if (!open || left >= prefix.length + min || !text.startsWith(prefix, at)) return false;
  for (let tail = at + prefix.length; tail < text.length; tail++) {
    if (!TOKEN_CHARACTER.test(text.charAt(tail))) return false;
  }
  return true;
}

class MaskingStream implements RedactStream {
  #held = "";
  /** The last thing that came out was the mask of an open secret that may still go on. */
  #inside = false;

  constructor(readonly masking: Masking) {}

  push(piece: string): string {
    let text = this.#held + piece;
    if (this.#inside) {
      text = text.slice(TOKEN_RUN.exec(text)?.[0].length);
      if (text === "") return "";
      this.#inside = false;
    }
    const { regex } = this.masking;
    let out = "";
    let from = 0;
    for (;;) {
      const undecided = this.masking.undecided(text, from);
      regex.lastIndex = from;
      const match = regex.exec(text);
      // Where something longer may begin earlier, or at the same place, the match has to wait.
      if (match === null || match.index >= undecided) {
        this.#held = text.slice(undecided);
        return out + text.slice(from, undecided);
      }
      out += text.slice(from, match.index) + MASK;
      from = match.index + match[0].length;
      this.#inside = from === text.length && this.masking.goesOn(match[0]);
    }
  }

  end(): string {
    const rest = this.masking.redact(this.#held);
    this.#held = "";
    this.#inside = false;
    return rest;
  }
}
