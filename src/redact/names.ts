// Tells by a variable's name whether its value is secret, unless the value shows that it is something else (a path, a
// number, a word, an address).
import { existsSync } from "node:fs";
import { dirname, normalize } from "node:path";

/** Names of what is secret whatever it looks like: `DB_PASSWORD`, `PGPASSWORD`, `CLIENT_SECRET`, `SMTP_PASS`. */
const SECRET_NAME = /(PASSWORD|PASSWD|PASSPHRASE|SECRET|CREDENTIAL)S?$|^(PASS|PWD)$/i;
/** Names of what is often secret: `OPENAI_API_KEY`, `apiToken`, `NPM_CONFIG__AUTH`; but also of key names, of switches. */
const KEY_NAME = /(KEY|TOKEN|AUTH|COOKIE|BEARER|JWT)S?$|^PAT$/i;
/** Names of what is secret if it looks like nothing else: `STRIPE_SK`, `OP_SESSION_my`. */
const WEAK_NAME = /^(SK|SESSION)$/i;

/** Values of any variable that say how something is done, and nothing secret. */
const SETTING = /^(disabled|required|optional|undefined|(true|false|null|none|auto)+)$/i;
const NUMBER = /^[+-]?\d[\d.,_]*$/;
/** Words as people write them, joined or not: `production`, `read-only`, `Basic Auth`; no random letters. */
const WORDS = /^([A-Z]?[a-z]{1,15}|[A-Z]{1,15})([ _.:-]([A-Z]?[a-z]{1,15}|[A-Z]{1,15}))*$/;
/** An address without user name, password or query. */
const PLAIN_URL = /^[a-z][a-z0-9+.-]*:\/\/[^\s?@]*$/i;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Is the value of a variable of this name secret as a whole? */
export function isSecret(name: string, value: string): boolean {
  if (name === "PWD") return false;
  const words = name.split(/[^A-Za-z0-9]+/);
  const surely = words.some((word) => SECRET_NAME.test(word));
  const often = surely || words.some((word) => KEY_NAME.test(word));
  if (!often) return words.some((word) => WEAK_NAME.test(word)) && isRandom(value);
  if (SETTING.test(value) || isPath(value)) return false;
  return surely || !(isWord(value) || PLAIN_URL.test(value) || isPathOfWords(value));
}

/** `/etc/keys/store`, which need not be there. */
function isPathOfWords(value: string): boolean {
  const [start, ...parts] = value.split("/");
  return start === "" && parts.length > 1 && parts.every((part) => WORDS.test(part));
}

/** Words and numbers, which stand in many texts. */
export function isWord(value: string): boolean {
  return NUMBER.test(value) || WORDS.test(value);
}

/** One run of letters and digits that nobody would write by hand. */
export function isRandom(value: string): boolean {
  return /^[\w+/=.~-]{16,}$/.test(value) && /\d/.test(value) && /[A-Za-z]/.test(value) && !UUID.test(value);
}

/** `SSH_AUTH_SOCK`, `GOOGLE_APPLICATION_CREDENTIALS`. A base64 text may begin with a slash too, so the disk decides. */
function isPath(value: string): boolean {
  if (/^(~|\.\.?)\//.test(value)) return true;
  if (!value.startsWith("/") || value.includes("\n")) return false;
  const directory = dirname(normalize(value));
  return existsSync(value) || (directory !== "/" && existsSync(directory));
}
