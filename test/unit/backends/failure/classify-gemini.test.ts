// Every wording that Gemini CLI is known to stop with, and the kind that it means.
import { describe } from "vitest";
import { geminiWords } from "../../../../src/backends/gemini/gemini-words.js";
import { check, type Rows } from "./wordings.js";

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
  ["Response body is empty", "network"],
  ["Loop detected, stopping execution", "stalled"],
  ["Quantum flux in the hypervisor", undefined],
];

describe("Gemini CLI's wordings", () => check(geminiWords, gemini));
