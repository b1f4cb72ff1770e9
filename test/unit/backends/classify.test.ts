// Every wording that the CLIs are known to stop with, and the kind that it means.
import { describe, expect, test } from "vitest";
import { classify, kindOfStatus, statusIn } from "../../../src/backends/classify.js";
import { parseReset } from "../../../src/backends/reset-time.js";
import type { FailureKind } from "../../../src/schema/failure.js";

type Row = [text: string, kind: FailureKind | undefined, status?: number];
type Rows = readonly Row[];

const CONTEXT = { now: new Date("2026-05-01T00:00:00Z"), time_zone: "UTC" };

function check(rows: Rows): void {
  test.each([...rows])("%s → %s", (text, kind, status) => {
    expect(classify(text, status, parseReset(text, CONTEXT)?.retry_after_seconds)).toBe(kind);
  });
}

const claude: Rows = [
  ["You've hit your session limit · resets 3:50pm (Asia/Tokyo)", "quota_exhausted", 429],
  ["You’ve hit your weekly limit · resets 4am (Europe/Madrid)", "quota_exhausted", 429],
  ["You've hit your Opus limit · resets 4am (Europe/Madrid)", "quota_exhausted"],
  ["You've hit your limit · resets 8pm (Europe/Berlin)", "quota_exhausted"],
  ["You've reached your Fable limit. · progress saved", "quota_exhausted"],
  ["Weekly limit reached · resets 10am (Asia/Seoul) · /upgrade to Max or turn on /extra-usage", "quota_exhausted"],
  ["Opus weekly limit reached ∙ resets Oct 31, 9am", "quota_exhausted"],
  ["Session limit reached ∙ resets 9:30pm", "quota_exhausted"],
  ["5-hour limit reached ∙ resets 3pm", "quota_exhausted"],
  ["Claude AI usage limit reached|1762952400", "quota_exhausted"],
  ["Claude usage limit reached. Your limit will reset at 3pm (America/Bogota).", "quota_exhausted"],
  ["You're out of extra usage · resets 9am (America/Cordoba)", "quota_exhausted"],
  ["You've hit your org's monthly usage limit", "quota_exhausted"],
  ["You've hit your monthly spend limit · raise it at claude.ai/settings/usage", "billing"],
  ["You've hit your org's monthly spend limit · run /usage-credits to ask your admin for a higher limit", "billing"],
  ["You've hit your team's shared budget", "billing"],
  ["You've hit your individual usage limit", "billing"],
  ["spend limit reached (daily; resets 2026-08-09 00:00 UTC)", "budget_exceeded", 429],
  ["spend limit unavailable", "rate_limited", 429],
  ["API Error: Usage credits required for 1M context · run /usage-credits to turn them on", "billing", 429],
  ["Fable 5 now uses usage credits · the prompt to confirm went unanswered — nothing was sent", "billing"],
  ["Credit balance is too low", "billing", 400],
  ["API Error: Server is temporarily limiting requests (not your usage limit) · Rate limited", "rate_limited"],
  ["API Error: Request rejected (429) · this may be a temporary capacity issue.", "rate_limited"],
  ["API Error: Rate limit reached", "rate_limited"],
  [
    'API Error (429 {"error":{"type":"rate_limit_error","message":"This request would exceed your account\'s rate limit. Please try again later."}}) · Retrying in 2892 seconds… (attempt 1/10)',
    "quota_exhausted",
  ],
  ["API Error: Repeated 529 Overloaded errors. The API is at capacity — this is usually temporary.", "overloaded"],
  ['API Error: 529 {"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}', "overloaded"],
  ["Opus is experiencing high load, please use /model to switch to Sonnet", "overloaded"],
  ["API Error: 500 Internal server error. This is a server-side issue, usually temporary", "overloaded"],
  ["API Error: Server error mid-response. The response above may be incomplete.", "overloaded"],
  ["Request timed out", "network"],
  ["API Error: Connection lost mid-response · try again", "network"],
  ["API Error: Connection closed mid-response", "network"],
  ["The response stopped arriving", "stalled"],
  ["Response stalled mid-stream", "stalled"],
  ["Unable to connect to API. Check your internet connection", "network"],
  ["Connection refused — is a proxy needed? (ConnectionRefused)", "network"],
  ["Can't reach the API server — check your internet or DNS (ENOTFOUND)", "network"],
  ["No internet route — (EHOSTUNREACH)", "network"],
  ["Couldn't connect through your proxy (ERR_PROXY_TUNNEL)", "network"],
  ["Connection dropped (ECONNRESET)", "network"],
  ["API Error: Connection to the API was lost (ECONNRESET). This is usually temporary — try again.", "network"],
  ["fetch failed", "network"],
  ["Unable to connect to API: SSL certificate verification failed.", "network"],
  ["Self-signed certificate detected", "network"],
  ["SSL certificate error (UNABLE_TO_GET_ISSUER_CERT_LOCALLY).", "network"],
  ["API returned an empty or malformed response (HTTP 200) — check for a proxy or gateway", "network"],
  ["Not logged in · Please run /login", "not_authenticated"],
  ["Login expired · Please run /login", "not_authenticated"],
  ["Failed to authenticate: OAuth session expired and could not be refreshed", "not_authenticated"],
  ["OAuth token revoked · Please run /login", "not_authenticated"],
  ["OAuth token has expired · run /login", "not_authenticated"],
  ["Please run /login · API Error: 401 Invalid authentication credentials", "not_authenticated"],
  ["Failed to authenticate. API Error: 401 mock", "not_authenticated", 401],
  ["Invalid API key · Fix external API key", "not_authenticated"],
  ["Your apiKeyHelper script is failing · exit 1", "not_authenticated"],
  ["Could not resolve authentication method. Expected either apiKey or authToken", "not_authenticated"],
  ["Your ANTHROPIC_API_KEY belongs to a disabled organization · unset it", "not_authenticated"],
  ["This organization has been disabled.", "not_authenticated"],
  ["Your organization has disabled Claude subscription access for Claude Code · use a key", "not_authenticated"],
  ["Your account is on hold and can't use Claude Code.", "not_authenticated"],
  ["AWS credentials expired or invalid · refresh them", "not_authenticated"],
  ["Could not load the default credentials", "not_authenticated"],
  ["Could not refresh your login because another Claude Code process is refreshing it", "not_authenticated"],
  [
    "There's an issue with the selected model (claude-x). It may not exist or you may not have access to it.",
    "model_not_found",
  ],
  ["Claude Opus is not available with the Claude Pro plan. Select another model.", "model_not_found"],
  ["Prompt is too long", "context_too_long", 400],
  ["Context limit reached · /compact or /clear to continue", "context_too_long"],
  ["Prompt is too long · automatic compaction failed: reason", "context_too_long"],
  ["Context exceeds the 200k-token limit by 94k tokens — remove files", "context_too_long"],
  ["Error during compaction: Conversation too long. Press esc twice", "context_too_long"],
  ["Request too large (max 32MB). Double press esc to go back", "context_too_long"],
  [
    "API Error: Claude's response exceeded the 32000 output token maximum. To configure this behavior, set the CLAUDE_CODE_MAX_OUTPUT_TOKENS environment variable.",
    "max_tokens",
  ],
  ["API Error: Claude Code is unable to respond to this request, which appears to violate our Usage Policy", "refused"],
  ["API Error: Opus 4.6 can't help with this. Start a new session to continue.", "refused"],
  ["Opus 4.6's safeguards flagged this message. Learn more:", "refused"],
  ["API Error: 400 due to tool use concurrency issues.", "bad_request", 400],
  ["API Error: 400 messages.3: unexpected tool_use_id found in tool_result", "bad_request", 400],
  ["API Error: 400 max_tokens must be greater than thinking.budget_tokens", "bad_request", 400],
  ["API Error: 400 context_management: Extra inputs are not permitted", "bad_request", 400],
  ["Error: Input must be provided either through stdin or as a prompt argument when using --print", "bad_request"],
  ["Error: --json-schema is not a valid JSON Schema: data/type must be equal", "bad_request"],
  ["No conversation found with session ID: 1111", "bad_request"],
  ["Reached maximum number of turns (40)", "max_turns"],
  ["Budget limit reached", "budget_exceeded"],
  ["--dangerously-skip-permissions cannot be used with root/sudo privileges for security reasons", "permission_denied"],
  [
    "Error: MCP tool mcp__x (passed via --permission-prompt-tool) not found. Available MCP tools: none",
    "permission_denied",
  ],
  ["Claude requested permissions to edit /x/.bashrc which is a sensitive file.", "permission_denied"],
  ["It looks like your version of Claude Code (1.0.51) needs an update.", "update_required"],
  ["A newer version (1.0.88 or higher) is required to continue.", "update_required"],
  ["Approaching usage limit · resets 2am", undefined],
];

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

