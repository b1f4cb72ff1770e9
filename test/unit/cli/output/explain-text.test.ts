import { expect, it } from "vitest";
import { runFailuresText } from "../../../../src/cli/output/explain-text.js";
import { Events } from "../../../rig/events.js";

it("tells a message once, also one with a line break", () => {
  const message = "the answer does not match /one\ntwo/";
  const failure = { kind: "check_failed" as const, message };
  const event = new Events().taskFinished("task-1", "FAILED", { failure });
  if (event.type !== "task_finished") throw new Error("no end of a task");
  const { result: record } = event;
  const failed = [{ record, failure }];
  const text = runFailuresText({ run_id: "r", kind: "parallel", failed, total: 1, left: 0, running: false });
  expect(text.replace(/\s+/g, " ").match(/the answer does not match/g)).toHaveLength(1);
  expect(text).toContain("/one two/");
});
