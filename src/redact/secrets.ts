// Which texts of an environment are secrets: values of variables that are named like one, and what is secret inside of the
// values of all variables.
import { isSecret } from "./names.js";
import { secretsInside } from "./secrets-inside.js";

type Environment = Readonly<Record<string, string | undefined>>;

/** A line of a key that is printed in lines. */
const KEY_LINE = /^[^\s-]\S{15,}$/;

/**
 * The secrets, without white space around them, none shorter than `min_characters`. Of a secret of several lines (a PEM
 * key) each line of key material counts as well, since output travels in lines.
 */
export function secretValues(env: Environment, min_characters: number): string[] {
  const secrets = new Set<string>();
  for (const [name, raw = ""] of Object.entries(env)) {
    const value = raw.trim();
    if (value.length < min_characters) continue;
    const whole = isSecret(name, value) ? [value] : [];
    for (const secret of [...whole, ...secretsInside(name, value, min_characters)]) {
      secrets.add(secret);
      if (!secret.includes("\n")) continue;
      for (const line of secret.split(/\r?\n/)) if (KEY_LINE.test(line)) secrets.add(line);
    }
  }
  return [...secrets];
}