const gemini: Rows = [
  [
    "TerminalQuotaError: You have exhausted your capacity on this model. Your quota will reset after 1h49m8s.",
    "quota_exhausted",
  ],
  [
    "Attempt 1 failed: You have exhausted your capacity on this model. Your quota will reset after 5s.. Retrying after 6173ms...",
    undefined,
  ],
  ["You have exhausted your daily quota on this model.", "quota_exhausted"],
  ["Something is short. Suggested retry after 60s.", "rate_limited"],
  ["Something is short. Suggested retry after 4000s.", "quota_exhausted"],
  ["Please retry in 44.097740004s.", "rate_limited"],
  ["Quota exceeded for metric: x, limit: 0, model: y Please retry in 59s", "quota_exhausted"],
  ["You exceeded your current quota, please check your plan and billing details.", "rate_limited", 429],
  [
    "You exceeded your current quota, please check your plan and billing details. quotaId: GenerateRequestsPerDayPerProject",
    "quota_exhausted",
  ],
  ["Resource has been exhausted (e.g. check quota).", "rate_limited"],
  ["Resource has been exhausted (e.g. check quota). reason: INSUFFICIENT_G1_CREDITS_BALANCE", "billing"],
  ["⚡ You have reached your daily gemini-2.5-pro quota limit.", "quota_exhausted"],
  ["Usage limit reached for all Pro models. Access resets at 11:00 AM GMT+2.", "quota_exhausted"],
  ["TerminalQuotaError: No capacity available for model gemini-2.5-flash on the server", "overloaded", 429],
  ["We are currently experiencing high demand for x. We apologize and appreciate your patience.", "overloaded"],
  ["The model is overloaded. Please try again later.", "overloaded", 503],
  [
    "Please set an Auth method in your ~/.gemini/settings.json or specify one of the following environment variables",
    "not_authenticated",
  ],
  ["The enforced authentication type is 'x', but the current type is 'y'.", "not_authenticated"],
  ["Manual authorization is required but the current session is non-interactive.", "not_authenticated"],
  ["Authentication consent could not be obtained.", "not_authenticated"],
  ["Authentication timed out after 5 minutes.", "not_authenticated"],
  ["API key not valid. Please pass a valid API key.", "not_authenticated", 400],
  ["invalid_grant", "not_authenticated"],
  ["ValidationRequiredError: verify your account", "not_authenticated", 403],
  ["AccountSuspendedError: TOS_VIOLATION", "not_authenticated"],
  [
    "You must be a named user on your organization's Gemini Code Assist Standard edition subscription",
    "not_authenticated",
  ],
  ["This account requires setting the GOOGLE_CLOUD_PROJECT or GOOGLE_CLOUD_PROJECT_ID env var", "not_authenticated"],
  ["Your current account is not eligible for Gemini Code Assist for individuals, because", "not_authenticated"],
  [
    "Error authenticating: IneligibleTierError: This client is no longer supported for Gemini Code Assist for individuals.",
    "update_required",
  ],
  ["ModelNotFoundError: model: xyz not found", "model_not_found"],
  ['Model "gemini-9.5-x" was not found or is invalid.', "model_not_found"],
  ["It seems like you don't have access to gemini-x.", "model_not_found"],
  ["The input token count (2551556) exceeds the maximum number of tokens allowed (1048576).", "context_too_long", 400],
  ["Model response was truncated because it exceeded the token limit. Try using /compress", "max_tokens"],
  ["The model response was blocked due to safety settings.", "refused"],
  ["The model response was blocked due to recitation/copyright filters.", "refused"],
  ["The model response was blocked due to other policy settings.", "refused"],
  [
    "The model returned an empty response with no text or thoughts. This may be a transient API issue;",
    "output_invalid",
  ],
  ["The model returned reasoning thoughts but no final response text.", "output_invalid"],
  [
    "Reached max session turns for this session. Increase the number of turns by specifying maxSessionTurns in settings.json.",
    "max_turns",
  ],
  ["Gemini CLI is not running in a trusted directory. To proceed, either use `--skip-trust`", "permission_denied"],
  ["Tool execution denied by policy.", "permission_denied"],
  [
    'Tool execution for "X" requires user confirmation, which is not supported in non-interactive mode.',
    "permission_denied",
  ],
  ["request to https://x failed, reason: getaddrinfo EAI_AGAIN x", "network"],
  ["connect ECONNREFUSED 127.0.0.1:9", "network"],
  ["unable to get local issuer certificate", "network"],
  ["Incomplete JSON segment at the end", "network"],
  ["TypeError: terminated", "network"],
  ["Loop detected, stopping execution", "stalled"],
  ["Quantum flux in the hypervisor", undefined],
];

describe("Claude Code's wordings", () => check(claude));
describe("Codex's wordings", () => check(codex));
describe("Gemini CLI's wordings", () => check(gemini));

describe("HTTP status", () => {
  test.each([
    ["unexpected status 401 Unauthorized: x", 401],
    ["exceeded retry limit, last status: 429 Too Many Requests", 429],
    ["API Error: 529 {}", 529],
    ["API Error: Repeated 529 Overloaded errors.", 529],
    ["API Error: Request rejected (429) · x", 429],
    ['[API Error: {"error":{"code":503,"message":"x"}}]', 503],
    ["it cost 404 dollars", undefined],
  ])("%s → %s", (text, status) => expect(statusIn(text)).toBe(status));

  test("every status has a kind, and no success has one", () => {
    for (let status = 400; status < 600; status++) expect(kindOfStatus(status)).toBeDefined();
    expect(kindOfStatus(200)).toBeUndefined();
    expect(kindOfStatus(undefined)).toBeUndefined();
  });
});
