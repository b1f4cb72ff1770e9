import { Validator } from "@seriousme/openapi-schema-validator";
import { Ajv2020 } from "ajv/dist/2020.js";
import { beforeAll, expect, it } from "vitest";
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

it("/docs tells of every route", async () => {
  const page = await (await server.ask("GET", "/docs")).text();
  for (const path of Object.keys(document.paths)) expect(page).toContain(path.replace("{file}", "{file*}"));
});
