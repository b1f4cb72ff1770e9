// The offline model: an HTTP server on 127.0.0.1 that answers the real CLIs in their own protocols, so that they run
// without an account and without the internet. Only its script decides what it says; nothing in a prompt can.
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { limitedAnswer, scriptedAnswer, textAnswer, tokensOf, unscriptedAnswer } from "./answer.js";
import { anthropic } from "./anthropic.js";
import { google } from "./google.js";
import { openai } from "./openai.js";
import { asObject, type Conversation, type Json, type Protocol } from "./protocol.js";
import type { Answer } from "./reply.js";
import { ReplyStream } from "./reply-stream.js";
import { RuleBook } from "./rule-book.js";
import { exampleOf } from "./schema-example.js";
import type { OfflineScript } from "./script.js";

/** One request in the log: without prompt text, unless `record_bodies` asks for the whole body. */
export interface OfflineRequest {
  /** ISO 8601, UTC: when the whole request had arrived. */
  time: string;
  /** `null` = the path belongs to no protocol. */
  protocol: Protocol["name"] | null;
  /** The caller's key. The offline model accepts any key; it identifies the task. */
  key: string | null;
  method: string;
  /** The path without the query. */
  path: string;
  model: string | null;
  /** Index of the rule that answered; `null` = none did. */
  rule: number | null;
  /** Characters of the user's prompt. */
  prompt_length: number;
  /** The parsed body; only with `record_bodies`. */
  body?: unknown;
}

export interface OfflineOptions {
  script?: OfflineScript | undefined;
  /** 0 or left out: any free port. */
  port?: number | undefined;
  /** Keeps the bodies of requests, with their prompts, in the log. For tests. */
  record_bodies?: boolean | undefined;
  /** How many requests the log keeps (the newest); 1,000 if left out. */
  log_limit?: number | undefined;
  onRequest?: ((request: OfflineRequest) => void) | undefined;
}

export interface OfflineServer {
  /** `http://127.0.0.1:PORT`, without a slash at the end. */
  readonly url: string;
  /** The newest requests, oldest first. */
  readonly requests: readonly OfflineRequest[];
  /** Number of requests since the start, including those that the log has dropped. */
  readonly request_count: number;
  /** Number of model calls since the start: what a service counts and bills. */
  readonly model_calls: number;
  /** The highest number of model calls in flight at the same time. */
  readonly max_in_flight: number;
  /** Stops listening and drops every connection, even those that hang on purpose. */
  close(): Promise<void>;
}

const PROTOCOLS: readonly Protocol[] = [anthropic, openai, google];
/** Longest accepted body; the largest that a tested CLI sends is below 13 MB. */
const MAX_BODY_BYTES = 64 * 1024 * 1024;

