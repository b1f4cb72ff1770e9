// Ages as they are typed: `30d`, `12h`, or a bare number of days.
import { err, ok, type Result } from "../../util/result.js";

/** An age in days. The error is a message for a person, without the flag's name. */
export function parseAge(text: string): Result<number, string> {
  const [, amount, unit] = /^(\d+)([dh]?)$/.exec(text) ?? [];
  if (amount === undefined) return err(`expected an age such as 30d or 12h, got "${text}"`);
  return ok(Number(amount) / (unit === "h" ? 24 : 1));
}
