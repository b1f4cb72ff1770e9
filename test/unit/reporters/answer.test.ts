import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { answerReporter } from "../../../src/reporters/answer.js";
import type { RunEvent } from "../../../src/schema/event.js";
import { Events } from "../../rig/events.js";
import { planOf } from "../../rig/plan.js";

/** What is printed for these events; pieces of stdout as they were written. */
function print(events: RunEvent[], tty: boolean) {
  const out: string[] = [];
  let failure = "";
  const problems: string[] = [];
  const reporter = answerReporter({
    write: (text) => out.push(text),
    writeFailure: (text) => {
      failure += text;
    },
    onSinkError: (message) => problems.push(message),
    tty,
  });
  for (const event of events) reporter.onEvent(event);
  void reporter.close();
  return { out, text: out.join(""), failure, problems };
}

const e = new Events();
const started = () => [e.started(planOf(1)), e.taskStarted("task-1")];
const tool = () => e.next({ type: "task_activity", task_id: "task-1", attempt: 1, kind: "tool_call", text: "ls" });
const finished = (content: string) => [e.taskFinished("task-1", "OK", { content }), e.finished()];

describe("into a pipe or a file", () => {
  it("the text comes once and as it is; its last line gets its end", () => {
    const content = "\u001b[1mbold\u001b[0m\r\n no end of line";
    const events = [
      ...started(),
      e.output("task-1", "I will "),
      e.output("task-1", "look"),
      tool(),
      ...finished(content),
    ];
    expect(print(events, false)).toEqual({ out: [`${content}\n`], text: `${content}\n`, failure: "", problems: [] });
    expect(print([...started(), ...finished("one line\n")], false).text).toBe("one line\n");
  });

  it("what had arrived of a failed answer is not lost; why it failed goes elsewhere", () => {
    const failure = { kind: "max_tokens", message: "too long", hint: "ask for less" } as const;
    const { text, failure: said } = print(
      [...started(), e.taskFinished("task-1", "FAILED", { content: "half an", failure }), e.finished()],
      false,
    );
    expect([text, said]).toEqual(["half an\n", "FAILED: too long\nHint: ask for less\n"]);
  });

  it("a large answer comes from its file; one that is gone is a problem", () => {
    const dir = mkdtempSync(join(tmpdir(), "clinvk-answer-"));
    const path = join(dir, "answer.md");
    const content = "ä".repeat(300_000);
    writeFileSync(path, content);
    const file = { content: "", content_file: { path, bytes: 600_000 } };
    expect(print([...started(), e.taskFinished("task-1", "OK", file)], false).text).toBe(`${content}\n`);
    rmSync(dir, { recursive: true });
    expect(print([...started(), e.taskFinished("task-1", "OK", file)], false).problems).toHaveLength(1);
  });
});

describe("on a terminal", () => {
  it("the text comes as it is said, and once", () => {
    const { out } = print(
      [...started(), e.output("task-1", "one "), e.output("task-1", "two"), ...finished("one two")],
      true,
    );
    expect(out).toEqual(["one ", "two", "\n"]);
  });

  it("what was said before a tool call stands on lines of its own", () => {
    const said = [e.output("task-1", "I will look"), tool(), e.output("task-1", "Found it.\n")];
    expect(print([...started(), ...said, ...finished("Found it.\n")], true).text).toBe("I will look\nFound it.\n");
  });

  it("an answer that was not streamed, or streamed otherwise, is shown whole", () => {
    expect(print([...started(), ...finished("answer")], true).text).toBe("answer\n");
    const retried = e.next({
      type: "task_retrying",
      task_id: "task-1",
      attempt: 1,
      failure: { kind: "network", message: "cut" },
      delay_seconds: 0,
      backend: "claude",
    });
    const said = [e.output("task-1", "hal"), retried, e.output("task-1", "whole")];
    expect(print([...started(), ...said, ...finished("whole")], true).text).toBe("hal\nwhole\n");
    expect(print([...started(), e.output("task-1", "draft"), ...finished("final")], true).text).toBe("draft\nfinal\n");
  });

  it("control characters are made visible, and a line end in two pieces is one", () => {
    const said = [e.output("task-1", "a\r"), e.output("task-1", "\nb\u001b[2J")];
    expect(print([...started(), ...said, ...finished("a\r\nb\u001b[2J")], true).text).toBe("a\r\nb^[[2J\n");
  });
});
