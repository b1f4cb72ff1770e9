// How often the model is asked: the real CLIs on services that throttle or are overloaded, by hand and by clinvk. Run by tsx,
// because the services and the CLIs by hand are those of the tests. Prints a JSON object per line: what the report shows.
import { BACKEND_NAMES } from "../src/schema/built-in.js";
import { type Batch, overloaded, throttledByHand, throttledWithClinvk } from "../test/rig/outages.js";

const quick = process.argv.includes("--quick");
const tasks = quick ? 12 : 24;
const perTask = ({ answered, requests }: Batch) => requests / Math.max(answered, 1);
const print = (line: object) => console.log(JSON.stringify({ id: "R1", unit: "", ...line }));

// All of them mostly wait, so they do it at the same time.
for (const per_seconds of quick ? [15] : [15, 60]) {
  const lines = BACKEND_NAMES.map(async (cli) => {
    const batch = { cli, tasks, limit: { requests: 8, per_seconds } };
    const [byHand, clinvk] = await Promise.all([throttledByHand(batch), throttledWithClinvk(batch)]);
    return {
      what: `${cli}, ${tasks} tasks, 8 requests in ${per_seconds} s: requests per finished task`,
      value: perTask(clinvk),
      peer: `\`xargs -P4\` (${byHand.answered} finished)`,
      ratio: perTask(clinvk) / perTask(byHand),
      target: 1,
    };
  });
  for (const line of await Promise.all(lines)) print(line);
}
const attempts = BACKEND_NAMES.map(async (cli) => ({
  what: `${cli}, overloaded service: requests per attempt`,
  value: await overloaded(cli),
  target: 1,
}));
for (const line of await Promise.all(attempts)) print(line);
