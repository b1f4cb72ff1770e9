// The section `server` of the configuration file.

import * as z from "zod/mini";
import { atLeastOne, countOrUnlimited, secondsOr, texts } from "./config-fields.js";

/** `server`: where `clinvk serve` listens, and its keys and limits. */
export const ServerConfig = z.strictObject({
  host: z.optional(
    z.string().check(z.minLength(1), z.meta({ description: "Address to listen on.", default: "127.0.0.1" })),
  ),
  port: z.optional(
    z
      .int()
      .check(
        z.minimum(0),
        z.maximum(65535),
        z.meta({ description: "Port to listen on; 0 = any free one.", default: 8080 }),
      ),
  ),
  api_keys_file: z.optional(
    z.string().check(z.minLength(1), z.describe("A file with API keys, one per line; `#` begins a comment.")),
  ),
  allowed_hosts: z.optional(
    texts(
      "Names under which the server is reached, besides those of the loopback interface and its own address.",
    ).check(z.meta({ default: [] })),
  ),
  cors_origins: z.optional(
    texts("Origins such as `https://tools.example` whose pages may use the API.").check(z.meta({ default: [] })),
  ),
  max_body_bytes: z.optional(atLeastOne("Largest body of a request.", 10 * 1024 * 1024)),
  rate_limit_per_minute: z.optional(atLeastOne("Requests per minute of one key.", 1200)),
  max_tasks: z.optional(atLeastOne("Most tasks or steps of one request, dry or not.", 1000)),
  max_parallel: z.optional(atLeastOne("How many tasks run at once, all runs together.", 8)),
  max_runs: z.optional(atLeastOne("How many runs work at once.", 64)),
  max_queue: z.optional(countOrUnlimited.check(z.meta({ description: "How many more runs may wait.", default: 1000 }))),
  request_timeout_secs: z.optional(
    secondsOr("How long a waiting call waits before it is answered with 202; 0 = no limit.", 3600),
  ),
  shutdown_grace_secs: z.optional(secondsOr("How long runs may continue after SIGTERM before they are stopped.", 30)),
  allowed_workdir_prefixes: z.optional(
    texts("Directories in which, or below which, tasks may work; where the server was started if not given."),
  ),
  allow_unsafe: z.optional(
    z.boolean().check(
      z.meta({
        description:
          "Allow `approval_mode: none`, `sandbox_mode: full`, `expect.command` and custom backends over HTTP.",
        default: false,
      }),
    ),
  ),
});
export type ServerConfig = z.infer<typeof ServerConfig>;
