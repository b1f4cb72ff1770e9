// What Gemini CLI's telemetry tells about an answer, and where it goes. The records are those of 0.61.0, shortened.
import { describe, expect, it } from "vitest";
import { readTelemetry } from "../../../../src/backends/gemini/gemini-telemetry.js";
import { invoke } from "../invoke.js";
import { GOOD, run } from "../play.js";
import { contextFor } from "../tasks.js";

const event = (name: string, second: number, more = "") => `{
  "attributes": {
    "event.name": "${name}",
    "event.timestamp": "2026-11-24T22:20:${second}.500Z",
    ${more}
  }
}
`;
const request = (second: number) => event("gemini_cli.api_request", second, '"model": "m"');
const response = (second: number, reasons: string[], role = "main") =>
  event(
    "gemini_cli.api_response",
    second,
    `"finish_reasons": [\n      ${reasons.map((reason) => `"${reason}"`).join(",\n      ")}\n    ],\n    "role": "${role}"`,
  );
const broke = (second: number) => event("gemini_cli.chat.content_retry", second, '"attempt_number": 0');
const piece = (text: string, second: number) => ({
  type: "message",
  role: "assistant",
  content: text,
  timestamp: `2026-11-24T22:20:${second}.900Z`,
});
const success = { type: "result", status: "success", stats: { models: { m: { output_tokens: 2 } } } };

describe("how the answer ended", () => {
  const end = (telemetry?: string) =>
    run("gemini", GOOD.gemini, telemetry === undefined ? {} : { files: { telemetry } });

  it.each([
    ["length", "max_tokens", "The answer was cut at the maximum number of tokens of the model"],
    [
      "content_filter",
      "refused",
      "The model refused to answer: a filter of the service stopped it after the first words",
    ],
  ])("%s", (reason, kind, message) => {
    const { failure, content } = end(request(10) + response(11, ["stop", "stop", reason]));
    expect(failure).toEqual({ kind, message });
    expect(content).toBe("yes");
  });

  it("well: the last answer of the conversation counts, and no helper's", () => {
    expect(end(response(10, ["length"]) + response(11, ["stop"])).failure).toBeUndefined();
    expect(end(response(10, ["stop"]) + response(11, ["length"], "utility_router")).failure).toBeUndefined();
  });

  it("is not known without telemetry", () => {
    expect(end().failure).toBeUndefined();
    expect(readTelemetry("cut off in the midd")).toEqual({ finish_reason: undefined, broken: [] });
  });
});

describe("a stream that broke, and is asked for again", () => {
  it("its text counts once", () => {
    const telemetry = request(10) + response(12, ["stop"]) + broke(13) + request(14) + response(16, ["stop"]);
    const pieces = [piece("half an ", 11), piece("half an ", 14), piece("answer", 15)];
    expect(run("gemini", [...pieces, success], { files: { telemetry } }).content).toBe("half an answer");
  });

  it("what came before its request stays", () => {
    const telemetry =
      request(10) + response(11, ["stop"]) + request(12) + broke(13) + request(14) + response(16, ["stop"]);
    const pieces = [piece("first, ", 10), piece("brok", 12), piece("second", 15)];
    expect(run("gemini", [...pieces, success], { files: { telemetry } }).content).toBe("first, second");
  });
});

describe("where it goes", () => {
  const LOCAL = {
    GEMINI_TELEMETRY_ENABLED: "true",
    GEMINI_TELEMETRY_TARGET: "local",
    GEMINI_TELEMETRY_OUTFILE: "/scratch/task/gemini-telemetry.log",
    GEMINI_TELEMETRY_LOG_PROMPTS: "false",
    GEMINI_TELEMETRY_OTLP_ENDPOINT: "",
  };
  const home = { HOME: "/home/me" };
  const withSettings = (telemetry: object, env = {}) =>
    contextFor({
      user_files: { "/home/me/.gemini/settings.json": JSON.stringify({ telemetry }) },
      env: { ...home, ...env },
    });

  it("into a file of the attempt, also offline", () => {
    const offline = { url: "http://127.0.0.1:1", api_key: "k" };
    for (const context of [contextFor({ env: home }), contextFor({ offline }), withSettings({ enabled: false })]) {
      const { env, reports } = invoke("gemini", {}, context);
      expect(env).toMatchObject(LOCAL);
      expect(reports).toEqual({ telemetry: LOCAL.GEMINI_TELEMETRY_OUTFILE });
    }
  });

  it.each([
    ["the settings", withSettings({ enabled: true, otlpEndpoint: "http://mine" })],
    ["the environment", withSettings({}, { GEMINI_TELEMETRY_ENABLED: "true" })],
  ])("where the user sends it: %s", (_, context) => {
    const { env, reports } = invoke("gemini", {}, context);
    expect(env).not.toHaveProperty("GEMINI_TELEMETRY_OUTFILE");
    expect(reports).toEqual({});
  });
});
