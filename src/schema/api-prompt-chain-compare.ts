// Requests and answers of the HTTP routes for chain, compare, prompt and sessions, with the field names of the wire.
import * as z from "zod/mini";
import { RunResponse } from "./api.js";
import { BackendName } from "./backend-name.js";
import { ChainResult, ComparedResult, CompareResult, StepResult } from "./result.js";
import { Session } from "./session.js";
import { OnQuota, TaskDefaults } from "./task-input.js";

const text = (description: string) => z.string().check(z.describe(description));
const duration_ms = z.int().check(z.describe("The same as `duration_seconds`, in milliseconds."));
const total_duration_ms = z.int().check(z.describe("The same as `total_duration_seconds`, in milliseconds."));

const { backend: _backend, ...sharedFields } = TaskDefaults.shape;
// Only the backend that began a conversation can continue it.
const { fallback: _fallback, fallback_on: _fallbackOn, ...promptFields } = sharedFields;

/** One prompt for several backends; the other fields are those of a task, and mean each of them. */
export const CompareBody = z.strictObject({
  prompt: text("The prompt for all of them."),
  backends: z.optional(
    z
      .array(BackendName)
      .check(z.minLength(1), z.describe("The backends to ask, in this order; instead of `all_backends`.")),
  ),
  all_backends: z.optional(
    z.literal(true).check(z.describe("Ask every enabled backend that is installed; instead of `backends`.")),
  ),
  sequential: z.optional(
    z.boolean().check(z.meta({ description: "One after another instead of all at once.", default: false })),
  ),
  on_quota: z.optional(OnQuota),
  ...sharedFields,
});
export type CompareBody = z.infer<typeof CompareBody>;

/** One prompt for one backend; the other fields are those of a task. */
export const PromptBody = z.strictObject({
  prompt: text("The prompt."),
  backend: z.optional(
    BackendName.check(z.describe("Backend to ask; if not given, `default_backend` of the server's configuration.")),
  ),
  session_id: z.optional(
    text("The session to continue: its backend, directory and model are used for this prompt, too."),
  ),
  ephemeral: z.optional(
    z.boolean().check(z.meta({ description: "Begin no session: the CLI keeps nothing.", default: false })),
  ),
  on_quota: z.optional(OnQuota),
  ...promptFields,
});
export type PromptBody = z.infer<typeof PromptBody>;

/** The answer of a waiting prompt: that of any run, and on top of it what clients of clinvoker 0.2 read. */
export const PromptResponse = z.strictObject({
  ...RunResponse.shape,
  session_id: z.nullable(
    text("The same as `session`: pass it as `session_id` to go on; null = nothing remembers the prompt."),
  ),
  backend: BackendName.check(z.describe("The same as that of the result.")),
  exit_code: z.int().check(z.describe("The same as that of the result.")),
  output: text("The answer: the same as `content` of the result."),
  duration_ms: z.int().check(z.describe("The same as that of the result.")),
});
export type PromptResponse = z.infer<typeof PromptResponse>;

/** The answer of a waiting chain: the document of `--json`, and names that clients of clinvoker 0.2 read. */
export const ChainResponse = z.strictObject({
  ...ChainResult.shape,
  total_duration_ms,
  results: z.array(z.strictObject({ ...StepResult.shape, duration_ms })),
});
export type ChainResponse = z.infer<typeof ChainResponse>;

/** The same for a comparison. */
export const CompareResponse = z.strictObject({
  ...CompareResult.shape,
  total_duration_ms,
  results: z.array(z.strictObject({ ...ComparedResult.shape, duration_ms })),
});
export type CompareResponse = z.infer<typeof CompareResponse>;

/** The result of any run that has ended; the run's `kind` tells its shape. */
export const RunDocument = z.union([RunResponse, PromptResponse, ChainResponse, CompareResponse]);
export type RunDocument = z.infer<typeof RunDocument>;

const is = Session.shape;

/** A session, as `clinvk sessions show --json` prints it. */
export const SessionBody = z.strictObject({
  ...is,
  id: is.id.check(z.describe("Pass it as `session_id` to continue the session.")),
  backend: is.backend.check(z.describe("The backend of the conversation.")),
  backend_session_id: is.backend_session_id.check(z.describe("The CLI's own id of the conversation.")),
  status: is.status.check(
    z.describe(
      "`active`: its last prompt was answered. `failed`: its last prompt got no whole answer; it can still be continued. `running`: a prompt is being answered now.",
    ),
  ),
  title: is.title.check(z.describe("First line of the first prompt, shortened.")),
  model: is.model.check(z.describe("The model that answered last; null = unknown.")),
  requested_model: is.requested_model.check(
    z.describe("The model that was asked for and will be asked again; null = the CLI's own choice."),
  ),
  turns: is.turns.check(z.describe("Prompts that were answered.")),
  usage: is.usage.check(z.describe("Tokens of all turns; null = unknown, or not kept.")),
  tags: is.tags.check(z.describe("`session.default_tags` of the configuration when it began.")),
  offline: is.offline.check(z.describe("It is a conversation with the offline model.")),
  created_at: is.created_at.check(z.describe("Start of the first turn: ISO 8601, UTC.")),
  updated_at: is.updated_at.check(z.describe("End of the last turn: ISO 8601, UTC.")),
});
export type SessionBody = z.infer<typeof SessionBody>;

export const SessionList = z.strictObject({
  sessions: z.array(SessionBody).check(z.describe("The latest turn first.")),
  total: z.int().check(z.describe("How many sessions match, regardless of `limit` and `offset`.")),
  limit: z.int().check(z.describe("The largest number of sessions in this list.")),
  offset: z.int().check(z.describe("How many matching sessions come before this list.")),
});
export type SessionList = z.infer<typeof SessionList>;