/** Starts the server. Rejects as `listen` does, e.g. with code EADDRINUSE. */
export async function startOfflineServer(options: OfflineOptions = {}): Promise<OfflineServer> {
  const { script = { rules: [] }, port = 0, record_bodies = false, log_limit = 1000, onRequest } = options;
  const rules = new RuleBook(script);
  const requests: OfflineRequest[] = [];
  let requestCount = 0;
  let modelCalls = 0;
  let inFlight = 0;
  let maxInFlight = 0;

  const log = (request: OfflineRequest) => {
    requestCount += 1;
    requests.push(request);
    if (requests.length > log_limit) requests.splice(0, requests.length - log_limit);
    onRequest?.(request);
  };

  const generate = async (protocol: Protocol, conversation: Conversation, answer: Answer, stream: ReplyStream) => {
    await stream.sleep(answer.latency_ms);
    if (stream.gone) return;
    if (answer.failure === "hang") return stream.hang();
    if (answer.failure) {
      const { error, headers } = answer.failure;
      return stream.json(protocol.errorBody(error), error.status, headers);
    }
    if (answer.ending.kind === "malformed" && !answer.tool) return stream.malformed(conversation.stream);
    if (answer.ending.kind === "stream_error" && !conversation.stream) {
      return stream.json(protocol.errorBody({ status: 500, ...answer.ending }), 500);
    }
    return protocol.reply(stream, conversation, answer);
  };

  const handle = async (request: IncomingMessage, response: ServerResponse) => {
    const { pathname: path, searchParams: query } = new URL(request.url ?? "/", "http://127.0.0.1");
    const { method = "GET", headers } = request;
    const [protocol, route] = findRoute(method, path);
    const bytes = await readBody(request);
    const entry: OfflineRequest = {
      time: new Date().toISOString(),
      protocol: protocol?.name ?? null,
      key: protocol?.key(headers, query) ?? null,
      method,
      path,
      model: null,
      rule: null,
      prompt_length: 0,
    };
    const stream = new ReplyStream(response, requestCount + 1);
    const fail = (status: number, message: string) => {
      log(entry);
      stream.json((protocol ?? openai).errorBody({ status, message }), status);
    };
    if (bytes === undefined) {
      response.setHeader("connection", "close");
      return fail(413, `the request is larger than ${MAX_BODY_BYTES} bytes`);
    }
    if (!protocol || !route) return fail(404, `the offline model knows no ${method} ${path}`);
    if (route.kind === "fixed") {
      if (route.status >= 400) return fail(route.status, `the offline model does not answer ${method} ${path}`);
      log(entry);
      return stream.end();
    }
    const body = parseObject(bytes);
    if (!body) return fail(400, "the body is not a JSON object");
    const conversation = protocol.read(body, path);
    entry.model = conversation.model;
    entry.prompt_length = conversation.prompt.length;
    if (record_bodies) entry.body = body;
    if (route.kind === "count_tokens") {
      log(entry);
      return stream.json(protocol.countBody(tokensOf(bytes.length)));
    }
    if (stream.gone) return log(entry);
    const answer = answerFor(rules, protocol, conversation);
    entry.rule = answer.rule;
    modelCalls += 1;
    inFlight += 1;
    maxInFlight = Math.max(maxInFlight, inFlight);
    response.once("close", () => {
      inFlight -= 1;
    });
    log(entry);
    await generate(protocol, conversation, answer, stream);
  };

  const server = createServer((request, response) => {
    // A client that disconnects ends only its own exchange.
    response.on("error", () => response.destroy());
    handle(request, response).catch((error: unknown) => {
      if (response.headersSent) response.destroy();
      else new ReplyStream(response, 0).json(openai.errorBody({ status: 500, message: String(error) }), 500);
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", () => resolve());
  });

  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    get request_count() {
      return requestCount;
    },
    get model_calls() {
      return modelCalls;
    },
    get max_in_flight() {
      return maxInFlight;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function findRoute(method: string, path: string) {
  for (const protocol of PROTOCOLS) {
    const route = protocol.route(method, path);
    if (route) return [protocol, route] as const;
  }
  return [undefined, undefined] as const;
}

function answerFor(rules: RuleBook, protocol: Protocol, conversation: Conversation): Answer {
  const limited = rules.admit(protocol.backend);
  if (limited > 0) return limitedAnswer(limited, conversation);
  if (conversation.helper_schema !== undefined) {
    return textAnswer(JSON.stringify(exampleOf(conversation.helper_schema)), conversation);
  }
  const found = rules.find(conversation, protocol.backend);
  return found ? scriptedAnswer(found, conversation) : unscriptedAnswer(conversation, protocol);
}

/** Reads the whole body; `undefined` if it is too large (the rest is then discarded). */
async function readBody(request: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_BODY_BYTES) chunks.length = 0;
    else chunks.push(chunk);
  }
  return size > MAX_BODY_BYTES ? undefined : Buffer.concat(chunks);
}

function parseObject(bytes: Buffer): Json | undefined {
  try {
    const value: unknown = JSON.parse(bytes.toString("utf8"));
    return Object.keys(asObject(value)).length > 0 ? asObject(value) : undefined;
  } catch {
    return undefined;
  }
}
