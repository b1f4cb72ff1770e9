// The example that the README begins with, on the real CLIs.
import { expect, it } from "vitest";
import { copyExamples } from "../rig/examples.js";
import { realClis } from "../rig/real-clis.js";
import { timeless } from "../rig/timeless.js";

it("the quickstart runs the real CLIs and prints the summary of the user guide", async () => {
  const real = realClis();
  try {
    const cwd = copyExamples(real);
    const { code, stdout, stderr } = await real.shell("clinvk parallel -f quickstart.json --offline -k", { cwd }).done;
    expect(stderr).toMatch(/^offline model: /);
    const text = timeless(stdout).replaceAll(/(?<=^\[offline model\]).*/gm, " …");
    expect(text).toBe(`Executing 3 tasks with max 3 parallel workers
========================================

[claude] Architecture Review
[offline model] …

[codex] Performance Analysis
[offline model] …

[gemini] Security Audit
[offline model] …

========================================
PARALLEL EXECUTION SUMMARY
========================================
TASK                BACKEND     STATUS   DURATION   OUTPUT
Architecture Review claude      OK       0.00s      Complete
Performance Analysis codex      OK       0.00s      Complete
Security Audit      gemini      OK       0.00s      Complete
----------------------------------------
Total: 3/3 tasks completed (0.00s)
`);
    expect(code).toBe(0);
  } finally {
    real.close();
  }
});
