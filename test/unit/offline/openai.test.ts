// OpenAI Responses over the wire: what the client of such a service gets to see.
import { describe, expect, it } from "vitest";
import { codex, eventsOf, input, type Json, jsonOf, withServer } from "./exchange.js";

const outputText = (events: Json[]) =>
  events.find(({ type }) => String(type) === "response.output_item.done")?.item?.content?.[0]?.text;

describe("OpenAI Responses", () => {
  it("streams a scripted answer and repeats it whole, with usage", async () => {
    const chunks = ['quote " ', "ümläut \u{1F600} ", "line\nend"];
    await withServer({ rules: [{ reply: { chunks } }] }, async (server) => {
      const events = eventsOf(await (await codex(server, [input("hello")])).text());
      const deltas = events.filter(({ type }) => String(type) === "response.output_text.delta");
      expect(deltas.map(({ delta }) => delta)).toEqual(chunks);
      expect(outputText(events)).toBe(chunks.join(""));
      expect(events.at(-1)).toMatchObject({
        type: "response.completed",
        response: { model: "codex-x", usage: { input_tokens: 2, output_tokens: 7, total_tokens: 9 } },
      });
    });
  });

  it("answers as one document where no stream is asked for, and takes a plain string as input", async () => {
    await withServer({ rules: [{ reply: { echo: true as const } }] }, async (server) => {
      const response = await codex(server, [], { stream: false, input: "just text" });
      expect(await jsonOf(response)).toMatchObject({
        status: "completed",
        output: [{ content: [{ text: "just text" }] }],
      });
    });
  });

  it("matches what the user wrote, not the context that codex sends in the user's name", async () => {
    await withServer({ rules: [{ match: { prompt: "magic" }, reply: { text: "matched" } }] }, async (server) => {
      const context = {
        ...input("# AGENTS.md instructions for /w\n\n<INSTRUCTIONS>\nmagic\n</INSTRUCTIONS>"),
        content: [
          { type: "input_text", text: "# AGENTS.md instructions for /w\n\nmagic" },
          { type: "input_text", text: "<environment_context>magic</environment_context>" },
        ],
      };
      const ask = async (...items: unknown[]) => outputText(eventsOf(await (await codex(server, items)).text()));
      expect(await ask({ role: "developer", content: "magic" }, context, input("hello"))).toMatch(/^\[offline model\]/);
      expect(await ask(context, input("magic word"))).toBe("matched");
      expect(await ask(context, input("<environment_context> magic as a prompt"))).toBe("matched");
    });
  });

  it("calls a tool, then answers", async () => {
    const rules = [{ times: 1, reply: { tools: [{ name: "exec_command", input: { cmd: "echo hi" } }], text: "done" } }];
    await withServer({ rules }, async (server) => {
      const [, done] = eventsOf(await (await codex(server, [input("go")])).text());
      expect(done?.item).toMatchObject({ type: "function_call", name: "exec_command", arguments: '{"cmd":"echo hi"}' });
      const output = { type: "function_call_output", call_id: done?.item?.call_id, output: "hi" };
      const events = eventsOf(await (await codex(server, [input("go"), done?.item, output])).text());
      expect(outputText(events)).toBe("done");
    });
  });

  it("refuses, stops at the token limit, and fails, each in its own words", async () => {
    const rules = [
      { match: { prompt: "refuse" }, reply: { text: "no", refusal: true as const } },
      { match: { prompt: "long" }, reply: { text: "cut", max_tokens: true as const } },
      { match: { prompt: "filter" }, reply: { text: "half", content_filter: true as const } },
      { match: { prompt: "fail" }, reply: { stream_error: { type: "server_is_overloaded" } } },
      { reply: { error: { status: 429, code: "rate_limit_exceeded", details: { resets_in_seconds: 60 } } } },
    ];
    await withServer({ rules }, async (server) => {
      const ask = async (prompt: string) => eventsOf(await (await codex(server, [input(prompt)])).text());
      const refused = (await ask("refuse")).find(({ type }) => String(type) === "response.output_item.done");
      expect(refused?.item?.content).toEqual([{ type: "refusal", refusal: "no" }]);
      expect((await ask("long")).at(-1)).toMatchObject({
        type: "response.incomplete",
        response: { incomplete_details: { reason: "max_output_tokens" } },
      });
      expect((await ask("filter")).at(-1)).toMatchObject({
        type: "response.incomplete",
        response: { incomplete_details: { reason: "content_filter" } },
      });
      expect((await ask("fail")).at(-1)).toMatchObject({
        type: "response.failed",
        response: { error: { code: "server_is_overloaded" } },
      });
      const limited = await codex(server, [input("anything")]);
      expect(limited.status).toBe(429);
      expect((await jsonOf(limited)).error).toMatchObject({
        type: "rate_limit_error",
        code: "rate_limit_exceeded",
        resets_in_seconds: 60,
      });
    });
  });

  it("turns a WebSocket upgrade down, so that the caller falls back to POST", async () => {
    await withServer({}, async (server) => {
      expect((await fetch(`${server.url}/v1/responses`)).status).toBe(426);
    });
  });
});
