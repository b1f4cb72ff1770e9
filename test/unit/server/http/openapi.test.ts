import { Validator } from "@seriousme/openapi-schema-validator";
import { Ajv2020 } from "ajv/dist/2020.js";
import { beforeAll, describe, expect, it } from "vitest";
import { keysOf } from "../../../../src/server/keys.js";
import { makeServer, type TestServer, taskFile } from "../../../rig/server.js";

interface Document {
  openapi: string;
  paths: Record<string, Record<string, { operationId: string; security?: []; responses: Record<string, unknown> }>>;
  components: { schemas: Record<string, object> };
}

let server: TestServer;
let document: Document;
beforeAll(async () => {
  server = makeServer({ keys: keysOf(["a-long-secret-key"], "ask the owner") });
  document = (await (await server.ask("GET", "/openapi.json")).json()) as Document;
});

it("is a valid OpenAPI 3.1 document", async () => {
  expect(await new Validator().validate({ ...structuredClone(document) })).toEqual({ valid: true });
  expect(document.openapi).toMatch(/^3\.1\./);
});

it("covers every route of the app, and no other", () => {
  const served = server.app.routes
    .filter(({ method, path }) => method !== "ALL" && path !== "/*")
    .map(({ method, path }) => `${method} ${path.replace(/\{\.\+\}/, "").replaceAll(/:(\w+)/g, "{$1}")}`);
  const told = Object.entries(document.paths).flatMap(([path, operations]) =>
    Object.keys(operations).map((method) => `${method.toUpperCase()} ${path}`),
  );
  expect(told.sort()).toEqual([...new Set(served)].sort());
});

it("names each operation once, and says which need no key", () => {
  const operations = Object.entries(document.paths).flatMap(([path, all]) =>
    Object.values(all).map((operation) => ({ path, ...operation })),
  );
  expect(new Set(operations.map((one) => one.operationId)).size).toBe(operations.length);
  const open = operations.filter((one) => one.security).map((one) => one.path);
  expect(open.sort()).toEqual(["/", "/assets/{file}", "/docs", "/health", "/openapi.json"]);
  for (const one of operations) expect("401" in one.responses, one.path).toBe(one.security === undefined);
});

it("every reference leads somewhere, and every schema compiles", () => {
  const text = JSON.stringify(document);
  const ajv = new Ajv2020({ strict: false, schemas: [{ $id: "api", ...document }] });
  for (const [, name = ""] of text.matchAll(/"\$ref":"#\/components\/schemas\/([^"]+)"/g))
    expect(Object.keys(document.components.schemas)).toContain(name);
  for (const name of Object.keys(document.components.schemas))
    expect(ajv.compile({ $ref: `api#/components/schemas/${name}` }), name).toBeTypeOf("function");
});

it("what the server says is as the document tells", async () => {
  const ajv = new Ajv2020({ strict: false, schemas: [{ $id: "api", ...document }] });
  const check = (name: string, value: unknown) => {
    const validate = ajv.compile({ $ref: `api#/components/schemas/${name}` });
    expect(validate(value), JSON.stringify(validate.errors)).toBe(true);
  };
  const plain = makeServer();
  const ask = async (path: string) => (await plain.ask("GET", path)).json();
  const id = await plain.begin(2);
  check("RunDetail", await ask(`/api/v1/runs/${id}`));
  const executor = await plain.runs.of(id);
  const live = plain.services.manager.live(id);
  executor.of("task-1").succeed();
  executor.of("task-2").fail({ kind: "crashed", message: "it broke" });
  await live?.ended;
  check("RunDetail", await ask(`/api/v1/runs/${id}`));
  check("RunList", await ask("/api/v1/runs"));
  check("Health", await ask("/health"));
  check("Backends", await ask("/api/v1/backends"));
  check("Error", await ask("/api/v1/nothing"));
  check("TaskFile", taskFile(2));
});

describe("the body of a request", () => {
  const REQUESTS = /^(?:TaskFile|ChainFile|Prompt|Compare|Resume)(?:_(?!.*Response)|$)/;
  const fits = (name: string, value: unknown) =>
    new Ajv2020({ strict: false, schemas: [{ $id: "api", ...document }] }).compile({
      $ref: `api#/components/schemas/${name}`,
    })(value);

  it("has no defaults, because generators make such fields required", () => {
    const requests = Object.entries(document.components.schemas).filter(([name]) => REQUESTS.test(name));
    expect(requests.map(([name]) => name)).toEqual(expect.arrayContaining(["TaskFile_task", "Prompt", "Compare"]));
    for (const [name, schema] of requests) expect(JSON.stringify(schema), name).not.toContain('"default":');
    expect(JSON.stringify(document.components.schemas.TaskFile)).toContain("Default: 3.");
  });

  it("has tasks with a prompt of their own, because callers name no files", () => {
    const task = { backend: "claude", prompt: "x" };
    for (const [name, list] of [
      ["TaskFile", "tasks"],
      ["ChainFile", "steps"],
    ] as const) {
      expect(fits(name, { [list]: [task] })).toBe(true);
      expect(fits(name, { defaults: { backend: "claude" }, [list]: [{ prompt: "x" }] })).toBe(true);
      expect(fits(name, { [list]: [{}] })).toBe(false);
      expect(fits(name, { [list]: [{ backend: "claude", prompt_file: "x" }] })).toBe(false);
    }
  });

  it("names backends by strings, for generators that look only into anyOf", () => {
    const { properties } = document.components.schemas.Prompt as { properties: { backend: { anyOf: object[] } } };
    expect(properties.backend.anyOf).toMatchObject([{ type: "string" }, { type: "string" }]);
  });

  it("is described in words that fit a server", () => {
    for (const [name, schema] of Object.entries(document.components.schemas))
      if (REQUESTS.test(name)) expect(JSON.stringify(schema), name).not.toMatch(/clinvk was started|`--|`clinvk /);
  });
});

it("the answer that is this document has its type", () => {
  expect(document.paths["/openapi.json"]?.get?.responses["200"]).toMatchObject({
    content: { "application/json": { schema: { type: "object" } } },
  });
});

it("/docs tells of every route", async () => {
  const page = await (await server.ask("GET", "/docs")).text();
  for (const path of Object.keys(document.paths)) expect(page).toContain(path.replace("{file}", "{file*}"));
});
