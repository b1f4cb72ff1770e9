// A session: a conversation with one backend over several prompts, as it is kept in `$CLINVK_HOME/sessions`.
import * as z from "zod/mini";
import { BackendName } from "./backend-name.js";
import { Usage } from "./usage.js";

/**
 * `active`: its last prompt was answered. `failed`: its last prompt got no whole answer; it can still be continued.
 * `running`: a process works on it now; never stored.
 */
export const SESSION_STATUSES = ["active", "failed", "running"] as const;

/** A session as it is stored and as `--json` prints it. Keys that this version does not know are dropped. */
export const Session = z.object({
  id: z.string(),
  backend: BackendName,
  /** The CLI's own id of the conversation; it becomes an argument of the CLI. */
  backend_session_id: z.string().check(z.regex(/^[A-Za-z0-9][\w-]*$/)),
  status: z.enum(SESSION_STATUSES),
  /** First line of the first prompt, shortened. */
  title: z.string(),
  /** Absolute path, symbolic links resolved. */
  workdir: z.string(),
  /** The model that answered last, as the CLI reports it; `null` = unknown. */
  model: z.nullable(z.string()),
  /** The model that was asked for and will be asked again; `null` = the CLI's own choice. */
  requested_model: z.nullable(z.string().check(z.regex(/^[^-]/))),
  /** Prompts that were answered. */
  turns: z.int(),
  /** Tokens of all turns; `null` = unknown, or `session.store_token_usage` is off. */
  usage: z.nullable(Usage),
  tags: z.array(z.string()),
  /** It is a conversation with the offline model. */
  offline: z.boolean(),
  /** ISO 8601, UTC. */
  created_at: z.string(),
  updated_at: z.string(),
});
export type Session = z.infer<typeof Session>;
