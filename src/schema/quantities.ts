// Numbers with a unit in fields of tasks and files: their ranges and descriptions.
import * as z from "zod/mini";

/** Seconds, fractions included; 0 = no limit. */
export function seconds(description: string) {
  return z.number().check(z.minimum(0), z.describe(description));
}

/** US dollars. */
export function dollars(description: string) {
  return z.number().check(z.positive(), z.describe(description));
}

/** A whole number of at least one: tokens, bytes. */
export function countFromOne(description: string) {
  return z.int().check(z.minimum(1), z.describe(description));
}
