// The security headers of every answer.
import { createMiddleware } from "hono/factory";
import type { AppEnv } from "./route.js";

/** Nothing is loaded, run or framed; pages loosen what they need. */
const NOTHING = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/** The dashboard: its own files, and nothing else. */
export const DASHBOARD_CSP = `${NOTHING}; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; font-src 'self'`;

/** A page with one style sheet inside it, told by its hash. */
export function pageCsp(style_hash: string): string {
  return `${NOTHING}; style-src 'sha256-${style_hash}'`;
}

/** Headers of every answer; a page loosens the last two. */
export const SECURE_HEADERS = {
  "X-Content-Type-Options": "nosniff",
  "Referrer-Policy": "no-referrer",
  "Content-Security-Policy": NOTHING,
  "Cache-Control": "no-store",
} as const;

export const secureHeaders = createMiddleware<AppEnv>(async (c, next) => {
  await next();
  for (const [name, value] of Object.entries(SECURE_HEADERS)) if (!c.res.headers.has(name)) c.header(name, value);
});

/** The headers that pages of configured origins may send and see. */
export const CORS = {
  allowMethods: ["GET", "POST", "DELETE"],
  allowHeaders: [
    "Content-Type",
    "X-API-Key",
    "Authorization",
    "Last-Event-ID",
    "Prefer",
    "X-Request-Id",
    "Traceparent",
  ],
  exposeHeaders: ["Location", "X-Request-Id", "Retry-After", "Preference-Applied"],
  maxAge: 600,
};
