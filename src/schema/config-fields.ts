// The kinds of numbers and texts in the sections of the configuration.
import * as z from "zod/mini";

/** A count; 0 = no limit. */
export const countOrUnlimited = z.int().check(z.minimum(0));

/** A count from 1; `usual` is its default. */
export const atLeastOne = (description: string, usual: number) =>
  z.int().check(z.minimum(1), z.meta({ description, default: usual }));

/** Seconds, fractions too; the description explains 0. */
export const secondsOr = (description: string, usual: number) =>
  z.number().check(z.minimum(0), z.meta({ description, default: usual }));

/** A list of texts, none of them empty. */
export const texts = (text: string) => z.array(z.string().check(z.minLength(1))).check(z.describe(text));
