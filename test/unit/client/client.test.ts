// The client and the API can't drift apart: every operation of the OpenAPI document has one method, and no method asks for
// anything else.
import { join, resolve } from "node:path";
import { build } from "esbuild";
import { describe, expect, it } from "vitest";
import { type Client, ClinvkApiError, createClient } from "../../../src/client/client.js";
import type { RunEvent } from "../../../src/schema/event.js";
import { frame } from "../../../src/server/http/sse.js";
import { keysOf } from "../../../src/server/keys.js";
import { Events } from "../../rig/events.js";
import { makeServer, type TestServer } from "../../rig/server.js";

const KEY = "a-long-secret-key";
const TASKS = { tasks: [{ backend: "claude", prompt: "Say hello" }] };
const RUN = "20260101-000000-aaaaaa";

/** A client of a test server, and what it asked for. */
function connected(server: TestServer = makeServer({ keys: keysOf([KEY], "ask the owner") })) {
  const asked: { method: string; path: string; search: string; headers: Headers; body: unknown }[] = [];
  const client = createClient({
    base_url: "http://127.0.0.1/",
    api_key: KEY,
    fetch: async (input, init) => {
      const request = new Request(input, init);
      const { pathname: path, search } = new URL(request.url);
      const body = request.body === null ? undefined : ((await request.clone().json()) as unknown);
      asked.push({ method: request.method, path, search, headers: request.headers, body });
      const response = await server.app.request(request);
      // As a connection does: what is under way breaks off.
      const answer = response.body?.pipeThrough(new TransformStream(), init?.signal ? { signal: init.signal } : {});
      return new Response(answer ?? null, response);
    },
  });
  return { server, client, asked };
}

/** A client whose server says these things, one after another. */
function scripted(...answers: (() => Response)[]) {
  const asked: { path: string; after: string | null }[] = [];
  const client = createClient({
    base_url: "http://127.0.0.1",
    fetch: async (input, init) => {
      const request = new Request(input, init);
      asked.push({ path: new URL(request.url).pathname, after: request.headers.get("Last-Event-ID") });
      const answer = answers.shift();
      if (!answer) throw new Error("nothing more was expected");
      return answer();
    },
  });
  return { client, asked };
}

/** Every method of the client, by its name. */
const METHODS: Record<string, (client: Client) => unknown> = {
  parallel: (c) => c.parallel(TASKS, { wait: false }),
  chain: (c) => c.chain({ steps: TASKS.tasks }, { wait: false }),
  compare: (c) => c.compare({ prompt: "x", all_backends: true }, { wait: false }),
  prompt: (c) => c.prompt({ prompt: "x" }, { wait: false }),
  "runs.list": (c) => c.runs.list({ limit: 5, status: "finished" }),
  "runs.get": (c) => c.runs.get(RUN),
  "runs.result": (c) => c.runs.result(RUN),
  "runs.remove": (c) => c.runs.remove(RUN),
  "runs.cancel": (c) => c.runs.cancel(RUN),
  "runs.resume": (c) => c.runs.resume(RUN, { again: "failed" }),
  "runs.events": (c) => c.runs.events(RUN)[Symbol.asyncIterator]().next(),
  "runs.output": (c) => c.runs.output(RUN, "a/b"),
  "sessions.list": (c) => c.sessions.list({ backend: "claude", offset: 1 }),
  "sessions.get": (c) => c.sessions.get(RUN),
  "sessions.remove": (c) => c.sessions.remove(RUN),
  backends: (c) => c.backends(),
  health: (c) => c.health(),
  metrics: (c) => c.metrics(),
};

interface Operation {
  name: string;
  pattern: RegExp;
  queries: string[];
  takesBody: boolean;
}

/** All operations but the pages, which are for people. */
async function operations(server: TestServer): Promise<Operation[]> {
  type Told = { tags: string[]; parameters: { in: string; name: string }[]; requestBody?: object };
  const { paths } = (await (await server.ask("GET", "/openapi.json")).json()) as {
    paths: Record<string, Record<string, Told>>;
  };
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods)
      .filter(([, told]) => !told.tags.includes("Pages"))
      .map(([method, told]) => ({
        name: `${method.toUpperCase()} ${path}`,
        pattern: new RegExp(`^${method.toUpperCase()} ${path.replaceAll(/\{\w+\}/g, "[^/]+")}$`),
        queries: told.parameters.filter((one) => one.in === "query").map((one) => one.name),
        takesBody: told.requestBody !== undefined,
      })),
  );
}

