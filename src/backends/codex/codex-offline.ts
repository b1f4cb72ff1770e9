// Sends a codex task to the offline model.
import type { Task } from "../../schema/task.js";
import { tomlString } from "./codex-config.js";
import { RETRIES } from "./codex-retries.js";

/** Names a model for the offline run. A name from codex's own catalogue would choose a wire format that the offline model does not speak. */
function offlineModel(task: Task): string {
  return task.model === undefined || /^(?:gpt|o\d|codex)/i.test(task.model) ? "offline-model" : task.model;
}

/** A provider of our own: plain HTTP, its key from the environment, retries as for a user's provider: a script may let the service throttle. */
export function offlineFlags(task: Task, url: string): string[] {
  const base = tomlString(`${url}/v1`);
  const retries = Object.entries(RETRIES)
    .map(([key, value]) => `${key}=${value}`)
    .join(",");
  const provider = `{name="clinvk offline model",base_url=${base},env_key="CLINVK_OFFLINE_KEY",wire_api="responses",${retries}}`;
  return [
    `--model=${offlineModel(task)}`,
    "-c",
    'model_provider="clinvk_offline"',
    "-c",
    `model_providers.clinvk_offline=${provider}`,
  ];
}
