// What others have written is shown for what it is, wherever the dashboard shows it.
import { expect, it } from "vitest";
import type { RunEvent, RunEventBody } from "../../../src/schema/event.js";
import { cleanEvent } from "../../../web/data/clean-event.js";
import { numbered, record, runStarted, taskFinished } from "../reporters/run-events.js";

const EVIL = "a\u202eb\u200b\u001b";
const SHOWN = "a‹U+202E›b‹U+200B›␛";
const failure = { kind: "crashed", message: EVIL, hint: EVIL } as const;
const evil = record({ name: EVIL, content: EVIL, failure, refusals: [{ tool: "Bash", detail: EVIL }] });
const head = { task_id: "task-1", attempt: 1 };

const bodies: RunEventBody[] = [
  runStarted([evil], { name: EVIL }),
  { type: "warning", message: EVIL },
  { type: "task_activity", ...head, kind: "tool_call", text: EVIL },
  { type: "task_retrying", ...head, failure, delay_seconds: 1, backend: "claude" },
  { type: "lane_parked", backend: "claude", until: "2026-01-01T00:00:00.000Z", failure },
  taskFinished(evil),
];

it.each(numbered(bodies).map((event): [string, RunEvent] => [event.type, event]))("%s", (type, event) => {
  const text = JSON.stringify(cleanEvent(event)).replaceAll(`"content":${JSON.stringify(EVIL)}`, "");
  expect(text).toContain(SHOWN);
  expect(text).not.toMatch(/[\u202e\u200b]|\\u001b/u);
  if (type === "task_finished") expect(cleanEvent(event)).toMatchObject({ result: { content: EVIL } });
});
