// Writes one HTTP response: server-sent events with back-pressure, delays, silence, and cuts at an exact place.
import type { ServerResponse } from "node:http";
import type { Answer, Ending } from "./reply.js";

export class ReplyStream {
  readonly #response: ServerResponse;
  /** Numbers the ids of this response. */
  readonly sequence: number;

  constructor(response: ServerResponse, sequence: number) {
    this.#response = response;
    this.sequence = sequence;
  }

  /** Whether the client has disconnected or the server is closing: then nothing more needs to be written. */
  get gone(): boolean {
    return this.#response.closed || this.#response.destroyed;
  }

  startEvents(): void {
    this.#response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-cache" });
    this.#response.flushHeaders();
  }

  /** Sends one event; resolves when there is room for the next one. */
  async event(data: unknown, name?: string): Promise<void> {
    await this.raw(`${name ? `event: ${name}\n` : ""}data: ${JSON.stringify(data)}\n\n`);
  }

  async raw(text: string): Promise<void> {
    if (this.gone || this.#response.write(text)) return;
    await this.#next("drain");
  }

  /** Sends one JSON document as the whole response. */
  json(body: unknown, status = 200, headers: Readonly<Record<string, string>> = {}): void {
    if (this.gone) return;
    this.#response.writeHead(status, { "content-type": "application/json", ...headers });
    this.#response.end(JSON.stringify(body));
  }

  end(): void {
    if (!this.gone) this.#response.end();
  }

  /** Waits, but only while the client is connected. */
  async sleep(ms: number): Promise<void> {
    if (ms <= 0 || this.gone) return;
    await this.#next(undefined, ms);
  }

  /** Stays silent until the client disconnects. */
  async hang(): Promise<void> {
    if (!this.gone) await this.#next();
  }

  /** Drops the connection after all data written so far has been sent. */
  async cut(): Promise<void> {
    if (this.gone) return;
    await new Promise<void>((resolve) => {
      this.#response.once("close", resolve);
      this.#response.write("", () => resolve());
    });
    this.#response.socket?.destroy();
  }

  /** The answer's pieces of text with their delays, up to the place where its ending interrupts. */
  async *pieces(answer: Answer): AsyncGenerator<string> {
    const limit = "after" in answer.ending ? answer.ending.after : Number.POSITIVE_INFINITY;
    let sent = 0;
    for (const piece of answer.pieces()) {
      if (sent >= limit || this.gone) return;
      await this.sleep(answer.chunk_delay_ms);
      yield piece;
      sent += 1;
    }
  }

  /** Carries out an ending that leaves the response unfinished; `false` = this ending does not. */
  async interrupt(ending: Ending): Promise<boolean> {
    if (ending.kind === "cut") await this.cut();
    else if (ending.kind === "hang") await this.hang();
    else return false;
    return true;
  }

  /** Sends the whole answer as one JSON document, or the part that its ending leaves. */
  async document(answer: Answer, body: (text: string) => unknown): Promise<void> {
    if (answer.ending.kind === "cut" || answer.ending.kind === "hang") {
      this.#response.writeHead(200, { "content-type": "application/json" });
      await this.raw("{");
      await this.interrupt(answer.ending);
      return;
    }
    let text = "";
    for await (const piece of this.pieces(answer)) text += piece;
    this.json(body(text));
  }

  /** Sends a response with status 200 that is not JSON, as events or as a document. */
  async malformed(events: boolean): Promise<void> {
    if (events) this.startEvents();
    else this.#response.writeHead(200, { "content-type": "application/json" });
    await this.raw("event: message_start\ndata: {this is not JSON\n\ndata: <<<\n\n");
    this.end();
  }

  #next(event?: "drain", ms?: number): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        if (event) this.#response.off(event, done);
        this.#response.off("close", done);
        clearTimeout(timer);
        resolve();
      };
      const timer = ms === undefined ? undefined : setTimeout(done, ms);
      if (event) this.#response.once(event, done);
      this.#response.once("close", done);
    });
  }
}
