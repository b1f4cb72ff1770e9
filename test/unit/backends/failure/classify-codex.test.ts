// Every wording that Codex is known to stop with, and the kind that it means.
import { describe } from "vitest";
import { codexWords } from "../../../../src/backends/codex/codex-words.js";
import { check, type Rows } from "./wordings.js";

const codex: Rows = [
  [
    "You've hit your usage limit. Upgrade to Pro (https://openai.com/chatgpt/pricing), or wait for limits to reset (every 5h and every week.).",
    "quota_exhausted",
  ],
  [
    "You've hit your usage limit. Upgrade to Pro (https://x) or try again in 5 days 22 hours 11 minutes.",
    "quota_exhausted",
  ],
  [
    "You've hit your usage limit. To get more access now, send a request to your admin or try again at 8:21 PM.",
    "quota_exhausted",
  ],
  ["You’ve hit your usage limit. Try again later.", "quota_exhausted"],
  ["You've hit your usage limit for gpt-5. Switch to another model now, or try again at 8:21 PM.", "quota_exhausted"],
  ["Your workspace is out of credits. Add credits to continue.", "billing"],
  ["You hit your spend cap set in your workspace. Increase your spend cap to continue.", "billing"],
  ["Quota exceeded. Check your plan and billing details.", "billing"],
  ["To use Codex with your ChatGPT plan, upgrade to Plus: https://chatgpt.com/explore/plus.", "billing"],
  ["exceeded retry limit, last status: 429 Too Many Requests, request id: abc", "rate_limited"],
  [
    "stream disconnected before completion: Rate limit reached for gpt-5 in organization org-1 on tokens per min (TPM): Limit 1, Used 1, Requested 1. Please try again in 14.036s. Visit https://x",
    "rate_limited",
  ],
  ["rate limit exceeded: sse rate_limit_exceeded", "rate_limited"],
  ["Selected model is at capacity. Please try a different model.", "overloaded"],
  ["We’re currently experiencing high demand, which may cause temporary errors.", "overloaded"],
  ["Reconnecting... 3/5", undefined],
  ["stream disconnected before completion: stream closed before response.completed", "network"],
  [
    "stream disconnected before completion: error sending request for url (https://chatgpt.com/backend-api/codex/responses)",
    "network",
  ],
  [
    "stream disconnected before completion: An error occurred while processing your request. You can retry your request",
    "overloaded",
  ],
  ["Connection failed: error sending request", "network"],
  ["Error while reading the server response: connection reset, request id: x", "network"],
  ["request timed out", "network"],
  ["timeout waiting for child process to exit", "network"],
  [
    "Access blocked by Cloudflare. This usually happens when connecting from a restricted region (status 403 Forbidden), url: https://x, cf-ray: y",
    "network",
  ],
  [
    "unexpected status 401 Unauthorized: Missing bearer or basic authentication in header, url: https://x, cf-ray: y",
    "not_authenticated",
  ],
  [
    "Your access token could not be refreshed because your refresh token was already used. Please log out and sign in again.",
    "not_authenticated",
  ],
  [
    "Failed to refresh token: 401 Unauthorized: Your refresh token has already been used to generate a new access token.",
    "not_authenticated",
  ],
  ["Missing environment variable: `OPENAI_API_KEY`.", "not_authenticated"],
  ["Not logged in", "not_authenticated"],
  [
    '{"type":"error","status":400,"error":{"type":"invalid_request_error","message":"The \'gpt-5.3-codex\' model is not supported when using Codex with a ChatGPT account."}}',
    "model_not_found",
  ],
  [
    'unexpected status 400 Bad Request: {"detail":"The \'gpt-5\' model is not supported when using Codex"}',
    "model_not_found",
  ],
  ["unexpected status 404 Not Found: model: xyz not found", "model_not_found"],
  [
    "The 'gpt-9' model requires a newer version of Codex. Please upgrade to the latest app or CLI and try again.",
    "update_required",
  ],
  [
    "Codex ran out of room in the model's context window. Start a new thread or clear earlier history before retrying.",
    "context_too_long",
  ],
  [
    "This content was flagged for possible cybersecurity risk. If this seems wrong, try rephrasing your request.",
    "refused",
  ],
  ["This content can't be shown", "refused"],
  ["Your account was flagged for potentially high-risk cyber activity. Requests may be slower", undefined],
  ["shared rollout token budget exhausted", "budget_exceeded"],
  ["Not inside a trusted directory and --skip-git-repo-check was not specified.", "permission_denied"],
  ["sandbox error: command timed out", "permission_denied"],
  ["sandbox denied exec error, exit code: 1, stdout: , stderr: ", "permission_denied"],
  ["codex-linux-sandbox was required but not provided", "permission_denied"],
  ["Landlock was not able to fully enforce all sandbox rules", "permission_denied"],
  ["Incomplete response returned, reason: max_output_tokens", "max_tokens"],
  ["Image poisoning", "bad_request"],
  ["duplicate tool: x", "bad_request"],
  ["unsupported operation: x", "bad_request"],
  ["no thread with id: x", "bad_request"],
  ["agent thread limit reached", "bad_request"],
  ["turn aborted. Something went wrong? Hit `/feedback` to report the issue.", "crashed"],
  ["internal error; agent loop died unexpectedly", "crashed"],
  ["Fatal error: x", "crashed"],
  ["turn failed", "crashed"],
  ["required MCP servers failed to initialize: x: y", "crashed"],
  ["Input exceeds the maximum length of 1048576 characters", "context_too_long"],
];

describe("Codex's wordings", () => check(codexWords, codex));
