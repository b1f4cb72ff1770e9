// The server's log: JSON lines, or plain ones for a person at a terminal. This file names every logged field:
// no key, prompt or answer is one.
import { type Logger, pino } from "pino";
import { visible } from "../../reporters/text/visible.js";

export interface LogOptions {
  write(text: string): void;
  /** Plain lines for a person. */
  tty: boolean;
}

/** Logs one request when its answer begins. */
export interface RequestLine {
  method: string;
  /** The pattern of the route, such as `/api/v1/runs/:run_id`. */
  route: string;
  /** Without its query; of a refused request the route's pattern. */
  path: string;
  status: number;
  ms: number;
  request_id: string;
  /** Which key: `key-1`, or an address. */
  caller: string;
}

export interface Log {
  request(line: RequestLine): void;
  /** Logs a problem that no request has caused. */
  problem(message: string, of?: { run_id?: string; request_id?: string }): void;
  info(message: string): void;
}

export function createLog({ write, tty }: LogOptions): Log {
  const logger: Logger = pino(
    { base: null, timestamp: pino.stdTimeFunctions.isoTime, formatters: { level: (level) => ({ level }) } },
    { write: tty ? (line: string) => write(plain(line)) : write },
  );
  return {
    request: (line) => logger.info({ ...line }, "request"),
    problem: (message, of = {}) => logger.error({ ...of }, message),
    info: (message) => logger.info(message),
  };
}

/** `20:58:41 GET /api/v1/runs 200 3 ms` */
function plain(line: string): string {
  const { time, msg, method, path, status, ms, run_id } = JSON.parse(line) as Record<
    string,
    string | number | undefined
  >;
  const clock = String(time).slice(11, 19);
  if (method !== undefined) return `${clock} ${method} ${visible(String(path))} ${status} ${ms} ms\n`;
  return `${clock} ${run_id === undefined ? "" : `${run_id}: `}${msg}\n`;
}
