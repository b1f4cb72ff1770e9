// The built library with the real CLIs.
import { expect, it } from "vitest";
import type * as Library from "../../src/index.js";
import { realClis } from "../rig/real-clis.js";

// The path is no literal, so that the types are those of the source, whether dist/ is there or not.
const built = new URL("../../dist/index.js", import.meta.url).href;
const { parallel } = (await import(built)) as typeof Library;

it("runs the real CLIs on the offline model, with a script as a value", async () => {
  const real = realClis();
  try {
    const result = await parallel(
      (["claude", "codex", "gemini"] as const).map((backend) => ({ backend, prompt: `hello ${backend}` })),
      {
        env: real.env,
        cwd: real.dir,
        offline_script: { rules: [{ match: { prompt: "^hello" }, reply: { echo: true } }] },
      },
    );
    expect(result.results.map(({ status, content }) => [status, content])).toEqual([
      ["OK", "hello claude"],
      ["OK", "hello codex"],
      ["OK", "hello gemini"],
    ]);
  } finally {
    real.close();
  }
});
