// The kinds of numbers and texts that the sections of the configuration are made of.
import * as z from "zod/mini";

/** A count of which 0 means that there is no limit. */
export const countOrUnlimited = z.int().check(z.minimum(0));

/** A count from 1; `usual` is what holds if it is not set. */
export const atLeastOne = (description: string, usual: number) =>
  z.int().check(z.minimum(1), z.meta({ description, default: usual }));

/** Seconds, fractions too; 0 means what the description says. */
export const secondsOr = (description: string, usual: number) =>
  z.number().check(z.minimum(0), z.meta({ description, default: usual }));

/** A list of texts, none of them empty. */
export const texts = (text: string) => z.array(z.string().check(z.minLength(1))).check(z.describe(text));
