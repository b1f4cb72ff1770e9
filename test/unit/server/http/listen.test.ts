// A real port, and clients that send anything but a decent request: after each of them the server still answers.
import { EventEmitter, once } from "node:events";
import { connect, type Socket } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Listening, listen } from "../../../../src/server/http/listen.js";
import { makeServer, type TestServer, taskFile } from "../../../rig/server.js";

let server: TestServer;
let listening: Listening;
beforeAll(async () => {
  server = makeServer({ server: { max_body_bytes: 100_000 } });
  listening = await listen({
    fetch: (request, env) => server.app.fetch(request, env as object),
    host: "127.0.0.1",
    port: 0,
    limits: { headers_ms: 300, request_ms: 600, check_ms: 50, connections: 50 },
  });
});
afterAll(() => listening.close(0));

/** Sends bytes as they are, and tells all that comes back until the server closes the connection. */
function raw(parts: readonly string[], url = listening.url): Promise<string> {
  return new Promise((resolve) => {
    let text = "";
    const socket = open(url);
    socket.on("data", (data) => {
      text += data;
    });
    socket.on("close", () => resolve(text));
    for (const part of parts) socket.write(part);
  });
}

function open(url = listening.url): Socket {
  const socket = connect(Number(new URL(url).port), "127.0.0.1");
  socket.on("error", () => {});
  return socket;
}

const POST =
  "POST /api/v1/parallel HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nConnection: close\r\n";

const abuse: [name: string, parts: string[], status: number][] = [
  ["no HTTP at all", ["\x16\x03\x01\x02\x00\x01\x00hello\r\n\r\n"], 400],
  ["no Host", ["GET /health HTTP/1.1\r\nConnection: close\r\n\r\n"], 400],
  ["a Host with a path", ["GET /health HTTP/1.1\r\nHost: localhost/x\r\nConnection: close\r\n\r\n"], 400],
  ["an address that is none", ["GET * HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"], 400],
  ["an expectation that nobody meets", [`${POST}Expect: luck\r\nContent-Length: 2\r\n\r\n{}`], 400],
  ["two Hosts", ["GET /health HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\nConnection: close\r\n\r\n"], 403],
  [
    "an address of another host",
    ["GET http://evil.example/docs HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"],
    403,
  ],
  [
    "a Host that is no number of this machine",
    ["GET /docs HTTP/1.1\r\nHost: 127.999.0.1\r\nConnection: close\r\n\r\n"],
    403,
  ],
  ["headers without end", [`GET /health HTTP/1.1\r\nHost: localhost\r\nX: ${"x".repeat(40_000)}\r\n\r\n`], 431],
  ["a header with a line break", ["GET /health HTTP/1.1\r\nHost: localhost\r\nX: a\rb\r\n\r\n"], 400],
  ["a length that is none", [`${POST}Content-Length: many\r\n\r\n{}`], 400],
  ["two lengths", [`${POST}Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}`], 400],
  ["a length and chunks", [`${POST}Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`], 400],
  ["a chunk whose size is none", [`${POST}Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n`], 400],
  ["chunks that are too large together", [`${POST}Transfer-Encoding: chunked\r\n\r\n`, ...manyChunks()], 413],
  ["a body that is too large", [`${POST}Content-Length: 999999999\r\n\r\n`, "x".repeat(1000)], 413],
  ["a body that never ends", [`${POST}Content-Length: 1000\r\n\r\n{"tasks"`], 408],
  [
    "a path with an escape that is none",
    ["GET /api/v1/runs/%zz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"],
    404,
  ],
  [
    "a path that climbs",
    ["GET /assets/../../package.json HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"],
    404,
  ],
];

function manyChunks(): string[] {
  const chunk = `4000\r\n${"x".repeat(0x4000)}\r\n`;
  return Array.from({ length: 8 }, () => chunk);
}

it.each(abuse)("%s", async (_name, parts, status) => {
  const answer = await raw(parts);
  expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
  expect(answer).toMatch(/"code": ?"\w+"/);
  expect(answer).toMatch(/^x-content-type-options: nosniff/im);
  expect(answer).toMatch(/^content-security-policy: default-src 'none'/im);
  expect(answer).toMatch(/^cache-control: no-store/im);
  expect((await fetch(`${listening.url}/docs`)).status).toBe(200);
});

it("a head that never ends has less time than a body", async () => {
  const limits = { headers_ms: 200, request_ms: 3_600_000, check_ms: 50 };
  const fetchNothing = () => new Response();
  const other = await listen({ fetch: fetchNothing, host: "127.0.0.1", port: 0, limits });
  expect(await raw(["GET /health HTTP/1.1\r\nHost: localhost\r\nX: "], other.url)).toMatch(/^HTTP\/1.1 408 /);
  await other.close(0);
});

it("a client that vanishes in the middle of its body leaves nothing behind", async () => {
  const socket = open();
  await new Promise<void>((sent) => socket.write(`${POST}Content-Length: 1000\r\n\r\n{"tasks"`, () => sent()));
  socket.destroy();
  expect((await fetch(`${listening.url}/docs`)).status).toBe(200);
  expect(server.services.manager.all()).toEqual([]);
});

