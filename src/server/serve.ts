// Builds the whole server from its parts, and runs it on a port until it is told to stop.
import type { Interruption } from "../engine/run-options.js";
import { createApp } from "./app.js";
import { connectionLimit, openFilesLimit } from "./http/connection-limit.js";
import { listen } from "./http/listen.js";
import type { Keys } from "./keys.js";
import { allRoutes } from "./routes/all.js";
import { makeServices, type Services, type ServicesOptions } from "./services.js";

/** How long answers may take to reach their readers after the last run has ended. */
const LAST_WORDS_MILLISECONDS = 2_000;

export interface ServeOptions extends ServicesOptions {
  keys: Keys;
}

export interface Serving {
  url: string;
  /**
   * Takes nothing new, lets the runs end within the configured time, and then ends them. Resolves at the end
   * with whether every run ended by itself.
   */
  stop(reason: Interruption): Promise<boolean>;
  /** Kills at once the processes that are still stopping. */
  kill(): void;
}

/** Counts the connections that are refused because there are too many, and logs the first. */
export function dropTeller({ metrics, log }: Pick<Services, "metrics" | "log">, connections: number): () => void {
  let told = false;
  return () => {
    metrics.onConnectionDropped();
    if (told) return;
    told = true;
    const remedy = "a higher limit of open files (ulimit -n) allows more, up to 4096";
    log.problem(
      `connections are refused: all ${connections} are taken; ${remedy}; clinvk_dropped_connections_total in /metrics counts them`,
    );
  };
}

/** Rejects as `listen` does. */
export async function serve(options: ServeOptions): Promise<Serving> {
  const services = makeServices(options);
  const { settings, keys, log } = options;
  const { manager } = services;
  const app = createApp({ routes: allRoutes(services), settings, keys, log });
  const connections = connectionLimit(openFilesLimit(), settings);
  const fetch = (request: Request, env: unknown) => app.fetch(request, env as object);
  const onDropped = dropTeller(services, connections);
  const listening = await listen({ fetch, ...settings, limits: { connections }, onDropped });
  return {
    url: listening.url,
    async stop(reason) {
      const ended = manager.drain();
      listening.stopAccepting();
      let clean = true;
      const grace = setTimeout(() => {
        clean = false;
        manager.cancelAll(reason);
      }, settings.shutdown_grace_secs * 1000);
      await ended;
      clearTimeout(grace);
      await listening.close(LAST_WORDS_MILLISECONDS);
      return clean;
    },
    kill() {
      manager.cancelAll("SIGTERM");
      manager.kill();
    },
  };
}
