// Gives each request an id: the caller's if it is harmless, else a new one. It is in the answer and in the log.
import { randomUUID } from "node:crypto";
import { createMiddleware } from "hono/factory";
import type { AppEnv } from "./route.js";

const HARMLESS = /^[\w.:/+=-]{1,128}$/;

export const requestId = createMiddleware<AppEnv>(async (c, next) => {
  const given = c.req.header("X-Request-Id");
  const id = given !== undefined && HARMLESS.test(given) ? given : randomUUID();
  c.set("request_id", id);
  await next();
  c.header("X-Request-Id", id);
});

/** `00-` trace id, parent id, flags; other versions may have more: https://www.w3.org/TR/trace-context/ */
const TRACEPARENT = /^(?:00-|(?!00|ff)[\da-f]{2}-)(?!0{32})[\da-f]{32}-(?!0{16})[\da-f]{16}-[\da-f]{2}$/;

/** The W3C trace context of a request; `undefined` = there is no valid one. */
export function traceparentOf(header: string | undefined): string | undefined {
  return header !== undefined && TRACEPARENT.test(header) ? header : undefined;
}
