// A model service that is gone for some seconds, or that throttles: the batch gets through. test/long/outages.test.ts has all
// outages, longer ones too, beside the CLIs by hand.
import { describe, expect, it } from "vitest";
import { BACKEND_NAMES } from "../../src/schema/built-in.js";
import { meetWithClinvk, outages, throttledWithClinvk } from "../rig/outages.js";

describe.concurrent.each(BACKEND_NAMES)("%s", (cli) => {
  it.each(outages([5]))("gets through: $name", async (outage) => {
    expect(await meetWithClinvk(cli, outage)).toMatchObject({ answered: true });
  });

  it("finishes a batch on a service with a rate limit, without storming it", async () => {
    const limit = { requests: 4, per_seconds: 10 };
    const { answered, requests } = await throttledWithClinvk({ cli, tasks: 10, limit });
    expect(answered).toBe(10);
    // Whatever is under way when the limit is reached, is turned down once: up to four tasks in each of two windows.
    expect(requests).toBeLessThanOrEqual(10 + 2 * 4);
  });
});
