// Finds the secrets inside the value of a variable, whatever its name is: passwords of addresses, parts of connection
// strings, tokens that say what they are, webhooks, and what stands under a secret name in JSON.
import { isRandom, isSecret, isWord } from "./names.js";

/** Tokens whose beginning says what they are, and JSON Web Tokens. */
const TOKENS =
  /(?<![A-Za-z0-9_-])(?:eyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*|(?:sk-|[sr]k_(?:live|test)_|gh[opsu]_|github_pat_|glpat-|xox[abeprs]-|xapp-|AIza|AKIA|ASIA|npm_|pypi-|hf_|SG\.|whsec_|dop_v1_)[\w.-]{12,})/g;

/** What follows a host is the secret: whoever knows such an address may post to it. */
const WEBHOOKS =
  /https?:\/\/(?:hooks\.slack\.com|(?:\w+\.)?discord(?:app)?\.com\/api\/webhooks|[\w.-]+\.webhook\.office\.com|[\w.-]+\.logic\.azure\.com(?::\d+)?|chat\.googleapis\.com|hooks\.zapier\.com|maker\.ifttt\.com|api\.telegram\.org)\/([^\s"'<>]{8,})/gi;
const LONG_PART = /^[\w+=.~:%-]{16,}$/;
const WEBHOOK_NAME = /WEBHOOK/i;

/** The part of an address before its host. An `@` in a password is the last one before the path. */
const USER_INFO = /:\/\/([^\s/?#"'<>]*)@([^\s/?#@"'<>,;]*)/g;
/** A password with signs that should have been encoded. What looks like a port is none. */
const RAW_PASSWORD = /:\/\/([^\s:/?#@"'<>]*:(?!\d{1,5}(?:[/?#]|$))[^\s@"'<>]+)@([^\s/?#@"'<>,;]+)/g;
/** Go's way to write the address of a database. */
const GO_DSN = /^([^\s:@/]+:[^\s@]+)@((?:tcp|unix)\([^)]*\))/g;

/** Names of parts that no variable has. */
const PART_NAME = /^(?:sig|signature|SharedAccessSignature)$/i;
const PAIR = /^(?:-D|--?)?([\w .-]{0,60}\w)\s*=\s*(.+)$/;

/** A larger value is no connection string. */
const MAX_CHARACTERS = 64 * 1024;

/** The secrets inside of a value, of at least `least` characters each. */
export function secretsInside(name: string, value: string, least: number): string[] {
  if (value.length > MAX_CHARACTERS || name.startsWith("BASH_FUNC_")) return [];
  const found = [
    ...(value.match(TOKENS) ?? []),
    ...webhooks(name, value),
    ...credentials(value, least),
    ...pairs(value, least),
    ...inJson(value),
  ];
  return found.filter((secret) => secret.length >= least);
}

function webhooks(name: string, value: string): string[] {
  const known = [...value.matchAll(WEBHOOKS)].flatMap(([whole, path = ""]) =>
    path.split(/[/?&=]/).some((part) => LONG_PART.test(part)) ? [whole, path] : [],
  );
  if (known.length > 0 || !WEBHOOK_NAME.test(name)) return known;
  const path = /^https?:\/\/[^\s/]+\/(\S+)$/i.exec(value)?.[1];
  return path?.split(/[/?&=]/).some(isRandom) ? [value, path] : [];
}

/** `user:password` of addresses, and the password; of a word that stands in other texts, too, only both with the host. */
function credentials(value: string, least: number): string[] {
  const found = [USER_INFO, RAW_PASSWORD, GO_DSN].flatMap((form) => [...value.matchAll(form)]);
  return found.flatMap(([, info = "", host = ""]) => {
    const [user = "", password = ""] = splitAt(info, info.indexOf(":"));
    // Some services take a token for the user, and no password.
    if (password === "") return isRandom(user) ? [user] : [];
    const plain = decoded(info);
    const basic = Buffer.from(plain).toString("base64");
    // `postgres:postgres` stands in many texts, and only in front of its host it is this one.
    if (isWord(password) || info.length < least) return [`${info}@${host}`, basic];
    return [info, plain, basic, password, decoded(password)];
  });
}

function splitAt(text: string, at: number): [string, string] {
  return at < 0 ? [text, ""] : [text.slice(0, at), text.slice(at + 1)];
}

/** `NAME=value` parts: of connection strings (`;`), of queries (`&`), and of those that spaces separate. */
function pairs(value: string, least: number): string[] {
  if (!value.includes("=")) return [];
  const parts = value.split(/\r?\n/).flatMap((line) => {
    const separator = line.includes(";") ? ";" : /[?&]\w+=/.test(line) ? /[?&#\s]/ : /\s+/;
    return line.split(separator);
  });
  return parts.flatMap((part) => {
    const [, name = "", raw = ""] = PAIR.exec(part.trim()) ?? [];
    const own = raw.replace(/^(["'])(.*)\1$/, "$2");
    if (own === "" || own.startsWith("$")) return [];
    if (!(isSecret(name, own) || (PART_NAME.test(name) && isRandom(decoded(own))))) return [];
    return own.length < least || isWord(own) ? [part.trim()] : [own, decoded(own)];
  });
}

/** Texts under secret names in JSON, such as the key of a service account. */
function inJson(value: string): string[] {
  if (!/^\s*[[{]/.test(value)) return [];
  let found: string[] = [];
  try {
    JSON.parse(value, (name, one: unknown) => {
      if (typeof one === "string" && isSecret(name, one) && !isWord(one)) found.push(one);
      return one;
    });
  } catch {
    found = [];
  }
  return found;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
