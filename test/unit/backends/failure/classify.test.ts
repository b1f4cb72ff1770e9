// HTTP statuses: found in texts, and what each means where the words say nothing.
import { describe, expect, test } from "vitest";
import { kindOfStatus, statusIn } from "../../../../src/backends/failure/classify.js";

describe("HTTP status", () => {
  test.each([
    ["unexpected status 401 Unauthorized: x", 401],
    ["exceeded retry limit, last status: 429 Too Many Requests", 429],
    ["API Error: 529 {}", 529],
    ["API Error: Repeated 529 Overloaded errors.", 529],
    ["API Error: Request rejected (429) · x", 429],
    ['[API Error: {"error":{"code":503,"message":"x"}}]', 503],
    ["it cost 404 dollars", undefined],
  ])("%s → %s", (text, status) => expect(statusIn(text)).toBe(status));

  // The CLIs ask again after these by themselves (claude 2.1.197: 408, 409; codex 0.169.0: all; gemini 0.61.0: 421, 499).
  test.each([408, 409, 421, 425, 499])("%i passes: the request was not looked at, or met another", (status) =>
    expect(kindOfStatus(status)).toBe("network"),
  );

  test("every status has a kind, and no success has one", () => {
    for (let status = 400; status < 600; status++) expect(kindOfStatus(status)).toBeDefined();
    expect(kindOfStatus(200)).toBeUndefined();
    expect(kindOfStatus(undefined)).toBeUndefined();
  });
});
