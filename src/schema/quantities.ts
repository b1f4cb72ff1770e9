// Numbers with a unit in fields of tasks and files, and texts that go to the system: what each may be.
import * as z from "zod/mini";

/** A text for a command line, a path or the environment: for the system a NUL is its end. */
export function systemText() {
  return z.string().check(z.refine((text) => !text.includes("\0"), { error: "may not contain a NUL character" }));
}

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
