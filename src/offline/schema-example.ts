// Makes a small value that fits a JSON Schema: the offline model's answer to a CLI's own helper calls.
import { asList, asObject } from "./protocol.js";

/** Supports the schemas of the CLIs: objects, lists, enums, numbers with limits, strings, and the first of a choice. */
export function exampleOf(schema: unknown, depth = 0): unknown {
  const {
    type,
    enum: values,
    const: constant,
    properties,
    required,
    items,
    minItems,
    minimum,
    maximum,
    ...rest
  } = asObject(schema);
  if (constant !== undefined) return constant;
  if (asList(values).length > 0) return asList(values)[0];
  const choice = asList(rest.anyOf ?? rest.oneOf);
  if (choice.length > 0) return exampleOf(choice[0], depth + 1);
  const name = (Array.isArray(type) ? type.find((one) => one !== "null") : type) ?? (properties ? "object" : "string");
  switch (String(name).toLowerCase()) {
    case "object": {
      if (depth > 16) return {};
      const known = asObject(properties);
      const names = Array.isArray(required) ? required.map(String) : Object.keys(known);
      return Object.fromEntries(names.map((key) => [key, exampleOf(known[key], depth + 1)]));
    }
    case "array":
      return Array.from({ length: typeof minItems === "number" ? Math.min(minItems, 8) : 0 }, () =>
        exampleOf(items, depth + 1),
      );
    case "integer":
    case "number":
      return typeof minimum === "number" ? minimum : typeof maximum === "number" ? Math.min(maximum, 0) : 0;
    case "boolean":
      return false;
    case "null":
      return null;
    default:
      return "offline model";
  }
}
