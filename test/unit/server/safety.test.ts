// Every refusal of the server: each test fails if its check is removed.
import { readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { LoadedConfig } from "../../../src/config/load.js";
import type { ErrorBody } from "../../../src/schema/api.js";
import { configuredKeys, type Keys, keysOf, ownKey } from "../../../src/server/keys.js";
import { makeHome } from "../../rig/journal.js";
import { FakeRuns, makeServer, taskFile } from "../../rig/server.js";

async function codeOf(response: Response): Promise<[number, string]> {
  const { error } = (await response.json()) as ErrorBody;
  expect(error.request_id).toBe(response.headers.get("X-Request-Id"));
  expect(error.message).not.toBe("");
  return [response.status, error.code];
}

/** An object with these fields, and 200,000 more. */
function manyKeys(fields: string, length = 9_000): string {
  const keys = Array.from({ length }, (_, index) => `"k${index}": 1`);
  return `{${fields}, ${keys.join()}}`;
}

const KEY = "a-long-secret-key";

it("tells runs whose they are, so that one caller's checks do not delay another's", async () => {
  const askers: (string | undefined)[] = [];
  const fake = new FakeRuns();
  const server = makeServer({
    keys: keysOf([KEY, "another-secret-key"], "ask the owner"),
    execute: (request) => {
      askers.push(request.asker);
      return fake.execute(request);
    },
  });
  const begin = (key: string) =>
    server.ask("POST", "/api/v1/parallel", taskFile(1), { "X-API-Key": key, Prefer: "respond-async" });
  for (const key of [KEY, KEY, "another-secret-key"]) expect((await begin(key)).status).toBe(202);
  const [first, second, other] = askers;
  expect(first).toBeDefined();
  expect(second).toBe(first);
  expect(other).not.toBe(first);
});

describe("keys", () => {
  const server = makeServer({ keys: keysOf([KEY, "another-secret-key"], "ask the owner") });
  const closed: [string, string][] = [
    ["GET", "/api/v1/runs"],
    ["GET", "/api/v1/runs/20260101-000000-abcdef"],
    ["DELETE", "/api/v1/runs/20260101-000000-abcdef"],
    ["GET", "/api/v1/runs/20260101-000000-abcdef/events"],
    ["GET", "/api/v1/runs/20260101-000000-abcdef/tasks/task-1/output"],
    ["POST", "/api/v1/runs/20260101-000000-abcdef/cancel"],
    ["POST", "/api/v1/runs/20260101-000000-abcdef/resume"],
    ["POST", "/api/v1/parallel"],
    ["GET", "/api/v1/backends"],
    ["GET", "/metrics"],
  ];
  it.each(closed)("%s %s needs one", async (method, path) => {
    const body = method === "POST" ? taskFile(1) : undefined;
    expect(await codeOf(await server.ask(method, path, body))).toEqual([401, "unauthorized"]);
    const wrong = await server.ask(method, path, body, { "X-API-Key": `${KEY}x` });
    expect(await codeOf(wrong)).toEqual([401, "unauthorized"]);
  });

  it.each(["/", "/docs", "/openapi.json", "/health", "/assets/x.js"])("%s needs none", async (path) => {
    expect([200, 404]).toContain((await server.ask("GET", path)).status);
  });

  it.each([
    ["X-API-Key", KEY],
    ["X-API-Key", "another-secret-key"],
    ["Authorization", `Bearer ${KEY}`],
    ["Authorization", `bearer ${KEY}`],
  ])("is taken from %s: %s", async (name, value) => {
    expect((await server.ask("GET", "/api/v1/runs", undefined, { [name]: value })).status).toBe(200);
  });

  it("is taken from the other header if one is empty", async () => {
    const headers = { "X-API-Key": "", Authorization: `Bearer ${KEY}` };
    expect((await server.ask("GET", "/api/v1/runs", undefined, headers)).status).toBe(200);
  });

  it.each([
    ["X-API-Key", ""],
    ["X-API-Key", KEY.slice(1)],
    ["Authorization", KEY],
    ["Authorization", `Basic ${KEY}`],
    ["Authorization", "Bearer "],
  ])("is not taken from %s: %s", async (name, value) => {
    expect((await server.ask("GET", "/api/v1/runs", undefined, { [name]: value })).status).toBe(401);
  });

  it("is never taken from the address", async () => {
    expect((await server.ask("GET", `/api/v1/runs?key=${KEY}&api_key=${KEY}`)).status).toBe(401);
  });

  it("decides what /health tells", async () => {
    expect(Object.keys((await (await server.ask("GET", "/health")).json()) as object)).toEqual(["status", "version"]);
    const all = (await (await server.ask("GET", "/health", undefined, { "X-API-Key": KEY })).json()) as object;
    expect(all).toMatchObject({ status: "unhealthy", version: "1.2.3", active_runs: 0, backends: { length: 3 } });
  });

  const config = (home: string, api_keys_file?: string): LoadedConfig => ({
    config: api_keys_file === undefined ? {} : { server: { api_keys_file } },
    path: undefined,
    clinvk_home: home,
    origin: () => "default",
  });

  it("come from the environment and from a file", () => {
    const home = makeHome();
    writeFileSync(join(home, "keys"), "# ours\nfile-key-1\n\n  file-key-2\r\n");
    const env = { CLINVK_API_KEYS: "env-key-1, env-key-2,," };
    const keys = configuredKeys({ env, config: config(home, "keys"), cwd: home });
    const found = ["env-key-1", "env-key-2", "file-key-1", "file-key-2", "# ours", ""].map((key) =>
      keys.ok ? keys.value?.match(key) : "broken",
    );
    expect(found).toEqual(["key-1", "key-2", "key-3", "key-4", undefined, undefined]);
  });

  it("that are missing or too short keep the server from starting", () => {
    const home = makeHome();
    writeFileSync(join(home, "empty"), "# none\n");
    const of = (env: Record<string, string>, file?: string) =>
      configuredKeys({ env, config: config(home, file), cwd: home });
    expect(of({})).toEqual({ ok: true, value: undefined });
    expect(of({}, "missing")).toMatchObject({ ok: false, error: expect.stringContaining("ENOENT") });
    expect(of({}, "empty")).toMatchObject({ ok: false, error: expect.stringContaining("no keys") });
    expect(of({ CLINVK_API_KEYS: "short" })).toMatchObject({
      ok: false,
      error: expect.stringContaining("8 characters"),
    });
  });

  it("of the server itself is made once, and only its user can read it", () => {
    const home = join(makeHome(), "new");
    const first = ownKey(home);
    const again = ownKey(home);
    const key = first.ok ? first.value.generated : undefined;
    expect(key).toMatch(/^[0-9a-f]{48}$/);
    expect(again).toMatchObject({ ok: true, value: { generated: key } });
    expect(first.ok && first.value.match(key ?? "")).toBe("key-1");
    expect(readFileSync(join(home, "server.key"), "utf8")).toBe(`${key}\n`);
    expect(statSync(join(home, "server.key")).mode & 0o777).toBe(0o600);
  });
});

describe("names and origins", () => {
  const server = makeServer({ server: { allowed_hosts: ["box.example"] } });
  const get = (headers: Record<string, string>) => server.ask("GET", "/api/v1/runs", undefined, headers);
  const change = (headers: Record<string, string>) =>
    server.ask("DELETE", "/api/v1/runs/20260101-000000-abcdef", undefined, headers);

  it.each(["localhost", "localhost:8080", "127.0.0.1:1", "[::1]:8080", "box.example", "BOX.example:80"])(
    "answers to %s",
    async (Host) => {
      expect((await get({ Host })).status).toBe(200);
    },
  );

  it.each(["evil.example", "localhost.evil.example", "127.0.0.1.evil.example:8080", "box.example.evil", "", "0.0.0.0"])(
    "does not answer to %j",
    async (Host) => {
      expect(await codeOf(await get({ Host }))).toEqual([403, "forbidden"]);
      expect((await server.ask("GET", "/docs", undefined, { Host })).status).toBe(403);
    },
  );

  const foreign: Record<string, string>[] = [
    { Origin: "http://evil.example" },
    { Origin: "null" },
    { Origin: "http://localhost:9999", Host: "localhost:8080" },
    { "Sec-Fetch-Site": "cross-site" },
    { "Sec-Fetch-Site": "same-site" },
  ];
  it.each(foreign)("a page of elsewhere changes nothing: %o", async (headers) => {
    expect(await codeOf(await change(headers))).toEqual([403, "forbidden"]);
  });

  const own: Record<string, string>[] = [
    {},
    { Origin: "http://localhost:8080", Host: "localhost:8080", "Sec-Fetch-Site": "same-origin" },
    { "Sec-Fetch-Site": "none" },
  ];
  it.each(own)("programs, and the server's own pages, may: %o", async (headers) => {
    expect(await codeOf(await change(headers))).toEqual([404, "not_found"]);
  });

  it("no page of elsewhere may read, unless its origin is configured", async () => {
    const asked = { Origin: "https://tools.example" };
    expect((await get(asked)).headers.get("Access-Control-Allow-Origin")).toBeNull();
    expect((await server.ask("OPTIONS", "/api/v1/runs", undefined, asked)).status).toBe(405);

    const friendly = makeServer({
      server: { cors_origins: ["https://tools.example"] },
      keys: keysOf([KEY], "ask the owner"),
    });
    const preflight = await friendly.ask("OPTIONS", "/api/v1/parallel", undefined, {
      ...asked,
      "Access-Control-Request-Method": "POST",
      "Access-Control-Request-Headers": "x-api-key",
    });
    expect([preflight.status, preflight.headers.get("Access-Control-Allow-Origin")]).toEqual([204, asked.Origin]);
    const changed = await friendly.ask("DELETE", "/api/v1/runs/20260101-000000-abcdef", undefined, {
      ...asked,
      "Sec-Fetch-Site": "cross-site",
      "X-API-Key": KEY,
    });
    expect(changed.status).toBe(404);
    const stranger = await friendly.ask("GET", "/api/v1/runs", undefined, {
      Origin: "http://evil.example",
      "X-API-Key": KEY,
    });
    expect(stranger.headers.get("Access-Control-Allow-Origin")).toBeNull();
  });

  it("browsers are told to be strict", async () => {
    const { headers } = await server.ask("GET", "/");
    expect(headers.get("X-Content-Type-Options")).toBe("nosniff");
    expect(headers.get("Referrer-Policy")).toBe("no-referrer");
    expect(headers.get("Content-Security-Policy")).toMatch(/default-src 'none'.*frame-ancestors 'none'/);
    const docs = await server.ask("GET", "/docs");
    expect(docs.headers.get("Content-Security-Policy")).toMatch(/default-src 'none'.*style-src 'sha256-[\w+/=]+'$/);
    expect(await docs.text()).not.toMatch(/<script|style=/);
  });
});

describe("bodies", () => {
  const server = makeServer({ server: { max_body_bytes: 1000 } });
  const post = (body: string, headers: Record<string, string> = {}) =>
    server.ask("POST", "/api/v1/parallel", body, { "Content-Type": "application/json", ...headers });

  it.each([
    "text/plain",
    "application/x-www-form-urlencoded",
    "multipart/form-data",
    "",
    "application/jsonx",
    "text/json",
  ])("of the type %j are refused", async (type) => {
    expect(await codeOf(await post("{}", { "Content-Type": type }))).toEqual([415, "unsupported_media_type"]);
  });

  it("in another encoding are refused", async () => {
    expect((await post("{}", { "Content-Type": "application/json; charset=latin1" })).status).toBe(415);
    expect((await post("{}", { "Content-Encoding": "gzip" })).status).toBe(415);
    expect((await post("{}", { "Content-Type": "application/json; charset=UTF-8" })).status).toBe(422);
  });

  it("that are too large are refused, whatever they say of their length", async () => {
    const large = JSON.stringify({ tasks: [], "x-fill": "x".repeat(1000) });
    expect(await codeOf(await post(large))).toEqual([413, "body_too_large"]);
    expect(await codeOf(await post("{}", { "Content-Length": "1001" }))).toEqual([413, "body_too_large"]);
  });

  it("that break off are refused", async () => {
    const body = new ReadableStream({
      start(controller) {
        controller.enqueue(new TextEncoder().encode('{"tasks": ['));
        controller.error(new Error("gone"));
      },
    });
    const headers = { "Content-Type": "application/json" };
    const init = { method: "POST", headers, body, duplex: "half" } as RequestInit;
    expect(await codeOf(await server.app.request("http://localhost/api/v1/parallel", init))).toEqual([
      400,
      "bad_request",
    ]);
  });

  it("that are no JSON are refused, with the place", async () => {
    const broken = await post('{"tasks": [\n  {"backend": "claude" "prompt": "x"}]}');
    expect(broken.status).toBe(400);
    expect(await broken.json()).toMatchObject({ error: { code: "invalid_json", details: [{ line: 2, column: 24 }] } });
    for (const text of ["", "{", "tasks:\n  - backend: claude", '{"tasks": [],}', "// no\n{}", "nul"])
      expect(await codeOf(await post(text)), text).toEqual([400, "invalid_json"]);
    const bytes = await server.app.request("http://localhost/api/v1/parallel", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: Buffer.from('{"tasks": "\xff"}', "latin1"),
    });
    expect(await codeOf(bytes)).toEqual([400, "invalid_json"]);
  });

  it("may begin with a byte order mark", async () => {
    const text = `\ufeff${JSON.stringify(taskFile(1))}`;
    expect((await makeServer().ask("POST", "/api/v1/parallel", text, { Prefer: "respond-async" })).status).toBe(202);
  });

  it.each([
    ["parallel", "an empty task", `{"tasks": [${Array(200_000).fill("{}").join()}]}`],
    ["parallel", "an unknown key", manyKeys('"tasks": [{"backend": "claude", "prompt": "x"}]')],
    ["chain", "an unknown key", manyKeys('"steps": [{"backend": "claude", "prompt": "x"}]')],
    ["compare", "an unknown key", manyKeys('"prompt": "x", "all_backends": true')],
    ["prompt", "an unknown key", manyKeys('"prompt": "x"')],
    [
      "parallel",
      "a wrong entry of a list",
      `{"tasks": [{"backend": "claude", "tags": [${Array(200_000).fill("{}").join()}]}]}`,
    ],
  ])("of %s with thousands of times %s are told of the first hundred", async (route, what, text) => {
    const response = await makeServer({ server: { max_tasks: 1_000_000 } }).ask("POST", `/api/v1/${route}`, text);
    const { error } = (await response.json()) as ErrorBody;
    expect([response.status, error.code]).toEqual([422, "validation_failed"]);
    if (what === "a wrong entry of a list")
      return expect(error.details).toContainEqual(
        expect.objectContaining({ message: expect.stringMatching("too many") }),
      );
    expect(error.details).toHaveLength(101);
    expect(error.details?.at(-1)?.message).toMatch(/^… and at least \d+ more problems$/);
  });

  it.each(["parallel", "chain", "compare", "prompt"])(
    "of %s with 200,000 names are refused as a whole",
    async (route) => {
      const response = await makeServer().ask("POST", `/api/v1/${route}`, manyKeys('"prompt": "x"', 200_000));
      const { error } = (await response.json()) as ErrorBody;
      expect(response.status).toBe(422);
      expect(error.details).toEqual([{ line: 1, column: 1, message: "an object has more than 10000 names" }]);
    },
  );

  it.each(["parallel", "chain", "compare", "prompt"])("of %s may name a field once", async (route) => {
    const response = await server.ask("POST", `/api/v1/${route}`, '{"dry_run": true,\n "dry_run": false}');
    const { error } = (await response.json()) as ErrorBody;
    expect(error.details).toContainEqual({
      path: "dry_run",
      line: 2,
      column: 2,
      message: "is given twice (first on line 1, column 2)",
    });
  });

  it("with wrong values are refused, all of them named", async () => {
    const response = await server.ask("POST", "/api/v1/parallel", {
      tasks: [{ backend: "claude" }, { backend: "nobody", prompt: "x", timeout: 3 }],
      surprise: true,
    });
    expect(response.status).toBe(422);
    const { error } = (await response.json()) as ErrorBody;
    expect(error).toMatchObject({ code: "validation_failed" });
    expect(error.details?.map((one) => one.path).sort()).toEqual(
      expect.arrayContaining(["surprise", "tasks[0]", "tasks[1].timeout"]),
    );
    for (const one of error.details ?? []) expect(one).toMatchObject({ message: expect.any(String), line: 1 });
    expect(await (await server.ask("GET", "/api/v1/runs")).json()).toEqual({ runs: [], next_cursor: null });
  });
});