it.each([
  ["", "finished"],
  ["?cancel_on_disconnect=true", "interrupted"],
])("a client that vanishes while it waits: %s → %s", async (query, status) => {
  const { manager } = server.services;
  const body = JSON.stringify(taskFile(1));
  const socket = open();
  socket.write(`${POST.replace("parallel", `parallel${query}`)}Content-Length: ${body.length}\r\n\r\n${body}`);
  while (manager.all().length === 0) await new Promise((again) => setImmediate(again));
  const [run] = manager.all();
  const id = run?.plan.run_id ?? "";
  socket.destroy();
  if (query === "") {
    // The server has noticed: it answers others meanwhile, and the run is still there.
    await (await fetch(`${listening.url}/docs`)).text();
    (await server.runs.of(id)).of("task-1").succeed();
  }
  await run?.ended;
  expect(await (await fetch(`${listening.url}/api/v1/runs/${id}`)).json()).toMatchObject({ status });
});

it("readers of events that vanish leave the run alone", async () => {
  const id = await server.begin();
  const readers = await Promise.all(
    Array.from({ length: 20 }, async () => {
      const connection = new AbortController();
      const response = await fetch(`${listening.url}/api/v1/runs/${id}/events`, { signal: connection.signal });
      await response.body?.getReader().read();
      return connection;
    }),
  );
  for (const connection of readers) connection.abort();
  const run = server.services.manager.live(id);
  (await server.runs.of(id)).of("task-1").succeed();
  await run?.ended;
  const events = await (await fetch(`${listening.url}/api/v1/runs/${id}/events`)).text();
  expect(events).toContain("event: run_finished");
});

describe("a reader that takes nothing", () => {
  const limits = { stalled_ms: 100, check_ms: 20 };
  const host = "127.0.0.1";
  const ask = (url: string) => {
    const socket = open(url).pause();
    socket.write("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
    return socket;
  };

  it("is cut, and what made its answer is told", async () => {
    let told = () => {};
    const canceled = new Promise<void>((tell) => {
      told = tell;
    });
    // More than the system keeps for a reader.
    const body = () =>
      new ReadableStream<Uint8Array>({
        pull: (controller) => controller.enqueue(new Uint8Array(1024 * 1024)),
        cancel: () => told(),
      });
    const other = await listen({ fetch: () => new Response(body()), host, port: 0, limits });
    const socket = ask(other.url);
    await canceled;
    socket.destroy();
    await other.close(0);
  });

  it("is not cut while there is nothing to take", async () => {
    const asked = new EventEmitter();
    const fetchLate = () => new Promise<Response>((resolve) => asked.emit("asked", resolve));
    const other = await listen({ fetch: fetchLate, host, port: 0, limits });
    // One that has no request under way is cut; the one that waits is not.
    const idle = open(other.url);
    const request = once(asked, "asked");
    const waiting = ask(other.url);
    const [answer] = (await request) as [(response: Response) => void];
    await once(idle.resume(), "close");
    answer(new Response("here", { headers: { Connection: "close" } }));
    let text = "";
    waiting.on("data", (data) => {
      text += data;
    });
    await once(waiting.resume(), "close");
    expect(text).toContain("here");
    await other.close(0);
  });
});

describe("connections that send nothing", () => {
  const options = { fetch: () => new Response("here"), host: "127.0.0.1", port: 0 };
  const hour = 3_600_000;
  const patient = { headers_ms: hour, request_ms: hour, idle_ms: hour, stalled_ms: hour, check_ms: 20, connections: 8 };
  const ask = (url: string) => fetch(url, { headers: { Connection: "close" } }).then((response) => response.text());
  const kept = (url: string) => {
    const socket = open(url);
    socket.write("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
    return once(socket, "data").then(() => socket);
  };

  it.each([
    ["from the first", async (url: string) => open(url)],
    ["after a request", kept],
  ])("are cut when nearly all places are taken: %s", async (_when, connection) => {
    const other = await listen({ ...options, limits: { ...patient, silent_ms: 50 } });
    const silent = await Promise.all(Array.from({ length: 8 }, () => connection(other.url)));
    await Promise.any(silent.map((socket) => once(socket.resume(), "close")));
    expect(await ask(other.url)).toBe("here");
    for (const socket of silent) socket.destroy();
    await other.close(0);
  });

  it("are left alone while there are places", async () => {
    const other = await listen({ ...options, limits: { ...patient, silent_ms: 0 } });
    const silent = await kept(other.url);
    for (let n = 0; n < 20; n += 1) expect(await ask(other.url)).toBe("here");
    silent.write("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
    expect(String(await once(silent, "data"))).toContain("here");
    silent.destroy();
    await other.close(0);
  });

  it("are told when they find no place", async () => {
    let told = () => {};
    const dropped = new Promise<void>((tell) => {
      told = tell;
    });
    const limits = { ...patient, silent_ms: hour, connections: 2 };
    const other = await listen({ ...options, limits, onDropped: () => told() });
    const sockets = Array.from({ length: 3 }, () => open(other.url));
    await dropped;
    for (const socket of sockets) socket.destroy();
    await other.close(0);
  });
});

it("a port that is taken is an error with a code", async () => {
  const port = Number(new URL(listening.url).port);
  const second = listen({ fetch: () => new Response(), host: "127.0.0.1", port });
  await expect(second).rejects.toMatchObject({ code: "EADDRINUSE" });
});