describe("methods and operations", () => {
  it("are the same, one for one", async () => {
    const names = Object.entries(connected().client).flatMap(([name, value]) =>
      typeof value === "function" ? [name] : Object.keys(value).map((inner) => `${name}.${inner}`),
    );
    expect(Object.keys(METHODS).sort()).toEqual(names.sort());

    const { server } = connected();
    const all = await operations(server);
    const served = new Map<string, string>();
    for (const [name, call] of Object.entries(METHODS)) {
      const { client, asked } = connected(server);
      // There is no such run: what counts is what was asked for.
      await Promise.resolve(call(client)).catch(() => {});
      const [first] = asked;
      const found = all.filter(({ pattern }) => pattern.test(`${first?.method} ${first?.path}`));
      expect(found, name).toHaveLength(1);
      expect(asked, name).toHaveLength(1);
      const [operation] = found;
      expect(operation?.takesBody, name).toBe(first?.body !== undefined);
      for (const query of new URLSearchParams(first?.search).keys()) expect(operation?.queries, name).toContain(query);
      expect(first?.headers.get("X-API-Key")).toBe(KEY);
      served.set(name, operation?.name ?? "");
    }
    expect([...served.values()].sort()).toEqual(all.map(({ name }) => name).sort());
  });
});

describe("a run", () => {
  it("is waited for to its end, and comes with its answers", async () => {
    const { server, client, asked } = connected();
    const waiting = client.parallel(TASKS);
    while (server.services.manager.active === 0) await new Promise((again) => setImmediate(again));
    const id = server.services.manager.all()[0]?.plan.run_id ?? "";
    (await server.runs.of(id)).of("task-1").succeed("fine");
    const result = await waiting;
    expect(result).toMatchObject({ run_id: id, completed: 1, results: [{ output: "fine", content: "fine" }] });
    expect(asked.map(({ path }) => path.split("/").at(-1))).toEqual(["parallel", "events", "result"]);
    expect(await client.runs.output(id, "task-1")).toBe("fine");
    expect(await client.runs.list({ status: "finished" })).toMatchObject({ runs: [{ run_id: id }] });
    expect(await client.runs.remove(id)).toEqual({ deleted: true });
  });

  it("can be begun without waiting, followed and canceled", async () => {
    const { server, client } = connected();
    const { run_id, status } = await client.parallel(TASKS, { wait: false });
    expect(status).toBe("running");
    const types: string[] = [];
    for await (const event of client.runs.events(run_id)) {
      types.push(event.type);
      if (event.type === "run_started") await client.runs.cancel(run_id);
    }
    expect(types).toEqual(["run_started", "task_finished", "run_finished"]);
    expect(await client.runs.get(run_id)).toMatchObject({ status: "interrupted" });
    const { run_id: again } = await client.runs.resume(run_id, {});
    expect(again).toBe(run_id);
    (await server.runs.of(run_id)).of("task-1").succeed();
    // The end of its first part is not the end.
    const all: RunEvent[] = [];
    for await (const event of client.runs.events(run_id)) all.push(event);
    expect(all.map(({ seq }) => seq)).toEqual(all.map((_, index) => index + 1));
    expect(all.map(({ type }) => type)).toContain("run_resumed");
  });

  it("that waits is given up when the signal says so, and goes on", async () => {
    const { server, client } = connected();
    const stop = new AbortController();
    const waiting = client.parallel(TASKS, { signal: stop.signal });
    while (server.services.manager.active === 0) await new Promise((again) => setImmediate(again));
    stop.abort(new Error("enough"));
    await expect(waiting).rejects.toThrow("enough");
    expect(server.services.manager.active).toBe(1);
    server.services.manager.cancelAll("abort");
    await server.services.manager.drain();
  });
});

