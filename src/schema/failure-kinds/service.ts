// The failures that come from a model service or an account: what each kind means, and what to do about it.
import { type KindInfo, MORE_PATIENCE, NOT_RETRIED, PAUSES, RETRIED } from "./kind-info.js";

export const SERVICE_FAILURES = {
  not_authenticated: {
    label: "Not logged in",
    lead: "The CLI is not logged in",
    summary: "the CLI is not logged in, or its key is not accepted",
    meaning:
      "The CLI says that it is not logged in or that its login has expired, or the service refused the key (401, 403).",
    what_clinvk_does: NOT_RETRIED,
    what_you_can_do: [
      "Log in with the CLI itself, or set its API key: `clinvk backends` prints the command for this machine.",
    ],
  },
  rate_limited: {
    label: "Rate limited",
    lead: "The model service asks to slow down",
    hint: "wait a little, or run fewer tasks at once (`--max-parallel`)",
    retried: true,
    summary: "too many requests in a short time",
    meaning:
      "The service answered 429, or the CLI says that it is being limited for a moment. A pause of more than five minutes counts as a used-up quota.",
    what_clinvk_does: PAUSES,
    what_you_can_do: [
      "Run fewer tasks at once: `--max-parallel`, or `limits` for one backend in the task file.",
      "Name other backends in `fallback`, with `rate_limited` in `fallback_on`.",
      MORE_PATIENCE,
    ],
  },
  quota_exhausted: {
    label: "Quota used up",
    lead: "The usage limit is reached",
    hint: "wait for the limit to reset, or use another model or backend",
    summary: "the plan's quota is used up until it resets",
    retried: "after the reset",
    meaning:
      "The CLI says that a session, daily, weekly or other usage limit is reached. `resets_at` is the time at which it resets, if the CLI tells.",
    what_clinvk_does:
      "`on_quota` decides. `park` (the default): tasks of other backends are finished, the rest is WAITING, exit code 75. `wait`: stays until the reset. `fallback`: the next backend of the task's `fallback` list. `fail`: the task fails.",
    what_you_can_do: [
      "Resume after the reset: `clinvk runs resume ID`; only unfinished tasks are run.",
      "Let clinvk wait for the reset: `--on-quota wait`.",
      "Name other backends in `fallback`, with `--on-quota fallback`.",
    ],
  },
  overloaded: {
    label: "Overloaded",
    lead: "The model service is overloaded",
    hint: "try again in a few minutes, or use another model",
    retried: true,
    summary: "the service is overloaded, or has an error of its own",
    meaning: "The service answered 500, 502, 503 or 529, or says that it is at capacity.",
    what_clinvk_does: PAUSES,
    what_you_can_do: [
      "Try again later: `clinvk runs retry ID --failed`.",
      "Use another model or backend.",
      MORE_PATIENCE,
    ],
  },
  network: {
    label: "No connection",
    message_follows: true,
    lead: "The connection to the model service failed",
    hint: "check the connection, the proxy and the service's status page, then try again",
    retried: true,
    summary: "the service was not reached, or the connection broke",
    meaning:
      "The CLI could not connect (DNS, refused, TLS, proxy), the connection was cut in the middle of an answer, or something that is not the service answered. Also the statuses that ask for another try: 408, 409, 421, 425 and 499.",
    what_clinvk_does: `${RETRIED} What had arrived stays in \`content\` if the last attempt fails too.`,
    what_you_can_do: ["Check the connection, the proxy settings and the service's status page.", MORE_PATIENCE],
  },
  model_not_found: {
    label: "Model not found",
    message_follows: true,
    lead: "The model is not available",
    hint: "check `model`: the name, and that your account may use it",
    summary: "there is no such model for this account",
    meaning: "The service does not know the model, or the account may not use it (404).",
    what_clinvk_does: NOT_RETRIED,
    what_you_can_do: ["Check `model` of the task, and `backends.NAME.model` of the configuration."],
  },
  bad_request: {
    label: "Request rejected",
    message_follows: true,
    lead: "The request was not accepted",
    hint: "check the task's `model` and `extra` flags against the CLI's own help",
    summary: "the service or the CLI rejected the request",
    meaning: "The service answered 400, the CLI did not understand its flags, or the working directory is gone.",
    what_clinvk_does: NOT_RETRIED,
    what_you_can_do: [
      "Check `model` and `extra` against the CLI's own help; `--dry-run` shows the exact command.",
      "`clinvk backends` says whether the CLI's version is one that clinvk was tested with.",
    ],
  },
  context_too_long: {
    label: "Context too long",
    lead: "The input is too long for the model",
    hint: "shorten the prompt or the piped context, or split the task",
    summary: "the prompt and files do not fit into the model's context",
    meaning: "The service or the CLI says that the prompt, with all that the agent read, is too long for the model.",
    what_clinvk_does: NOT_RETRIED,
    what_you_can_do: [
      "Shorten the prompt or the piped context, or split the task.",
      "Use a model with a larger context.",
    ],
  },
  refused: {
    label: "Refused",
    message_follows: true,
    lead: "The model refused to answer",
    hint: "rephrase the prompt, or use another model",
    summary: "the model declined to answer",
    meaning:
      "The model, or the service's safety filter, refused. codex and gemini end such tasks without an error: clinvk tells by what they print.",
    what_clinvk_does: NOT_RETRIED,
    what_you_can_do: ["Rephrase the prompt.", "Use another model, or `fallback` with `refused` in `fallback_on`."],
  },
  max_tokens: {
    label: "Token limit reached",
    lead: "The answer was cut at the maximum number of tokens",
    hint: "raise `max_tokens`, or ask for a shorter answer",
    summary: "the answer was cut at a token limit",
    meaning: "The model reached the largest answer that it may give; what it said until then stays in `content`.",
    what_clinvk_does: NOT_RETRIED,
    what_you_can_do: ["Raise `max_tokens`, or ask for a shorter answer."],
  },
  billing: {
    label: "Billing problem",
    lead: "The account has no credit for this",
    hint: "check credits and spending limits of the account",
    summary: "the account has no credit",
    meaning: "Credits are used up, a spending limit is reached, or the plan does not include this use.",
    what_clinvk_does: NOT_RETRIED,
    what_you_can_do: ["Check credits and spending limits of the account, then `clinvk runs retry ID`."],
  },
  update_required: {
    label: "Update required",
    lead: "The CLI is too old for the service",
    summary: "the service wants a newer CLI",
    meaning: "The service refuses this version of the CLI.",
    what_clinvk_does: NOT_RETRIED,
    what_you_can_do: ["Update the CLI: `clinvk backends install NAME`, or its own updater."],
  },
} as const satisfies Record<string, KindInfo>;
