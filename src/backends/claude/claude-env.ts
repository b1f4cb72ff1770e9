// Which variables Claude Code needs: its vendor's, and those of a cloud if they choose one (2.1.197).
import type { Backend } from "../shared/backend.js";

/** Switches and limits of the CLI whose names do not tell whose they are. */
const OWN = ["ANTHROPIC_*", "CLAUDE_*", "DISABLE_*", "API_TIMEOUT_MS", "MAX_THINKING_TOKENS"];

/** The variable that chooses a cloud, and what the cloud's login needs then. */
const CLOUDS: Readonly<Record<string, readonly string[]>> = {
  CLAUDE_CODE_USE_BEDROCK: ["AWS_*"],
  CLAUDE_CODE_USE_VERTEX:
    "GOOGLE_APPLICATION_CREDENTIALS GOOGLE_CLOUD_* GCLOUD_PROJECT CLOUDSDK_CONFIG CLOUD_ML_REGION VERTEX_*".split(" "),
  CLAUDE_CODE_USE_FOUNDRY:
    "AZURE_CLIENT_* AZURE_TENANT_ID AZURE_FEDERATED_TOKEN_FILE AZURE_AUTHORITY_HOST AZURE_CONFIG_DIR IDENTITY_*".split(
      " ",
    ),
};

/** See `Backend.env_names`. */
export const claudeEnvNames: Backend["env_names"] = (_task, { env }) => {
  const chosen = Object.entries(CLOUDS).flatMap(([name, needs]) => (isOn(env[name]) ? needs : []));
  return [...OWN, ...chosen];
};

function isOn(value: string | undefined): boolean {
  return value !== undefined && /^(?:1|true|yes|on)$/i.test(value.trim());
}