describe("events", () => {
  const events = new Events();
  const first = events.output("task-1", "a");
  const last = events.finished();
  const stream = (...parts: string[]) => new Response(parts.join(""));
  const read = async (client: Client, after = 0) => {
    const seen: number[] = [];
    for await (const { seq } of client.runs.events(RUN, { after })) seen.push(seq);
    return seen;
  };

  it("go on where they were when the connection is lost", async () => {
    const pieces = [`${frame(first)}id: 2\ndata: {"seq`];
    const torn = () =>
      new Response(
        new ReadableStream({
          pull(controller) {
            const piece = pieces.shift();
            if (piece === undefined) controller.error(new TypeError("terminated"));
            else controller.enqueue(new TextEncoder().encode(piece));
          },
        }),
      );
    const refused = () => {
      throw new TypeError("fetch failed");
    };
    const { client, asked } = scripted(
      () => stream(frame(first)),
      () => Response.json({ status: "running" }),
      torn,
      refused,
      () => stream(frame(last)),
    );
    expect(await read(client)).toEqual([first.seq, first.seq, last.seq]);
    expect(asked.map(({ after }) => after)).toEqual([
      null,
      null,
      String(first.seq),
      String(first.seq),
      String(first.seq),
    ]);
  });

  it("end when nobody works on the run any more", async () => {
    const { client } = scripted(
      () => stream(frame(first)),
      () => Response.json({ status: "interrupted" }),
    );
    expect(await read(client)).toEqual([first.seq]);
    const { client: late, asked } = scripted(() => new Response(null, { status: 204 }));
    expect(await read(late, 7)).toEqual([]);
    expect(asked).toEqual([{ path: `/api/v1/runs/${RUN}/events`, after: "7" }]);
  });

  it("are refused at once if there is no such run", async () => {
    await expect(connected().client.runs.events(RUN)[Symbol.asyncIterator]().next()).rejects.toMatchObject({
      status: 404,
      code: "not_found",
    });
  });

  it("whose reader leaves end their connection", async () => {
    let left = false;
    const endless = new ReadableStream<Uint8Array>({
      start: (controller) => controller.enqueue(new TextEncoder().encode(frame(first))),
      cancel: () => {
        left = true;
      },
    });
    for await (const _ of scripted(() => new Response(endless)).client.runs.events(RUN)) break;
    expect(left).toBe(true);
  });
});

describe("errors", () => {
  it("say what the server said", async () => {
    const { client } = connected();
    const error: unknown = await client.parallel({ tasks: [{ backend: "claud", prompt: "x" }] }).catch((e) => e);
    expect(error).toBeInstanceOf(ClinvkApiError);
    expect(error).toMatchObject({
      status: 422,
      code: "validation_failed",
      message: expect.stringContaining("tasks[0].backend: expected one of"),
      details: [{ path: "tasks[0].backend" }],
      request_id: expect.stringMatching(/\S/),
      retry_after: undefined,
    });
  });

  it("tell when to come again", async () => {
    const body = { error: { code: "rate_limited", message: "slow down", request_id: "r" } };
    const { client } = scripted(() => Response.json(body, { status: 429, headers: { "Retry-After": "7" } }));
    await expect(client.backends()).rejects.toMatchObject({ status: 429, code: "rate_limited", retry_after: 7 });
  });

  it.each(["<html>", '"text"', "null", '{"error": "text"}'])("of somebody else are errors, too: %s", async (text) => {
    const { client } = scripted(() => new Response(text, { status: 502 }));
    await expect(client.health()).rejects.toMatchObject({ status: 502, code: "unknown", details: [] });
  });
});

it("is small, and runs where there is no Node", async () => {
  const src = resolve(import.meta.dirname, "../../../src");
  const { metafile, outputFiles } = await build({
    entryPoints: [join(src, "client/client.ts")],
    bundle: true,
    minify: true,
    platform: "browser",
    format: "esm",
    metafile: true,
    write: false,
  });
  const inputs = Object.keys(metafile.inputs);
  expect(inputs.filter((path) => !/src\/client\/|eventsource-parser/.test(path))).toEqual([]);
  expect(outputFiles[0]?.text.length).toBeLessThan(10_000);
});
