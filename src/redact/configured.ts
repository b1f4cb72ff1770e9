// The redactor of a configuration: the secrets of our environment and of the environments of all backends, and the
// configured patterns.
import { type Redactor, redactor } from "./redact.js";

type Environment = Readonly<Record<string, string | undefined>>;

/** What of a configuration has secrets, or says what is one. */
export interface SecretSettings {
  backends?: Readonly<Record<string, { env?: Record<string, string> | undefined } | undefined>> | undefined;
  redact?: { patterns?: readonly string[] | undefined } | undefined;
}

export function configuredRedactor({ backends = {}, redact }: SecretSettings, env: Environment): Redactor {
  const configured = Object.values(backends).map((backend) => backend?.env ?? {});
  return redactor({ env: [env, ...configured], patterns: redact?.patterns ?? [] });
}