it("what a caller asks for is judged by the server's policy", async () => {
  const server = makeServer();
  const body = {
    tasks: [
      { backend: "claude", prompt: "x", workdir: "/" },
      { backend: "claude", prompt: "x", approval_mode: "none" },
    ],
    output_dir: "/tmp",
  };
  const response = await server.ask("POST", "/api/v1/parallel", body);
  const { error } = (await response.json()) as ErrorBody;
  expect([response.status, error.code]).toEqual([422, "validation_failed"]);
  expect(error.details?.map((one) => one.path).sort()).toEqual([
    "output_dir",
    "tasks[0].workdir",
    "tasks[1].approval_mode",
  ]);
  const allowed = makeServer({ server: { allow_unsafe: true } });
  const unsafe = { tasks: [{ backend: "claude", prompt: "x", approval_mode: "none" }] };
  const accepted = await allowed.ask("POST", "/api/v1/parallel", unsafe, { Prefer: "respond-async" });
  expect(accepted.status).toBe(202);
});

describe("the rate limit", () => {
  it("is counted for each key, and says when to come again", async () => {
    const server = makeServer({
      server: { rate_limit_per_minute: 3 },
      keys: keysOf([KEY, "another-secret-key"], "ask the owner"),
    });
    const ask = (key: string) => server.ask("GET", "/api/v1/runs", undefined, { "X-API-Key": key });
    for (let n = 0; n < 3; n += 1) expect((await ask(KEY)).status).toBe(200);
    const refused = await ask(KEY);
    expect(Number(refused.headers.get("Retry-After"))).toBeGreaterThan(0);
    expect(await codeOf(refused)).toEqual([429, "rate_limited"]);
    expect((await ask("another-secret-key")).status).toBe(200);
  });

  it("also stops those who try keys", async () => {
    const server = makeServer({ server: { rate_limit_per_minute: 2 }, keys: keysOf([KEY], "ask the owner") });
    const guess = async (n: number) =>
      (await server.ask("GET", "/api/v1/runs", undefined, { "X-API-Key": `wrong-${n}` })).status;
    expect([await guess(1), await guess(2), await guess(3)]).toEqual([401, 401, 429]);
  });
});

