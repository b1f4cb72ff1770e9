// The names of backends: the built-in ones, and those of the configuration.
import * as z from "zod/mini";
import { BACKEND_NAMES } from "./built-in.js";

export const BuiltInBackend = z.enum(BACKEND_NAMES);
export type BuiltInBackend = z.infer<typeof BuiltInBackend>;

/** Valid names of custom backends; `constructor` is a property of every object. */
export const CUSTOM_NAME = new RegExp(`^(?!(?:${BACKEND_NAMES.join("|")}|constructor)$)[a-z][a-z0-9_-]{0,39}$`);

/** A built-in backend or one of the configuration's; making a plan checks that it exists. */
export const BackendName = z.string().check(
  z.meta({
    description: "Backend to use: a built-in one, or one that the configuration adds with `backends.NAME.command`.",
    // The type stands in each branch, too: generators of types look only there.
    anyOf: [
      { type: "string", enum: [...BACKEND_NAMES] },
      { type: "string", pattern: CUSTOM_NAME.source },
    ],
  }),
);
export type BackendName = z.infer<typeof BackendName>;

/** A value for each of some backends; editors are told the names of the built-in ones. */
export function perBackend<T extends z.ZodMiniType>(value: T) {
  const built_in = Object.fromEntries(BACKEND_NAMES.map((name) => [name, z.optional(value)]));
  return z.catchall(z.object(built_in as Record<BuiltInBackend, z.ZodMiniOptional<T>>), value);
}
