// R1: how often the real CLIs ask their model, through clinvk and by hand.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { root } from "../scripts/lib.mjs";

/** Needs the tested CLIs, which only the tests install. */
export async function* requestsOfRealClis(_place, { quick }) {
  const clis = process.env.CLINVK_TEST_CLIS ?? join(root, ".cache/clis");
  if (!existsSync(join(clis, "node_modules/.bin/codex"))) {
    const what = "requests of the real CLIs on services that throttle or are overloaded";
    yield { id: "R1", what, skipped: "the AI CLIs are not there: `npm run test:clis` installs them" };
    return;
  }
  const args = [join(root, "bench/requests.ts"), ...(quick ? ["--quick"] : [])];
  const child = spawn(join(root, "node_modules/.bin/tsx"), args, {
    env: { ...process.env, CLINVK_TEST_CLIS: clis },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const ended = new Promise((done) => child.once("exit", done));
  let means = "a batch costs no more requests than a shell loop over the CLIs, and asks no service more often";
  for await (const text of createInterface({ input: child.stdout })) {
    yield { ...JSON.parse(text), ...(means && { means }) };
    means = undefined;
  }
  const code = await ended;
  if (code !== 0) throw new Error(`bench/requests.ts failed (${code})`);
}
