// What each kind of failure means, and what can be done about it: for `clinvk explain` and docs/reference/failures.md.
import { DEFAULT_RETRIES, RETRIED_KINDS } from "../plan/resolve-task.js";
import { FAILURE_KINDS, type FailureKind } from "../schema/failure.js";

export interface Explanation {
  kind: FailureKind;
  /** A few words for a list. */
  summary: string;
  /** What has happened, and how it is told apart. */
  meaning: string;
  /** What clinvk does by itself. */
  what_clinvk_does: string;
  /** Each a sentence. */
  what_you_can_do: readonly string[];
  /** How often it is tried again if a task does not say otherwise. */
  default_retries: number;
  /** The same in words. */
  retried: string;
}

type Texts = Omit<Explanation, "kind" | "default_retries" | "retried"> & { retried?: string };

const RETRIED = `The task is tried again up to ${DEFAULT_RETRIES} times, after a pause that doubles each time and is drawn at random; \`Retry-After\` of the service is honoured.`;
const NOT_RETRIED = "The task fails at once: trying again would change nothing.";

const TEXTS: Readonly<Record<FailureKind, Texts>> = {
  not_installed: {
    summary: "the backend's CLI is not on this machine",
    meaning: "There is no executable of the backend's CLI on PATH, nor in $CLINVK_HOME/clis; the exit code is 127.",
    what_clinvk_does: "Only the tasks of this backend fail. With `fail_fast` nothing is started at all.",
    what_you_can_do: [
      "Install the tested version: `clinvk backends install NAME`.",
      "See what is found, and where: `clinvk backends`.",
    ],
  },
  not_authenticated: {
    summary: "the CLI is not logged in, or its key is not accepted",
    meaning:
      "The CLI says that nobody is logged in, that a login has expired, or the service refused the key (401, 403).",
    what_clinvk_does: NOT_RETRIED,
    what_you_can_do: [
      "Log in with the CLI itself (`claude`, `codex login`, `gemini`), or set its API key.",
      "`clinvk backends` shows what each CLI would use.",
    ],
  },
  permission_denied: {
    summary: "the agent was not allowed to do what the task needs",
    meaning:
      "The CLI refused tool calls and gave no answer, or refuses to start with these permissions (Claude Code as root). Refused calls of a task that did answer are only listed, in `refusals`.",
    what_clinvk_does: NOT_RETRIED,
    what_you_can_do: [
      'Allow more: `approval_mode: "auto"`, or a wider `sandbox_mode`.',
      "Claude: list the tools it needs in `backends.claude.allowed_tools` of the configuration.",
      "Ask for less in the prompt.",
    ],
  },
  rate_limited: {
    summary: "too many requests in a short time",
    meaning:
      "The service answered 429, or the CLI says that it is being limited for a moment. A pause of more than five minutes counts as a used-up quota.",
    what_clinvk_does: `${RETRIED} The backend's lane halves the number of tasks that it runs at once, and recovers one by one as tasks succeed.`,
    what_you_can_do: [
      "Run fewer tasks at once: `--max-parallel`, or `limits` for one backend in the task file.",
      "Name other backends in `fallback`, with `rate_limited` in `fallback_on`.",
    ],
  },
  quota_exhausted: {
    summary: "the plan's quota is used up until it resets",
    retried: "after the reset",
    meaning:
      "The CLI says that a session, daily, weekly or other usage limit is reached. `resets_at` is the time at which it resets, if the CLI tells.",
    what_clinvk_does:
      "`on_quota` decides. `park` (the default): what can be finished is finished, the rest is WAITING, exit code 75. `wait`: stays until the reset. `fallback`: the next backend of the task's `fallback` list. `fail`: the task fails.",
    what_you_can_do: [
      "Go on after the reset: `clinvk runs resume ID`; only what did not finish is run.",
      "Let it wait by itself: `--on-quota wait`.",
      "Name other backends in `fallback`, with `--on-quota fallback`.",
    ],
  },
  overloaded: {
    summary: "the service has too much to do, or a fault of its own",
    meaning: "The service answered 500, 502, 503 or 529, or says that it is at capacity.",
    what_clinvk_does: `${RETRIED} The backend's lane halves the number of tasks that it runs at once, and recovers one by one as tasks succeed.`,
    what_you_can_do: ["Try again in a few minutes: `clinvk runs retry ID`.", "Use another model or backend."],
  },
  network: {
    summary: "the service was not reached, or the connection broke",
    meaning:
      "The CLI could not connect (DNS, refused, TLS, proxy), the connection was cut in the middle of an answer, or what came was no answer of the service.",
    what_clinvk_does: `${RETRIED} What had arrived stays in \`content\` if the last attempt fails too.`,
    what_you_can_do: ["Check the connection, the proxy settings and the service's status page."],
  },
  model_not_found: {
    summary: "there is no such model for this account",
    meaning: "The service does not know the model, or the account may not use it (404).",
    what_clinvk_does: NOT_RETRIED,
    what_you_can_do: ["Check `model` of the task, and `backends.NAME.model` of the configuration."],
  },
  bad_request: {
    summary: "the service or the CLI rejected the request",
    meaning: "The service answered 400, the CLI did not understand its flags, or the working directory is gone.",
    what_clinvk_does: NOT_RETRIED,
    what_you_can_do: [
      "Check `model` and `extra` against the CLI's own help; `--dry-run` shows the exact command.",
      "`clinvk backends` says whether the CLI's version is one that clinvk was tested with.",
    ],
  },
  context_too_long: {
    summary: "prompt and files do not fit into the model's context",
    meaning: "The service or the CLI says that the prompt, with all that the agent read, is too long for the model.",
    what_clinvk_does: NOT_RETRIED,
    what_you_can_do: [
      "Shorten the prompt or the piped context, or split the task.",
      "Use a model with a larger context.",
    ],
  },
  refused: {
    summary: "the model declined to answer",
    meaning:
      "The model, or the service's safety filter, refused. codex and gemini end such tasks as if all were well: clinvk tells by what they print.",
    what_clinvk_does: NOT_RETRIED,
    what_you_can_do: ["Rephrase the prompt.", "Use another model, or `fallback` with `refused` in `fallback_on`."],
  },
  max_turns: {
    summary: "the limit of agentic turns was reached",
    meaning: "The agent had not finished after `max_turns` turns; what it said until then stays in `content`.",
    what_clinvk_does: NOT_RETRIED,
    what_you_can_do: ["Raise `max_turns`, or split the task."],
  },
  max_tokens: {
    summary: "the answer was cut at a token limit",
    meaning:
      "The model reached the largest answer that it may give; what it said until then stays in `content`. Gemini CLI (0.61.0) does not tell when that happens.",
    what_clinvk_does: NOT_RETRIED,
    what_you_can_do: ["Raise `max_tokens`, or ask for a shorter answer."],
  },
  budget_exceeded: {
    summary: "the budget of the task or the run is used up",
    meaning:
      "`max_cost_usd` or `max_total_tokens` is reached. A cost that nobody knows (no price, none reported) counts as nothing.",
    what_clinvk_does:
      "Past the budget of a run no new task starts; what runs may finish. Past that of a task there is no further attempt.",
    what_you_can_do: [
      "Raise the budget, or split the run.",
      "Put prices into `backends.NAME.prices` for CLIs that report no cost.",
    ],
  },
  timeout: {
    summary: "the task took longer than it may",
    meaning:
      "`timeout_seconds` of the task, or `deadline_seconds` of the run, has passed; the status is TIMEOUT, the exit code 124.",
    what_clinvk_does:
      "The CLI and everything it started is stopped; what had arrived stays in `content`. It is not tried again unless `retry_on` names `timeout`.",
    what_you_can_do: ["Raise the limit, or split the task."],
  },
  stalled: {
    summary: "the CLI printed nothing for too long",
    meaning: "`idle_timeout_seconds` has passed without a byte from the CLI, or the service stopped in mid-answer.",
    what_clinvk_does: `The CLI and everything it started is stopped; what had arrived is kept. ${RETRIED}`,
    what_you_can_do: ["Raise `idle_timeout_seconds` if the task runs long, silent commands."],
  },
  canceled: {
    summary: "the run ended before the task did",
    meaning:
      "The run was interrupted, another task failed under `fail_fast`, or the deadline came before the task was started; the status is CANCELED, the exit code 130.",
    what_clinvk_does: "What was running is stopped, with everything it started; what had arrived is kept.",
    what_you_can_do: ["Run what is left: `clinvk runs resume ID`."],
  },
  crashed: {
    summary: "the CLI died",
    meaning: "The CLI ended by a signal or with an exit code, and said nothing that explains it.",
    what_clinvk_does: "The task fails: a CLI that dies once mostly dies again. `retry_on` can name `crashed`.",
    what_you_can_do: [
      "Run the task again with `verbose: true` to see what the CLI prints.",
      "A CLI that is ended by SIGKILL has mostly run out of memory: run fewer at once.",
    ],
  },
  output_invalid: {
    summary: "the CLI ended well, but without a usable answer",
    meaning: "What it printed is no output of this CLI, is cut off, or holds no answer.",
    what_clinvk_does: NOT_RETRIED,
    what_you_can_do: [
      "Run the task again; if it stays so, look at what the CLI prints with `verbose: true`.",
      "`clinvk backends` says whether the CLI's version is one that clinvk was tested with.",
    ],
  },
  output_limit: {
    summary: "the answer grew beyond its limit",
    meaning: "The answer is larger than `output_limit_bytes` (64 MiB if not given).",
    what_clinvk_does: "The CLI is stopped; what had arrived by then stays in `content`.",
    what_you_can_do: ["Ask for a shorter answer, or raise `output_limit_bytes`."],
  },
  schema_invalid: {
    summary: "the answer does not fit its `output_schema`",
    retried: "once, to repair it",
    meaning:
      "The answer holds no JSON, or JSON that the task's schema does not accept; the message names the problems.",
    what_clinvk_does:
      "The task gets one more attempt, with its answer and the problems in the prompt. If that fails too, the answer is kept in `content`.",
    what_you_can_do: ["Simplify the schema, or say in the prompt what the answer must look like."],
  },
  check_failed: {
    summary: "the answer does not meet what the task `expect`s",
    meaning: "A condition of `expect` does not hold: a pattern, the exit code of its command, or changed files.",
    what_clinvk_does:
      "The task fails and its answer is kept. It is tried again only if `retry_on` names `check_failed`.",
    what_you_can_do: [
      "Read the answer: the message says which condition it was.",
      "Correct the condition or the prompt.",
    ],
  },
  billing: {
    summary: "the account has no credit",
    meaning: "Credits are used up, a spending limit is reached, or the plan does not include this use.",
    what_clinvk_does: NOT_RETRIED,
    what_you_can_do: ["Check credits and spending limits of the account, then `clinvk runs retry ID`."],
  },
  update_required: {
    summary: "the service wants a newer CLI",
    meaning: "The service refuses this version of the CLI.",
    what_clinvk_does: NOT_RETRIED,
    what_you_can_do: ["Update the CLI: `clinvk backends install NAME`, or its own updater."],
  },
  lost: {
    summary: "nobody knows how the task ended",
    meaning:
      "The place where the task ran went away before it told how it ended, or an answer that belongs into its prompt is gone.",
    what_clinvk_does: "The task counts as failed.",
    what_you_can_do: ["Run it again: `clinvk runs retry ID --task TASK`."],
  },
};

/** The explanation of one kind. */
export function explain(kind: FailureKind): Explanation {
  const default_retries = RETRIED_KINDS.includes(kind) ? DEFAULT_RETRIES : 0;
  const retried = default_retries === 0 ? "no" : `up to ${default_retries} times`;
  return { kind, retried, ...TEXTS[kind], default_retries };
}

/** All of them, in the order in which the schema lists the kinds. */
export function explainAll(): Explanation[] {
  return FAILURE_KINDS.map(explain);
}
