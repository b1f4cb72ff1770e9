// Reads JSON of unknown shape without trusting it: every getter answers `undefined` for a wrong type, and nothing throws.

/** A JSON object of unknown content. */
export type Json = Record<string, unknown>;

/** True for objects, false for arrays, null and everything else. */
export function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The object in a text that may be anything; `undefined` if it holds none. */
export function parseObject(text: string): Json | undefined {
  const start = text.trimStart();
  if (!start.startsWith("{")) return undefined;
  try {
    const value: unknown = JSON.parse(start);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

export function textAt(from: unknown, key: string): string | undefined {
  const value = isObject(from) ? from[key] : undefined;
  return typeof value === "string" ? value : undefined;
}

export function numberAt(from: unknown, key: string): number | undefined {
  const value = isObject(from) ? from[key] : undefined;
  return typeof value === "number" && Number.isFinite(value) ? value : undefined;
}

export function objectAt(from: unknown, key: string): Json | undefined {
  const value = isObject(from) ? from[key] : undefined;
  return isObject(value) ? value : undefined;
}

/** The objects in a list; whatever else is in it is left out. */
export function objectsAt(from: unknown, key: string): Json[] {
  const value = isObject(from) ? from[key] : undefined;
  return Array.isArray(value) ? value.filter(isObject) : [];
}

/** The value at a path of names and indexes; `undefined` where there is none. What objects inherit is none. */
export function valueAt(root: unknown, path: readonly (string | number)[]): unknown {
  let value = root;
  for (const step of path) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, step)) return undefined;
    value = (value as Readonly<Record<string | number, unknown>>)[step];
  }
  return value;
}
