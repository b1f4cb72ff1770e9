// A council of the real CLIs: their votes are counted, and the judge's model really gets all answers.
import { afterAll, beforeAll, expect, it } from "vitest";
import { BACKEND_NAMES } from "../../src/schema/built-in.js";
import type { Workspace } from "../rig/clinvk.js";
import { realClis, runOffline } from "../rig/real-clis.js";

let space: Workspace;
beforeAll(() => {
  space = realClis();
});
afterAll(() => space?.close());

const SCORES = { claude: 8, codex: 6, gemini: 7 };

it.each(BACKEND_NAMES)(
  "votes, and %s as the judge",
  async (judge) => {
    const { finished, result } = await runOffline(space, {
      tasks: BACKEND_NAMES.map((backend) => ({ backend, prompt: "Rate it 1-10" })),
      file: {
        vote: { extract: "([0-9]+)/10", of: "number" },
        judge: { backend: judge, prompt: "Merge these:\n{{results}}", retries: 0 },
      },
      rules: [
        {
          // In any order, each within its frame, and nobody's name beside it.
          match: {
            prompt:
              "^Merge these:(?=[\\s\\S]*\\nI say 8/10\\n)(?=[\\s\\S]*\\nI say 6/10\\n)(?=[\\s\\S]*\\nI say 7/10\\n)(?![\\s\\S]*(?:claude|codex|gemini))",
          },
          reply: { text: "They say 7." },
        },
        ...BACKEND_NAMES.map((backend) => ({
          match: { backend, prompt: "^Rate it" },
          reply: { text: `I say ${SCORES[backend]}/10` },
        })),
        { reply: { text: "this was not the prompt" } },
      ],
    });
    expect(finished.code, finished.stderr).toBe(0);
    expect(result).toMatchObject({
      completed_tasks: 3,
      vote: { mean: 7, median: 7, spread: { min: 6, max: 8 }, missing: [] },
      verdict: "They say 7.",
      judge: { backend: judge, status: "OK" },
    });
  },
  120_000,
);
