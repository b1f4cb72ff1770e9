// Keeps the open connections of the server. While nearly all places are taken, it cuts those that wait without a request:
// silent connections would otherwise lock all callers out until their time for a request is over.
import type { Socket } from "node:net";

/** From this part of all places on, there is no room for silent connections. */
const NEARLY_FULL = 3 / 4;

export interface TableLimits {
  /** The number of places. */
  connections: number;
  silent_ms: number;
}

export class ConnectionTable {
  readonly #limits: TableLimits;
  /** How many answers each connection waits for: pipelined requests make it several. */
  readonly #answering = new Map<Socket, number>();
  /** Since when connections have waited without a request, in milliseconds; the oldest first. */
  readonly #silent = new Map<Socket, number>();

  constructor(limits: TableLimits) {
    this.#limits = limits;
  }

  add(socket: Socket): void {
    this.#answering.set(socket, 0);
    this.#silent.set(socket, performance.now());
    socket.once("close", () => {
      this.#answering.delete(socket);
      this.#silent.delete(socket);
    });
    this.makeRoom();
  }

  /** The head of a request has arrived. */
  asks(socket: Socket): void {
    this.#answering.set(socket, (this.#answering.get(socket) ?? 0) + 1);
    this.#silent.delete(socket);
  }

  /** An answer is over, complete or not. */
  answered(socket: Socket): void {
    const before = this.#answering.get(socket);
    // The connection may have closed first.
    if (before === undefined) return;
    this.#answering.set(socket, before - 1);
    if (before === 1) this.#silent.set(socket, performance.now());
  }

  isAnswering(socket: Socket): boolean {
    return (this.#answering.get(socket) ?? 0) > 0;
  }

  /** Cuts silent connections if there are nearly too many connections. */
  makeRoom(): void {
    const { connections, silent_ms } = this.#limits;
    const now = performance.now();
    let taken = this.#answering.size;
    for (const [socket, since] of this.#silent) {
      if (taken < connections * NEARLY_FULL || now - since < silent_ms) return;
      socket.destroy();
      taken -= 1;
    }
  }
}
