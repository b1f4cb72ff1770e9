import fc from "fast-check";
import { expect, it } from "vitest";
import { Pool } from "../../../src/engine/shared-pool.js";

/** A run that wants `left` slots, takes what it gets, and gives one back when told. */
function member(pool: Pool, left: number) {
  const state = { left, held: 0, done: 0 };
  const refill = () => {
    while (state.left > 0 && slots.take()) {
      state.left -= 1;
      state.held += 1;
    }
  };
  const slots = pool.join(refill);
  return {
    state,
    refill,
    finishOne() {
      if (state.held === 0) return;
      state.held -= 1;
      state.done += 1;
      slots.give();
      refill();
      if (state.left === 0 && state.held === 0) slots.leave();
    },
    leave() {
      state.left = 0;
      state.held = 0;
      slots.leave();
    },
  };
}

const settle = () => new Promise<void>((resolve) => setImmediate(resolve));

it("gives the next free slot to a small run, however much a large one still wants", async () => {
  const pool = new Pool(4);
  const large = member(pool, 1000);
  large.refill();
  expect(large.state.held).toBe(4);
  const small = member(pool, 2);
  small.refill();
  expect(small.state.held).toBe(0);
  large.finishOne();
  await settle();
  expect(small.state.held).toBe(1);
  large.finishOne();
  await settle();
  expect([large.state.held, small.state.held]).toEqual([2, 2]);
});

it("shares evenly among equals", async () => {
  const pool = new Pool(6);
  const runs = [member(pool, 100), member(pool, 100), member(pool, 100)];
  for (const run of runs) run.refill();
  for (let round = 0; round < 20; round += 1) {
    for (const run of runs) run.finishOne();
    await settle();
  }
  expect(runs.map((run) => run.state.held)).toEqual([2, 2, 2]);
});

it("gives back what a run holds that leaves", async () => {
  const pool = new Pool(2);
  const first = member(pool, 2);
  first.refill();
  const second = member(pool, 2);
  second.refill();
  first.leave();
  await settle();
  expect(second.state.held).toBe(2);
  expect(pool.taken).toBe(2);
});

it("never hands out more than there is, and never forgets who waits", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 5 }),
      fc.array(fc.integer({ min: 0, max: 8 }), { minLength: 1, maxLength: 5 }),
      fc.array(fc.nat(4), { maxLength: 40 }),
      async (size, wants, order) => {
        const pool = new Pool(size);
        const runs = wants.map((wanted) => member(pool, wanted));
        for (const run of runs) run.refill();
        const held = () => runs.reduce((sum, run) => sum + run.state.held, 0);
        for (const index of order) {
          runs[index % runs.length]?.finishOne();
          await settle();
          const left = runs.reduce((sum, run) => sum + run.state.left, 0);
          expect(held()).toBe(pool.taken);
          expect(held()).toBe(Math.min(size, held() + left));
        }
        // Whoever still waits is served in the end.
        while (held() > 0) {
          for (const run of runs) run.finishOne();
          await settle();
        }
        expect(runs.map((run) => run.state.done)).toEqual(wants);
        expect(pool.taken).toBe(0);
      },
    ),
  );
});
