// `clinvk explain`: every failure kind has its page, and a mistyped one leads to the right one.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { FAILURE_KINDS } from "../../src/schema/failure.js";
import { Workspace } from "../rig/clinvk.js";

let space: Workspace;
beforeAll(() => {
  space = new Workspace();
});
afterAll(() => space.close());

const explain = (...args: string[]) => space.run(["explain", ...args]);

describe("clinvk explain", () => {
  it("lists every kind, one line each", async () => {
    const { code, stdout, stderr } = await explain();
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect([...stdout.matchAll(/^ {2}(\w+) +\S.*$/gm)].map(([, kind]) => kind)).toEqual([...FAILURE_KINDS]);
  });

  it("explains one kind: what it is, whether it is retried, what clinvk does, what to do", async () => {
    const { code, stdout } = await explain("quota_exhausted");
    expect(code).toBe(0);
    expect(stdout).toMatch(/^quota_exhausted: /);
    expect(stdout).toMatch(/^Retried by default: after the reset/m);
    expect(stdout).toMatch(/^What clinvk does:\n {2}\S/m);
    expect(stdout).toMatch(/^What you can do:\n {2}- \S/m);
    expect(stdout).toContain("clinvk runs resume ID");
    expect((await explain("overloaded")).stdout).toMatch(/^Retried by default: up to 2 times/m);
    expect((await explain("Crashed")).stdout).toMatch(/^Retried by default: no/m);
  });

  it("--json has the same for programs", async () => {
    const one = JSON.parse((await explain("rate-limited", "--json")).stdout);
    expect(one).toMatchObject({
      kind: "rate_limited",
      default_retries: 2,
      what_you_can_do: expect.arrayContaining([expect.any(String)]),
    });
    const all = JSON.parse((await explain("--json")).stdout);
    expect(all.failures.map(({ kind }: { kind: string }) => kind)).toEqual([...FAILURE_KINDS]);
  });

  it("knows what was meant", async () => {
    expect(await explain("qouta_exhausted")).toMatchObject({
      code: 2,
      stdout: "",
      stderr:
        'clinvk explain: there is no failure kind "qouta_exhausted" — did you mean "quota_exhausted"?\n`clinvk explain` lists all kinds\n',
    });
    expect((await explain("zzz")).stderr).toMatch(/^clinvk explain: there is no failure kind "zzz"\n/);
  });
});
