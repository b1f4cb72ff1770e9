import { expect, it } from "vitest";
import { waitingLine } from "../../../src/reporters/waiting-line.js";
import type { RunEventBody } from "../../../src/schema/event.js";
import { FakeClock } from "../../rig/fake-clock.js";
import { numbered, record, runStarted, taskFinished, taskStarted } from "./run-events.js";

function line() {
  let screen = "";
  const clock = new FakeClock();
  const waiting = waitingLine((text) => {
    // What a terminal makes of it: each clearing takes the last line away.
    screen = text.split("\r\u001b[2K").reduce((before, part) => before.replace(/[^\n]*$/, "") + part, `${screen}`);
  }, clock);
  const tell = (...bodies: RunEventBody[]) => {
    for (const event of numbered(bodies)) waiting.onEvent(event);
  };
  return { clock, waiting, tell, screen: () => screen };
}

const output: RunEventBody = { type: "task_output", task_id: "task-1", attempt: 1, text: "It" };
const begin = [runStarted([record({ backend: "gemini" })]), taskStarted(record())];

it("says who is waited for, and for how long, until something comes", async () => {
  const { clock, tell, screen } = line();
  tell(...begin);
  expect(screen()).toBe("");
  await clock.pass(3);
  expect(screen()).toBe("gemini is starting (3 s)");
  tell({ type: "task_activity", task_id: "task-1", attempt: 1, kind: "tool_call", tool: "Bash", text: "ls" });
  await clock.pass(62);
  expect(screen()).toBe("gemini is working (1 min 5 s)");
  tell(output);
  expect(screen()).toBe("");
  await clock.pass(60);
  expect(screen()).toBe("");
  expect(clock.pending).toBe(0);
});

it("says that a pause is waited for, and then who is asked again", async () => {
  const { clock, tell, screen } = line();
  const failure = { kind: "overloaded", message: "529" } as const;
  tell(...begin, {
    ...{ type: "task_retrying", task_id: "task-1", attempt: 1, failure, delay_seconds: 20, backend: "codex" },
  });
  await clock.pass(3);
  expect(screen()).toBe("waiting to ask codex again (3 s)");
  tell(taskStarted(record()));
  await clock.pass(1);
  expect(screen()).toBe("codex is starting (4 s)");
});

it("is not there when the answer comes at once", async () => {
  const { clock, tell, screen } = line();
  tell(...begin, taskFinished(record()));
  await clock.pass(60);
  expect(screen()).toBe("");
});

it("makes way for other text", async () => {
  const { clock, tell, waiting, screen } = line();
  tell(...begin);
  await clock.pass(1);
  waiting.above("warning: careful\n");
  expect(screen()).toBe("warning: careful\n");
  await clock.pass(1);
  expect(screen()).toBe("warning: careful\ngemini is starting (2 s)");
});
