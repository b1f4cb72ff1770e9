// Which values of an environment are secrets: those of variables that are named like one, unless the value shows that
// it is something else (a path, a number, a word, an address).
import { existsSync } from "node:fs";
import { dirname, normalize } from "node:path";

type Environment = Readonly<Record<string, string | undefined>>;

/** Names of what is secret whatever it looks like: `DB_PASSWORD`, `PGPASSWORD`, `CLIENT_SECRET`, `SMTP_PASS`. */
const SECRET_NAME = /(PASSWORD|PASSWD|PASSPHRASE|SECRET|CREDENTIAL)S?$|^(PASS|PWD)$/i;
/** Names of what is often secret: `OPENAI_API_KEY`, `apiToken`, `NPM_CONFIG__AUTH`; but also of key names, of switches. */
const KEY_NAME = /(KEY|TOKEN|AUTH|COOKIE|BEARER)S?$|^PAT$/i;

/** Values of any variable that say how something is done, and nothing secret. */
const SETTING = /^(disabled|required|optional|undefined|(true|false|null|none|auto)+)$/i;
const NUMBER = /^[+-]?\d[\d.,_]*$/;
/** Words as people write them, joined or not: `production`, `read-only`, `Basic Auth`; no random letters. */
const WORDS = /^([A-Z]?[a-z]{1,15}|[A-Z]{1,15})([ _.:-]([A-Z]?[a-z]{1,15}|[A-Z]{1,15}))*$/;
/** An address without user name, password or query. */
const PLAIN_URL = /^[a-z][a-z0-9+.-]*:\/\/[^\s?@]*$/i;
/** A line of a key that is printed in lines. */
const KEY_LINE = /^[^\s-]\S{15,}$/;

/**
 * The secrets, without white space around them, none shorter than `min_characters`. Of a secret of several lines (a PEM
 * key) each line of key material counts as well, since output travels in lines.
 */
export function secretValues(env: Environment, min_characters: number): string[] {
  const secrets: string[] = [];
  for (const [name, raw = ""] of Object.entries(env)) {
    const value = raw.trim();
    if (value.length < min_characters || !isSecret(name, value)) continue;
    secrets.push(value);
    if (value.includes("\n")) secrets.push(...value.split(/\r?\n/).filter((line) => KEY_LINE.test(line)));
  }
  return secrets;
}

function isSecret(name: string, value: string): boolean {
  if (name === "PWD") return false;
  const words = name.split(/[^A-Za-z0-9]+/);
  const surely = words.some((word) => SECRET_NAME.test(word));
  if (!surely && !words.some((word) => KEY_NAME.test(word))) return false;
  if (SETTING.test(value) || isPath(value)) return false;
  return surely || !(NUMBER.test(value) || WORDS.test(value) || PLAIN_URL.test(value));
}

/** `SSH_AUTH_SOCK`, `GOOGLE_APPLICATION_CREDENTIALS`. A base64 text may begin with a slash too, so the disk decides. */
function isPath(value: string): boolean {
  if (/^(~|\.\.?)\//.test(value)) return true;
  if (!value.startsWith("/") || value.includes("\n")) return false;
  const directory = dirname(normalize(value));
  return existsSync(value) || (directory !== "/" && existsSync(directory));
}