it("no key, prompt or answer is ever logged", async () => {
  const server = makeServer({ keys: keysOf([KEY], "ask the owner"), env: { OPENAI_API_KEY: "sk-very-secret-value" } });
  const headers = { "X-API-Key": KEY };
  const body = { tasks: [{ backend: "claude", prompt: "the prompt of nobody's business" }] };
  const answer = server.ask("POST", "/api/v1/parallel?cancel_on_disconnect=false", body, headers);
  const runs = server.services.manager;
  while (runs.all().length === 0) await new Promise((resume) => setImmediate(resume));
  const id = runs.all()[0]?.plan.run_id ?? "";
  (await server.runs.of(id)).of("task-1").succeed("the answer of nobody's business");
  expect(await (await answer).text()).toContain("the answer of nobody's business");
  await server.ask("POST", "/api/v1/parallel", { tasks: [{ prompt: "the prompt of nobody's business" }] }, headers);
  await server.ask("GET", `/api/v1/runs/${id}/tasks/task-1/output`, undefined, headers);
  await server.ask("GET", "/api/v1/runs", undefined, { Authorization: `Bearer ${KEY}x` });
  await server.ask("GET", "/the-path-of-nobody's-business");
  expect(server.log().match(/"msg":"request"/g)).toHaveLength(5);
  expect(server.log()).not.toMatch(/nobody's business|nobody's-business|a-long-secret-key|sk-very/);
});

it("401 says where the owner finds the key, and tells no key", async () => {
  const home = makeHome();
  const own = ownKey(home);
  if (!own.ok) throw new Error(own.error);
  const message = async (keys: Keys) => {
    const refused = await makeServer({ keys }).ask("GET", "/api/v1/runs", undefined, { "X-API-Key": "a-wrong-key" });
    return ((await refused.json()) as ErrorBody).error.message;
  };
  const said = await message(own.value);
  expect(said).toContain("`server.key`");
  expect(said).not.toContain(own.value.generated);
  expect(said).not.toContain(home);
  const config = { config: {}, path: undefined, clinvk_home: home, origin: () => "default" as const };
  const configured = configuredKeys({ env: { CLINVK_API_KEYS: "a-right-key" }, config, cwd: home });
  if (!configured.ok || configured.value === undefined) throw new Error("no keys");
  expect(await message(configured.value)).toMatch(/^the API key is not known; .*`CLINVK_API_KEYS`/);
});
