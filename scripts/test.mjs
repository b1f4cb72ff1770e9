// `npm test`: installs what is missing, builds, runs every test, those with the real CLIs included.
// Arguments go to vitest: `npm test -- test/unit`. The last line counts the tests.
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build, checkNode, ensureDependencies, mustRun, root, run, say, script } from "./lib.mjs";

/** The folder with the tested CLIs: the caller's, or the repository's own, which is filled where something is missing. */
async function testedClis() {
  if (process.env.CLINVK_TEST_CLIS) return process.env.CLINVK_TEST_CLIS;
  const home = join(root, ".cache");
  await mustRun(
    "The tested AI CLIs could not be installed; the reason is above. CLINVK_TEST_CLIS may name a folder that has them.",
    process.execPath,
    ["dist/cli/clinvk.cjs", "backends", "install", "claude", "codex", "gemini"],
    { env: { CLINVK_HOME: home }, stdin: "ignore" },
  );
  return join(home, "clis");
}

/** The counts of vitest's JSON report; a file that failed without a failed test (it did not load) counts as one. */
function count(file) {
  const report = JSON.parse(readFileSync(file, "utf8"));
  const broken = report.testResults.filter(
    (result) => result.status === "failed" && !result.assertionResults.some(({ status }) => status === "failed"),
  );
  return {
    passed: report.numPassedTests,
    failed: report.numFailedTests + broken.length,
    skipped: report.numPendingTests + report.numTodoTests,
  };
}

script(async () => {
  checkNode();
  await ensureDependencies();
  await build();
  const clis = await testedClis();
  const dir = mkdtempSync(join(tmpdir(), "clinvk-test-"));
  try {
    const report = join(dir, "report.json");
    const args = [
      "run",
      "--reporter=default",
      "--reporter=json",
      `--outputFile.json=${report}`,
      ...process.argv.slice(2),
    ];
    const code = await run("vitest", args, { env: { CLINVK_TEST_CLIS: clis }, stdin: "ignore" });
    let counts;
    try {
      counts = count(report);
    } catch {
      say("vitest left no report: it did not get as far as the tests.");
      return code || 1;
    }
    const { passed, failed, skipped } = counts;
    console.log(`tests: ${passed} passed, ${failed} failed, ${skipped} skipped`);
    return code || (passed + failed === 0 ? 1 : 0);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
});
