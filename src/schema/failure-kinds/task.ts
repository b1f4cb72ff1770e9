// The failures that come from a task, its CLI or the run: what each kind means, and what to do about it.
import { type KindInfo, NOT_RETRIED, RETRIED } from "./kind-info.js";

export const TASK_FAILURES = {
  not_installed: {
    label: "Not installed",
    lead: "The CLI is not installed",
    summary: "the backend's CLI is not on this machine",
    meaning: "There is no executable of the backend's CLI on PATH, nor in $CLINVK_HOME/clis; the exit code is 127.",
    what_clinvk_does:
      "Only the tasks of this backend fail. With `fail_fast` nothing is started at all. A CLI that was there when the run began, and is gone as during an update, is looked for again for 10 seconds.",
    what_you_can_do: [
      "Install the tested version: `clinvk backends install NAME`.",
      "See what is found, and where: `clinvk backends`.",
    ],
  },
  permission_denied: {
    label: "Permission denied",
    message_follows: true,
    lead: "Something was not permitted",
    hint: "allow more with `approval_mode` or `sandbox_mode`, or ask for less in the prompt",
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
  max_turns: {
    label: "Turn limit reached",
    lead: "The maximum number of turns is reached",
    hint: "raise `max_turns`, or split the task",
    summary: "the limit of agentic turns was reached",
    meaning: "The agent had not finished after `max_turns` turns; what it said until then stays in `content`.",
    what_clinvk_does: NOT_RETRIED,
    what_you_can_do: ["Raise `max_turns`, or split the task."],
  },
  budget_exceeded: {
    label: "Budget used up",
    lead: "The budget is used up",
    hint: "raise the budget, or split the task",
    summary: "the budget of the task or the run is used up",
    meaning:
      "`max_cost_usd` or `max_total_tokens` is reached. A cost that is unknown (no price, none reported) counts as nothing.",
    what_clinvk_does:
      "When a run's budget is used up, no new task starts; running tasks may finish. When a task's budget is used up, it is not tried again.",
    what_you_can_do: [
      "Raise the budget, or split the run.",
      "Put prices into `backends.NAME.prices` for CLIs that report no cost.",
    ],
  },
  timeout: {
    label: "Timed out",
    lead: "It took too long",
    hint: "try again, or allow more time",
    summary: "the task took longer than it may",
    meaning:
      "`timeout_seconds` of the task, or `deadline_seconds` of the run, has passed; the status is TIMEOUT, the exit code 124.",
    what_clinvk_does:
      "The CLI and everything it started is stopped; what had arrived stays in `content`. It is not tried again unless `retry_on` names `timeout`.",
    what_you_can_do: ["Raise the limit, or split the task."],
  },
  stalled: {
    label: "Stalled",
    lead: "The answer stopped arriving",
    hint: "try again, or allow more time",
    retried: true,
    summary: "the CLI printed nothing for too long",
    meaning:
      "`idle_timeout_seconds` has passed without a byte from the CLI (if not given: 600 s, and 3,600 s while a tool call is under way), or the service stopped in mid-answer.",
    what_clinvk_does: `The CLI and everything it started is stopped; what had arrived is kept. ${RETRIED}`,
    what_you_can_do: [
      "Raise `idle_timeout_seconds` if the task runs long, silent commands; 0 = no limit.",
      "For all tasks: `unified_flags.idle_timeout_secs` and `tool_idle_timeout_secs` of the configuration.",
    ],
  },
  canceled: {
    label: "Canceled",
    message_follows: true,
    lead: "It was canceled",
    summary: "the run ended before the task did",
    meaning:
      "The run was interrupted, another task failed under `fail_fast`, or the deadline came before the task was started; the status is CANCELED, the exit code 130.",
    what_clinvk_does: "Running CLIs are stopped, with everything they started; what had arrived is kept.",
    what_you_can_do: ["Run what is left: `clinvk runs resume ID`."],
  },
  crashed: {
    label: "Crashed",
    message_follows: true,
    lead: "The CLI failed",
    hint: "run the task again with `verbose: true` to see what the CLI prints",
    summary: "the CLI crashed",
    meaning: "The CLI was ended by a signal or exited with an error code, and said nothing that explains it.",
    what_clinvk_does:
      "The task fails: a CLI that crashes once usually crashes again. `retry_on` can name `crashed`. A task for which the system has no process, descriptor or memory left waits until another one has ended; it fails only if none is running.",
    what_you_can_do: [
      "Run the task again with `verbose: true` to see what the CLI prints.",
      "A CLI that is ended by SIGKILL has usually run out of memory: run fewer at once.",
    ],
  },
  output_invalid: {
    label: "Unusable output",
    message_follows: true,
    lead: "There is no usable answer",
    hint: "run it again; if it stays so, look at what the CLI prints with `verbose: true`",
    summary: "the CLI succeeded, but gave no usable answer",
    meaning: "Its output is not in this CLI's format, is cut off, or holds no answer.",
    what_clinvk_does: NOT_RETRIED,
    what_you_can_do: [
      "Run the task again; if it stays so, look at what the CLI prints with `verbose: true`.",
      "`clinvk backends` says whether the CLI's version is one that clinvk was tested with.",
    ],
  },
  output_limit: {
    label: "Output too large",
    lead: "The answer is too large",
    hint: "ask for a shorter answer",
    summary: "the answer grew beyond its limit",
    meaning:
      "The answer is larger than `output_limit_bytes` (64 MiB if not given), or the CLI printed more than four times that and 128 MiB.",
    what_clinvk_does: "The CLI is stopped; what had arrived by then stays in `content`.",
    what_you_can_do: ["Ask for a shorter answer, or raise `output_limit_bytes`."],
  },
  schema_invalid: {
    label: "Does not fit its schema",
    message_follows: true,
    lead: "The answer does not match the schema",
    hint: "simplify the schema, or say in the prompt what the answer must look like",
    summary: "the answer does not fit its `output_schema`",
    retried: "once, to repair it",
    meaning:
      "The answer holds no JSON, or JSON that the task's schema does not accept; the message names the problems.",
    what_clinvk_does:
      "The task gets one more attempt, with its answer and the problems in the prompt. If that fails too, the answer is kept in `content`.",
    what_you_can_do: ["Simplify the schema, or say in the prompt what the answer must look like."],
  },
  check_failed: {
    label: "Check failed",
    message_follows: true,
    lead: "The answer did not pass the check",
    summary: "the answer does not meet what the task `expect`s",
    meaning: "A condition of `expect` does not hold: a pattern, the exit code of its command, or changed files.",
    what_clinvk_does:
      "The task fails and its answer is kept. It is tried again only if `retry_on` names `check_failed`.",
    what_you_can_do: [
      "Read the answer: the message says which condition it was.",
      "Correct the condition or the prompt.",
    ],
  },
  lost: {
    label: "Lost",
    message_follows: true,
    lead: "The result was lost",
    summary: "the result was lost",
    meaning:
      "The disk was full, so that the CLI's output or the task's own files did not fit; the process that ran the task went away before it reported the result; or an answer that its prompt needs is gone.",
    what_clinvk_does: "The task counts as failed, but not as done: `clinvk runs resume ID` runs it again.",
    what_you_can_do: [
      "Make room on the disk that the message names, or set CLINVK_HOME to another disk.",
      "Run it again: `clinvk runs resume ID`.",
    ],
  },
} as const satisfies Record<string, KindInfo>;
