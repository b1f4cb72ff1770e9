// The words with which Gemini CLI says why it stops. Sources: its source and issue tracker, versions 0.1 to 0.61, and
// recordings of 0.61.0.
import type { FailureWords } from "../failure/classify.js";
import { ERROR_NAME } from "../failure/plain-message.js";

export const geminiWords: FailureWords = {
  rules: [
    // Refusals of a command line, before any model is asked.
    ["bad_request", /not enough arguments|error (?:resuming|starting) session/],
    // Limits.
    ["billing", /insufficient_g1_credits_balance/],
    ["overloaded", /no capacity available|model_capacity_exhausted/],
    ["quota_exhausted", /reached your daily .* limit|access resets at|exhausted your (?:daily quota|capacity)/],
    ["quota_exhausted", /your quota will reset|limit: 0\b|per ?day/],
    ["rate_limited", /exceeded your current quota|resource has been exhausted|resource_exhausted/],
    ["overloaded", /\boverloaded\b|\bunavailable\b/],
    ["rate_limited", /suggested retry after|please retry in/],
    // Access.
    ["update_required", /ineligibletiererror|unsupported_client|client is no longer supported/],
    ["not_authenticated", /invalid_grant|api key not valid|api_key_invalid|specify the gemini_api_key/],
    ["not_authenticated", /(?:invalid|set an) auth method|enforced authentication|manual authorization/],
    ["not_authenticated", /authentication (?:consent|timed out)|validation_?required|tos_violation|account ?suspended/],
    ["not_authenticated", /named user on your organization|requires setting the google_cloud_project/],
    ["not_authenticated", /not eligible for gemini/],
    ["model_not_found", /modelnotfounderror/],
    // The conversation itself.
    ["context_too_long", /input token count/],
    ["max_tokens", /exceeded the token limit/],
    ["refused", /blocked due to|safety settings|recitation|prohibited_content/],
    ["permission_denied", /denied by policy|requires user confirmation|sandbox image/],
    ["stalled", /loop detected/],
    ["network", /incomplete json segment|(?:^|typeerror: )terminated$|response body is empty/],
    ["output_invalid", /empty response|no final response text|without a finish reason|invalid stream/],
  ],
  not_a_stop: [/^attempt \d+ failed/],
  noise: [
    /^(?:\[startup\]|ripgrep is not available|yolo mode|attempt \d+ failed|error executing tool|loaded cached credentials)/i,
    /^warning: (?:true color|basic terminal|256-color)/i,
    /^(?:cause|status|retryDelayMs|reason): /i,
  ],
  wrappers: [
    [/(?:Error when talking to Gemini API|Error [^.]{0,60}\.)? ?Full report available at: \S+ ?/, ""],
    ERROR_NAME,
    [/\[API Error: (.*?)\](?=$| [A-Z💡])/u, "$1"],
    [/^An unexpected critical error occurred: ?(?:Error: )?/, ""],
    [/^exception (?:\w*Error: )?(?=\S)/, ""],
    [/ ?Please wait and try again later\. To increase your limits.* \/auth method/, ""],
    // The message names the settings in the throw-away home.
    [/\S+\/\.gemini\/settings\.json/, "~/.gemini/settings.json"],
  ],
};
