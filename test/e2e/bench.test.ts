// The benchmarks still run: one cheap row, a single round. What it measures is not judged here.
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { expect, it } from "vitest";

const root = join(import.meta.dirname, "../..");

it("measures a row and prints its ratio and target", () => {
  const args = [join(root, "bench/run.mjs"), "T4", "--quick", "--no-build"];
  const { stdout, status } = spawnSync(process.execPath, args, { encoding: "utf8" });
  expect(stdout).toMatch(/^T4 .+ ms +\d\.\d\d× node empty\.cjs +≤ 1\.1× +(met|\*\*missed\*\*)$/m);
  expect(status).toBe(0);
});

it("names the rows there are when it is asked for another", () => {
  const args = [join(root, "bench/run.mjs"), "T99", "--no-build"];
  const { stderr, status } = spawnSync(process.execPath, args, { encoding: "utf8" });
  expect(stderr).toContain("no row T99; there are T1, T2");
  expect(status).toBe(1);
});
