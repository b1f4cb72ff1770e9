// The live view with the real CLIs: their tool calls, their text and their tokens, in a real terminal.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { BACKEND_NAMES } from "../../src/schema/built-in.js";
import type { Workspace } from "../rig/clinvk.js";
import { noPty, PtyRun } from "../rig/pty.js";
import { realClis, TOOLS } from "../rig/real-clis.js";

let space: Workspace;
beforeAll(() => {
  space = realClis();
});
afterAll(() => space?.close());

describe.skipIf(noPty !== undefined)(`the live view${noPty === undefined ? "" : ` (${noPty})`}`, () => {
  it("shows what each of the three does", async () => {
    // As root claude accepts no mode that asks nothing; its list of allowed commands works for everybody.
    space.file("home/.clinvk/config.yaml", 'backends:\n  claude:\n    allowed_tools: ["Bash(sleep *)"]\n');
    const tasks = BACKEND_NAMES.map((backend) => ({
      backend,
      name: `Ask ${backend}`,
      prompt: `${backend} asks`,
      retries: 0,
      ...(backend === "claude" ? {} : { approval_mode: "none" }),
    }));
    const rules = BACKEND_NAMES.map((backend) => ({
      match: { prompt: `^${backend} asks` },
      reply: {
        tools: [TOOLS[backend].shell("sleep 1.5"), TOOLS[backend].shell("sleep 2.5")],
        text: `the answer of ${backend}`,
        usage: { input_tokens: 1200, output_tokens: 34, cached_tokens: 0 },
      },
    }));
    space.file("tasks.json", { tasks });
    space.file("rules.json", { rules });
    const run = new PtyRun(space, "exec clinvk parallel -f tasks.json --offline-script rules.json", { columns: 100 });
    const wanted = new Set([
      ...BACKEND_NAMES.flatMap((name) => ["1.5", "2.5"].map((time) => `Ask ${name} .*${name} .*sleep ${time}`)),
      // The one that tells what it has used before it is done.
      "Ask claude .* 1.23k tokens  \\$ sleep 2.5",
    ]);
    await run.shows((screen) => {
      for (const line of wanted) if (new RegExp(line).test(screen.join("\n"))) wanted.delete(line);
      return wanted.size === 0;
    });
    expect(await run.done).toBe(0);
    expect(run.text).toContain("offline model: answers are not from a real model");
    for (const backend of BACKEND_NAMES)
      expect(run.text).toContain(`[${backend}] Ask ${backend}\nthe answer of ${backend}`);
    expect(run.text).not.toMatch(/[\u2801-\u28ff]|running/u);
    expect(run.cursorVisible).toBe(true);
  });
});
