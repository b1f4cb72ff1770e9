// `clinvk offline`: the offline model by itself, for clients of the user's own.
import { afterEach, beforeEach, expect, it } from "vitest";
import { Workspace } from "../rig/clinvk.js";

let space: Workspace;
beforeEach(() => {
  space = new Workspace();
});
afterEach(() => space.close());

it("keeps to the rate limit of its script, and says at its end how often it was asked", async () => {
  const script = space.file("rules.json", {
    limit: { requests: 1, per_seconds: 600 },
    rules: [{ reply: { text: "yes" } }],
  });
  const offline = space.start(["offline", "--script", script]);
  let said = "";
  offline.child.stderr?.on("data", (text) => {
    said += text;
  });
  await offline.printed("Ctrl-C ends it");
  const url = `${/on (http\S+);/.exec(said)?.[1]}/v1/responses`;
  const body = JSON.stringify({ model: "m", input: "one" });
  const answers = [await fetch(url, { method: "POST", body }), await fetch(url, { method: "POST", body })];
  expect(answers.map(({ status }) => status)).toEqual([200, 429]);
  offline.child.kill("SIGINT");
  const { code, stderr } = await offline.done;
  expect(stderr).toContain("requests to the model: 2\n");
  expect(code).toBe(0);
});
