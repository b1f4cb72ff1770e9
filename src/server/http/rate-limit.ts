// Limits the requests per minute and caller with a token bucket that fills up evenly.
import { createMiddleware } from "hono/factory";
import { problem } from "./problem.js";
import type { AppEnv } from "./route.js";

/** At most this many callers are remembered; the first to be forgotten have waited long enough. */
const MAX_CALLERS = 10_000;

interface Bucket {
  tokens: number;
  at: number;
}

/** `now`: milliseconds. Counts every caller, even with a wrong key. */
export function rateLimit(per_minute: number, now: () => number = Date.now) {
  const buckets = new Map<string, Bucket>();
  const perMs = per_minute / 60_000;
  const filled = (bucket: Bucket, time: number) =>
    Math.min(per_minute, bucket.tokens + Math.max(0, time - bucket.at) * perMs);

  return createMiddleware<AppEnv>(async (c, next) => {
    const { id } = c.get("caller");
    const time = now();
    const bucket = buckets.get(id);
    const tokens = bucket ? filled(bucket, time) : per_minute;
    if (tokens < 1) {
      const retry_after = Math.max(1, Math.ceil((1 - tokens) / perMs / 1000));
      return problem(c, "rate_limited", `more than ${per_minute} requests per minute`, { retry_after });
    }
    if (!bucket && buckets.size >= MAX_CALLERS)
      for (const [other, full] of buckets) if (filled(full, time) >= per_minute) buckets.delete(other);
    buckets.set(id, { tokens: tokens - 1, at: time });
    return next();
  });
}
