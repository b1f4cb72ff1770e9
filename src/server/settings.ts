// The settings of the configuration's `server`, with every default filled in.
import type { LoadedConfig } from "../config/load.js";

export interface ServerSettings {
  host: string;
  port: number;
  allowed_hosts: readonly string[];
  cors_origins: readonly string[];
  max_body_bytes: number;
  rate_limit_per_minute: number;
  max_tasks: number;
  max_parallel: number;
  max_runs: number;
  max_queue: number;
  /** 0 = no limit. */
  request_timeout_secs: number;
  shutdown_grace_secs: number;
}

/** The flags win over the configuration. */
export function serverSettings(
  { config: { server = {} } }: LoadedConfig,
  flags: { host?: string; port?: number },
): ServerSettings {
  const host = flags.host ?? server.host ?? "127.0.0.1";
  return {
    host,
    port: flags.port ?? server.port ?? 8080,
    // A wildcard address is not a name that a request could use.
    allowed_hosts: [host, ...(server.allowed_hosts ?? [])],
    cors_origins: server.cors_origins ?? [],
    max_body_bytes: server.max_body_bytes ?? 10 * 1024 * 1024,
    rate_limit_per_minute: server.rate_limit_per_minute ?? 1200,
    max_tasks: server.max_tasks ?? 1000,
    max_parallel: server.max_parallel ?? 8,
    max_runs: server.max_runs ?? 64,
    max_queue: server.max_queue ?? 1000,
    request_timeout_secs: server.request_timeout_secs ?? 3600,
    shutdown_grace_secs: server.shutdown_grace_secs ?? 30,
  };
}
