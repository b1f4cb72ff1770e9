// Serves the app on a port, with limits against slow, endless and broken connections.

import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { getRequestListener, RequestError } from "@hono/node-server";
import { ERROR_STATUS, type ErrorBody, type ErrorCode } from "../../schema/api.js";
import { ConnectionTable } from "./connection-table.js";
import { SECURE_HEADERS } from "./headers.js";

export interface ListenOptions {
  fetch(request: Request, env: unknown): Response | Promise<Response>;
  host: string;
  /** 0 = any free one. */
  port: number;
  limits?: Partial<ConnectionLimits>;
  /** Called for each connection that was refused because there are too many. */
  onDropped?(): void;
}

/** All times in milliseconds. */
export interface ConnectionLimits {
  /** Until the head of a request must have arrived. */
  headers_ms: number;
  /** Until its body must have arrived. */
  request_ms: number;
  /** How often the two limits are checked. */
  check_ms: number;
  idle_ms: number;
  /** How long a connection may be open without a request while nearly all `connections` are taken. */
  silent_ms: number;
  /**
   * How long a reader may take nothing of its answer while there is more to take. It is cut before twice this time: Node
   * looks once per this time whether bytes were taken.
   */
  stalled_ms: number;
  header_bytes: number;
  connections: number;
  requests_per_connection: number;
}

const LIMITS: ConnectionLimits = {
  headers_ms: 15_000,
  request_ms: 60_000,
  check_ms: 2_000,
  idle_ms: 10_000,
  silent_ms: 2_000,
  stalled_ms: 30_000,
  header_bytes: 16 * 1024,
  connections: 4096,
  requests_per_connection: 1000,
};

export interface Listening {
  /** `http://127.0.0.1:8080`, without a slash at the end. */
  url: string;
  /** Takes no further connection; requests under way continue. */
  stopAccepting(): void;
  /** Resolves when no connection is left. Connections that are open after `grace_ms` are cut. */
  close(grace_ms: number): Promise<void>;
}

/** Rejects as `listen` does, e.g. with code EADDRINUSE. */
export async function listen({ fetch, host, port, limits = {}, onDropped }: ListenOptions): Promise<Listening> {
  const all = { ...LIMITS, ...limits };
  const answer = getRequestListener(fetch, { errorHandler: answerUnfit, overrideGlobalObjects: false });
  const options = {
    headersTimeout: all.headers_ms,
    requestTimeout: all.request_ms,
    connectionsCheckingInterval: all.check_ms,
    keepAliveTimeout: all.idle_ms,
    maxHeaderSize: all.header_bytes,
    // A request without Host gets `answerUnfit`; Node's own answer would have no body.
    requireHostHeader: false,
  };
  const table = new ConnectionTable(all);
  const server = createServer(options, (request, response) => {
    table.asks(request.socket);
    response.once("close", () => table.answered(request.socket));
    void answer(request, response);
  });
  server.on("connection", (socket: Socket) => table.add(socket));
  server.on("drop", () => onDropped?.());
  const checking = setInterval(() => table.makeRoom(), all.check_ms).unref();
  server.once("close", () => clearInterval(checking));
  // Any bytes that the system accepts count as progress, even of an unfinished write; so does a heartbeat.
  server.setTimeout(all.stalled_ms, (socket) => {
    const nothingToTake = table.isAnswering(socket) && socket.writableLength === 0;
    if (nothingToTake) socket.setTimeout(all.stalled_ms);
    else socket.destroy();
  });
  server.maxConnections = all.connections;
  server.maxRequestsPerSocket = all.requests_per_connection;
  server.on("clientError", answerBroken);
  server.on("checkExpectation", (_request, response: ServerResponse) => {
    const body = bodyOf("bad_request", "the only `Expect` that is met is `100-continue`");
    response.writeHead(ERROR_STATUS.bad_request, REFUSAL_HEADERS).end(body);
  });
  await new Promise<void>((listening, failed) => {
    server.once("error", failed);
    server.listen(port, host, listening);
  });
  const closed = new Promise<void>((done) => server.once("close", done));
  const address = server.address() as AddressInfo;
  return {
    url: `http://${address.family === "IPv6" ? `[${address.address}]` : address.address}:${address.port}`,
    stopAccepting() {
      server.close();
      server.closeIdleConnections();
    },
    async close(grace_ms) {
      if (server.listening) server.close();
      server.closeIdleConnections();
      const timer = setTimeout(() => server.closeAllConnections(), grace_ms);
      await closed;
      clearTimeout(timer);
    },
  };
}

/** Refusals before the routes get the headers of every other answer. */
const REFUSAL_HEADERS = { "Content-Type": "application/json", ...SECURE_HEADERS };

const BROKEN: Readonly<Record<string, { code: ErrorCode; message: string }>> = {
  HPE_HEADER_OVERFLOW: { code: "headers_too_large", message: "the headers are too large" },
  ERR_HTTP_REQUEST_TIMEOUT: { code: "request_timeout", message: "the request did not arrive in time" },
};

/** Invalid HTTP also gets an answer; then its connection ends. */
function answerBroken(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === "ECONNRESET" || !socket.writable) return void socket.destroy();
  const { code, message } = BROKEN[error.code ?? ""] ?? { code: "bad_request", message: "this is not HTTP" };
  const body = bodyOf(code, message);
  const headers = Object.entries(REFUSAL_HEADERS).map(([name, value]) => `${name}: ${value}`);
  const head = [`HTTP/1.1 ${ERROR_STATUS[code]} ${message}`, "Connection: close", ...headers];
  socket.end(`${head.join("\r\n")}\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
}

/** Answers valid HTTP that can't be routed: an invalid address, or no host. */
function answerUnfit(error: unknown): Response {
  const code = error instanceof RequestError ? "bad_request" : "internal";
  const message = error instanceof RequestError ? `this is no request: ${error.message}` : "something went wrong";
  return new Response(bodyOf(code, message), { status: ERROR_STATUS[code], headers: REFUSAL_HEADERS });
}

function bodyOf(code: ErrorCode, message: string): string {
  return JSON.stringify({ error: { code, message, request_id: "none" } } satisfies ErrorBody);
}
