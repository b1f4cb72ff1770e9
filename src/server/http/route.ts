// The description of a route, which serves the app and the OpenAPI document.
import type { Context } from "hono";
import type { ErrorCode } from "../../schema/api.js";
import type { ApiSchemaName } from "../../schema/json-schema/api-schema.js";

/** The values that the middlewares set for the handlers. */
export interface AppEnv {
  Variables: {
    request_id: string;
    caller: Caller;
    /** Of routes that take one: JSON text; `undefined` = the request has none. */
    body: string | undefined;
  };
}

export type AppContext = Context<AppEnv>;

export interface Answer {
  description: string;
  /** A JSON document of this shape; or … */
  schema?: ApiSchemaName;
  /** … something else of this type. */
  type?: string;
  headers?: Readonly<Record<string, string>>;
}

export interface Parameter {
  in: "query" | "header";
  name: string;
  description: string;
  schema: Readonly<Record<string, unknown>>;
}

export interface Route {
  method: "get" | "post" | "delete";
  /** Parameters in braces: `/api/v1/runs/{run_id}`. */
  path: string;
  tag: "Runs" | "Sessions" | "Server" | "Pages";
  summary: string;
  description?: string;
  /** Needs no key. */
  open?: true;
  parameters?: readonly Parameter[];
  /** A JSON body. */
  body?: { schema: ApiSchemaName; required: boolean };
  answers: Readonly<Record<number, Answer>>;
  /** Its own errors, in addition to those of every route. */
  errors?: readonly ErrorCode[];
  handle(c: AppContext): Response | Promise<Response>;
}

export interface Caller {
  /** The caller for the rate limit: a key, or an address. */
  id: string;
  /** Whether the caller may use routes that need a key. */
  trusted: boolean;
}
