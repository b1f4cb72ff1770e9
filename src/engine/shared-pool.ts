// Shares slots between several runs. The waiting run with the fewest slots gets the next free one, so that a run of a
// thousand tasks does not starve a run of two. Starts nothing itself.

/** One run's access to a pool. */
export interface Slots {
  /** Takes a slot; `false` = none is free, and the pool calls the run as soon as it may take one. */
  take(): boolean;
  /** Gives one slot back. */
  give(): void;
  /** Call when the run has ended: gives back all its slots and stops waiting for more. */
  leave(): void;
}

interface Member {
  held: number;
  wake(): void;
}

export class Pool {
  readonly size: number;
  /** In the order in which they began to wait. */
  readonly #waiting = new Set<Member>();
  #taken = 0;
  #offering = false;

  /** `size`: how many slots there are, at least 1. */
  constructor(size: number) {
    this.size = size;
  }

  /** How many slots are in use. */
  get taken(): number {
    return this.#taken;
  }

  /** Calls `wake` whenever a run that was refused may take a slot. */
  join(wake: () => void): Slots {
    const member: Member = { held: 0, wake };
    const give = (count: number) => {
      member.held -= count;
      this.#taken -= count;
      this.#offerSoon();
    };
    return {
      take: () => this.#take(member),
      give: () => give(1),
      leave: () => {
        this.#waiting.delete(member);
        give(member.held);
      },
    };
  }

  #take(member: Member): boolean {
    const poorer = [...this.#waiting].some((other) => other !== member && other.held < member.held);
    if (this.#taken >= this.size || poorer) {
      this.#waiting.add(member);
      return false;
    }
    this.#waiting.delete(member);
    member.held += 1;
    this.#taken += 1;
    return true;
  }

  /** Waits a moment: the run that gave a slot back may want it again, and competes like the others. */
  #offerSoon(): void {
    if (this.#offering || this.#waiting.size === 0) return;
    this.#offering = true;
    queueMicrotask(() => {
      this.#offering = false;
      this.#offer();
    });
  }

  #offer(): void {
    while (this.#taken < this.size && this.#waiting.size > 0) {
      const next = [...this.#waiting].reduce((poorest, other) => (other.held < poorest.held ? other : poorest));
      this.#waiting.delete(next);
      next.wake();
    }
  }
}
