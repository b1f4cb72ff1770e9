// `npm test`: every kind of test but the long one. Arguments go to vitest, paths among them choose the kinds:
// `npm test -- test/unit/config` installs and builds nothing. The last line counts the tests.
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative, resolve } from "node:path";
import { build, checkNode, ensureDependencies, mustRun, root, run, say, script, staleBuild } from "./lib.mjs";

/** The kinds of test, which are the projects of vitest.config.ts, and what each needs. */
const KINDS = {
  unit: { folders: ["test/unit", "test/property"] },
  e2e: { folders: ["test/e2e"], build: true },
  clis: { folders: ["test/clis"], build: true, clis: true },
  long: { folders: ["test/long"], build: true, clis: true, onlyIfAsked: true },
};

/** The kinds that the paths among the arguments name; without a path all that do not wait to be asked for. */
function kindsOf(args) {
  const paths = args.map((arg) => relative(root, resolve(arg))).filter((path) => path.startsWith("test"));
  return Object.entries(KINDS).filter(([, { folders, onlyIfAsked }]) =>
    paths.length === 0
      ? !onlyIfAsked
      : paths.some((path) => folders.some((folder) => path.startsWith(folder) || (path === "test" && !onlyIfAsked))),
  );
}

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
  const own = process.argv.slice(2);
  const kinds = kindsOf(own);
  if (kinds.some(([, kind]) => kind.build) && staleBuild() !== undefined) await build();
  const env = kinds.some(([, kind]) => kind.clis) ? { CLINVK_TEST_CLIS: await testedClis() } : {};
  const dir = mkdtempSync(join(tmpdir(), "clinvk-test-"));
  try {
    const report = join(dir, "report.json");
    const args = [
      "run",
      "--reporter=default",
      "--reporter=json",
      `--outputFile.json=${report}`,
      ...kinds.map(([name]) => `--project=${name}`),
      ...own,
    ];
    const code = await run("vitest", args, { env, stdin: "ignore" });
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
