// Makes the OpenAPI 3.1 document from the routes and schemas of the app.

import { ERROR_STATUS, type ErrorCode } from "../../schema/api.js";
import { apiSchemas } from "../../schema/json-schema/api-schema.js";
import { omitUndefined } from "../../util/omit-undefined.js";
import type { Answer, Route } from "./route.js";

type Json = { [key: string]: unknown };

const JSON_TYPE = "application/json";

/** The errors that every route may answer with; a route adds its own. */
const COMMON: readonly ErrorCode[] = ["forbidden", "rate_limited"];

export function openApi(routes: readonly Route[], version: string): Json {
  const paths: Record<string, Json> = {};
  for (const route of routes) {
    const path = route.path.replace("*}", "}");
    paths[path] = { ...paths[path], [route.method]: operation(route) };
  }
  return {
    openapi: "3.1.0",
    info: {
      title: "clinvk",
      version,
      description: "Run many AI coding CLI tasks at once. The user guide is in docs/guide/http.md.",
      license: { name: "MIT", identifier: "MIT" },
    },
    servers: [{ url: "/" }],
    tags: [{ name: "Runs" }, { name: "Sessions" }, { name: "Server" }, { name: "Pages" }],
    security: [{ key: [] }, { bearer: [] }],
    paths,
    components: {
      securitySchemes: {
        key: { type: "apiKey", in: "header", name: "X-API-Key" },
        bearer: { type: "http", scheme: "bearer" },
      },
      schemas: apiSchemas(),
    },
  };
}

function operation(route: Route): Json {
  const { tag, summary, description, parameters = [], body, answers } = route;
  return {
    operationId: operationId(route),
    tags: [tag],
    summary,
    ...omitUndefined({ description }),
    ...(route.open ? { security: [] } : {}),
    parameters: [...pathParameters(route.path), ...parameters],
    ...(body ? { requestBody: { required: body.required, content: content(JSON_TYPE, body.schema) } } : {}),
    responses: {
      ...Object.fromEntries(Object.entries(answers).map(([s, answer]) => [s, response(answer)])),
      ...errors(route),
    },
  };
}

/** `post /api/v1/runs/{run_id}/cancel` → `postRunsCancel` */
function operationId({ method, path }: Route): string {
  const words = path.replace(/^\/api\/v1/, "").replaceAll(/\{\w+\*?\}/g, "one");
  const name = words.split(/[^A-Za-z0-9]+/).map((word) => word.charAt(0).toUpperCase() + word.slice(1));
  return `${method}${name.join("") || "Root"}`;
}

function pathParameters(path: string): Json[] {
  return [...path.matchAll(/\{(\w+)\*?\}/g)].map(([, name]) => ({
    in: "path",
    name,
    required: true,
    schema: { type: "string" },
  }));
}

function response({ description, schema, type, headers = {} }: Answer): Json {
  const entries = Object.entries(headers).map(([name, text]) => [
    name,
    { description: text, schema: { type: "string" } },
  ]);
  return {
    description,
    ...(entries.length > 0 ? { headers: Object.fromEntries(entries) } : {}),
    ...(schema !== undefined || type !== undefined ? { content: content(type ?? JSON_TYPE, schema) } : {}),
  };
}

function content(type: string, schema: Answer["schema"]): Json {
  const unnamed = { type: type === JSON_TYPE ? "object" : "string" };
  return { [type]: { schema: schema === undefined ? unnamed : { $ref: `#/components/schemas/${schema}` } } };
}

/** One response per status; several codes may share it. */
function errors({ open, body, errors = [] }: Route): Json {
  const codes: ErrorCode[] = [...COMMON, ...(open ? [] : (["unauthorized"] as const)), ...errors];
  if (body) codes.push("bad_request", "body_too_large", "unsupported_media_type");
  const byStatus = new Map<number, Set<string>>();
  for (const code of codes) {
    const status = ERROR_STATUS[code];
    byStatus.set(status, (byStatus.get(status) ?? new Set()).add(`\`${code}\``));
  }
  return Object.fromEntries(
    [...byStatus].map(([status, names]) => [status, response({ description: [...names].join(", "), schema: "Error" })]),
  );
}
