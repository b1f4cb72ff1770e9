// The JSON Schemas of the HTTP API, by the names that its OpenAPI document gives them.
import type * as z from "zod/mini";
import * as api from "../api.js";
import * as sisters from "../api-prompt-chain-compare.js";
import { described, generate, type Json, jsonSchema } from "./json-schema.js";
import { requestSchema } from "./request-schema.js";

const SHAPES = {
  Error: api.ErrorBody,
  RunResponse: api.RunResponse,
  RunAccepted: api.RunAccepted,
  RunList: api.RunList,
  RunDetail: api.RunDetail,
  Resume: api.ResumeBody,
  Deleted: api.Deleted,
  Backends: api.BackendList,
  Health: api.Health,
  Compare: sisters.CompareBody,
  Prompt: sisters.PromptBody,
  PromptResponse: sisters.PromptResponse,
  ChainResponse: sisters.ChainResponse,
  CompareResponse: sisters.CompareResponse,
  RunDocument: sisters.RunDocument,
  Session: sisters.SessionBody,
  SessionList: sisters.SessionList,
} as const satisfies Record<string, z.ZodMiniType>;

export type ApiSchemaName = keyof typeof SHAPES | "TaskFile" | "ChainFile" | "RunEvent";

/** What callers send. */
const REQUESTS: ReadonlySet<string> = new Set(["TaskFile", "ChainFile", "Prompt", "Compare", "Resume"]);

/** All schemas; a schema's own definitions are beside it, under `NAME_…`. New objects each time. */
export function apiSchemas(): Record<string, Json> {
  const own = Object.entries(SHAPES).map(([name, shape]) => [name, described(generate(shape), "keep")] as const);
  const files = { TaskFile: "task-file", ChainFile: "chain-file", RunEvent: "event" } as const;
  const others = Object.entries(files).map(([name, file]) => [name, jsonSchema(file) as Json] as const);
  const all = [...own, ...others];
  return Object.fromEntries(
    all.flatMap(([name, schema]) => hoisted(name, REQUESTS.has(name) ? requestSchema(schema) : schema)),
  );
}

/** A schema without `$defs`: its parts are components of their own. */
function hoisted(name: string, { $schema: _, $defs = {}, ...schema }: Json): [string, Json][] {
  const parts = Object.entries($defs as Record<string, Json>).map(([part, own]) => [`${name}_${part}`, own] as const);
  return [[name, schema] as const, ...parts].map(([key, value]) => {
    const text = JSON.stringify(value).replaceAll('"#/$defs/', `"#/components/schemas/${name}_`);
    return [key, JSON.parse(text) as Json];
  });
}
