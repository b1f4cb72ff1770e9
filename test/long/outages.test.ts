// Model services that are gone for a while, or that throttle: wherever a CLI by hand gets through, clinvk does, and it asks no
// more often. Most of the time is waiting; what came of each pair is printed at the end.
import { afterAll, describe, expect, it } from "vitest";
import { BACKEND_NAMES } from "../../src/schema/built-in.js";
import {
  type Batch,
  meetByHand,
  meetWithClinvk,
  outages,
  type Side,
  throttledByHand,
  throttledWithClinvk,
} from "../rig/outages.js";

const report: string[] = [];
afterAll(() => {
  console.log(report.sort().join("\n"));
});

const shown = (side: Side) =>
  `${side.answered ? "OK" : "fails"} ${side.seconds} s, ${side.requests} requests${side.failure ? ` (${side.failure})` : ""}`;
const counted = ({ answered, requests, seconds }: Batch) => `${answered} answers, ${requests} requests, ${seconds} s`;

// The longest begin first.
describe.concurrent.each(BACKEND_NAMES)("%s", (cli) => {
  it.each([60, 15])("finishes a batch on a service that takes 8 requests in %i s", async (per_seconds) => {
    const batch = { cli, tasks: 24, limit: { requests: 8, per_seconds } };
    const [byHand, clinvk] = await Promise.all([throttledByHand(batch), throttledWithClinvk(batch)]);
    report.push(`${cli}, 8 requests in ${per_seconds} s: by hand ${counted(byHand)}; clinvk ${counted(clinvk)}`);
    expect(clinvk.answered).toBe(24);
    expect(clinvk.requests).toBeLessThanOrEqual(byHand.requests);
  });

  it.each(outages([60, 12, 5]))("gets through before it has begun to work: $name", async (outage) => {
    const [byHand, clinvk] = await Promise.all([meetByHand(cli, outage), meetWithClinvk(cli, outage)]);
    report.push(`${cli}, ${outage.name}: by hand ${shown(byHand)}; clinvk ${shown(clinvk)}`);
    // Also where the CLI by hand gives up: its patience is shorter.
    expect(clinvk.answered, JSON.stringify({ byHand, clinvk })).toBe(true);
  });

  it.each(outages([12], true))(
    "gets through where it does by hand, in the middle of its work: $name",
    async (outage) => {
      const [byHand, clinvk] = await Promise.all([meetByHand(cli, outage), meetWithClinvk(cli, outage)]);
      report.push(`${cli}, after a tool call ${outage.name}: by hand ${shown(byHand)}; clinvk ${shown(clinvk)}`);
      expect(byHand.answered && !clinvk.answered, JSON.stringify({ byHand, clinvk })).toBe(false);
      // What has been done is never done again.
      expect(clinvk.worked).toBe(1);
    },
  );
});
