// Anthropic Messages over the wire: what the client of such a service gets to see.
import { describe, expect, it } from "vitest";
import { claude, eventsOf, jsonOf, post, user, withServer } from "./exchange.js";

const reminder = { type: "text", text: "<system-reminder>\nuse the word magic\n</system-reminder>" };

describe("Anthropic Messages", () => {
  it("streams a scripted answer piece by piece, with usage and the model's name", async () => {
    const rules = [{ reply: { chunks: ["one ", "two ", "three"], usage: { input_tokens: 9, cached_tokens: 4 } } }];
    await withServer({ rules }, async (server) => {
      const response = await claude(server, [user("hello")]);
      expect(response.headers.get("content-type")).toBe("text/event-stream");
      const events = eventsOf(await response.text());
      expect(events.map(({ type }) => type)).toEqual([
        ...["message_start", "content_block_start"],
        ...["content_block_delta", "content_block_delta", "content_block_delta"],
        ...["content_block_stop", "message_delta", "message_stop"],
      ]);
      expect(events[0]?.message).toMatchObject({
        model: "claude-x",
        usage: { input_tokens: 5, cache_read_input_tokens: 4 },
      });
      const deltas = events.filter(({ type }) => String(type) === "content_block_delta");
      expect(deltas.map(({ delta }) => delta?.text)).toEqual(["one ", "two ", "three"]);
      expect(events.at(-2)).toMatchObject({ delta: { stop_reason: "end_turn" }, usage: { output_tokens: 4 } });
    });
  });

  it("answers as one document where no stream is asked for", async () => {
    await withServer({ rules: [{ reply: { text: "whole", max_tokens: true as const } }] }, async (server) => {
      const body = await jsonOf(await claude(server, [user("hello")], { stream: false }));
      expect(body).toMatchObject({ content: [{ type: "text", text: "whole" }], stop_reason: "max_tokens" });
    });
  });

  it("says in an unscripted answer that no model was asked, and holds no prompt text", async () => {
    await withServer({}, async (server) => {
      const { content } = await jsonOf(await claude(server, [user("top secret")], { stream: false }));
      expect(content?.[0]?.text).toMatch(/^\[offline model\] No AI model was asked\./);
      expect(content?.[0]?.text).toContain('"claude-x"');
      expect(content?.[0]?.text).toContain("10 characters");
      expect(content?.[0]?.text).not.toContain("secret");
    });
  });

  it("matches what the user wrote, not what the CLI adds around it", async () => {
    await withServer({ rules: [{ match: { prompt: "magic" }, reply: { text: "matched" } }] }, async (server) => {
      const ask = async (...content: unknown[]) =>
        (await jsonOf(await claude(server, [{ role: "user", content }], { stream: false }))).content?.[0]?.text;
      expect(await ask(reminder, { type: "text", text: "hello" })).toMatch(/^\[offline model\]/);
      expect(await ask(reminder, { type: "text", text: "say magic" })).toBe("matched");
      expect(await ask({ type: "text", text: "<system-reminder> magic as a prompt" })).toBe("matched");
      expect(server.requests.map(({ prompt_length }) => prompt_length)).toEqual([5, 9, 35]);
    });
  });

  it("calls tools one after the other, then answers; a used-up rule stays with its conversation", async () => {
    const tools = [
      { name: "Bash", input: { command: "echo 1" } },
      { name: "Read", input: { file_path: "a" } },
    ];
    await withServer({ rules: [{ times: 1, reply: { tools, text: "done" } }] }, async (server) => {
      const messages: unknown[] = [user("go")];
      for (const tool of tools) {
        const events = eventsOf(await (await claude(server, messages)).text());
        const block = events.find(({ type }) => String(type) === "content_block_start")?.content_block;
        const delta = events.find(({ type }) => String(type) === "content_block_delta")?.delta;
        expect(block).toMatchObject({ type: "tool_use", name: tool.name });
        expect(JSON.parse(String(delta?.partial_json))).toEqual(tool.input);
        expect(events.at(-2)?.delta?.stop_reason).toBe("tool_use");
        messages.push({ role: "assistant", content: [{ ...block, input: tool.input }] });
        messages.push({
          role: "user",
          content: [{ type: "tool_result", tool_use_id: block?.id, content: "ok" }, reminder],
        });
      }
      const last = await jsonOf(await claude(server, messages, { stream: false }));
      expect(last.content).toEqual([{ type: "text", text: "done" }]);
      const other = await jsonOf(await claude(server, [user("go")], { stream: false }));
      expect(other.content?.[0]?.text).toMatch(/^\[offline model\]/);
      expect(server.requests.map(({ rule }) => rule)).toEqual([0, 0, 0, null]);
    });
  });

  it("counts turns of the user, but not the CLI's request to go on after the token limit", async () => {
    const rules = [
      { match: { turn: 1 }, reply: { text: "second" } },
      { match: { prompt: "^first$" }, reply: { text: "first" } },
    ];
    const answered = { role: "assistant", content: [{ type: "text", text: "…" }] };
    await withServer({ rules }, async (server) => {
      const ask = async (...messages: unknown[]) =>
        (await jsonOf(await claude(server, messages, { stream: false }))).content?.[0]?.text;
      expect(await ask(user("first"))).toBe("first");
      expect(await ask(user("first"), answered, user("Output token limit hit. Resume directly — no apology"))).toBe(
        "first",
      );
      expect(await ask(user("first"), answered, user("[structured-output-enforce] You MUST call the tool"))).toBe(
        "first",
      );
      expect(await ask(user("first"), answered, user("more"))).toBe("second");
    });
  });

  it("gives errors in its own words, with headers", async () => {
    const rules = [
      {
        match: { prompt: "limit" },
        reply: { error: { status: 429, message: "slow", retry_after_seconds: 30, headers: { "x-a": "b" } } },
      },
      { match: { prompt: "load" }, reply: { error: { status: 529 } } },
      { reply: { stream_error: { type: "overloaded_error", message: "busy", after_chunks: 1 }, chunks: ["a", "b"] } },
    ];
    await withServer({ rules }, async (server) => {
      const limited = await claude(server, [user("limit")]);
      expect(limited.status).toBe(429);
      expect(limited.headers.get("retry-after")).toBe("30");
      expect(limited.headers.get("x-a")).toBe("b");
      expect(await jsonOf(limited)).toMatchObject({
        type: "error",
        error: { type: "rate_limit_error", message: "slow" },
      });
      const overloaded = await claude(server, [user("load")]);
      expect([overloaded.status, (await jsonOf(overloaded)).error?.type]).toEqual([529, "overloaded_error"]);
      const events = eventsOf(await (await claude(server, [user("stream")])).text());
      expect(events.filter(({ delta }) => delta?.text).map(({ delta }) => delta?.text)).toEqual(["a"]);
      expect(events.at(-1)).toEqual({ type: "error", error: { type: "overloaded_error", message: "busy" } });
    });
  });

  it("refuses, and counts tokens, and greets", async () => {
    await withServer({ rules: [{ reply: { refusal: true as const } }] }, async (server) => {
      const events = eventsOf(await (await claude(server, [user("x")])).text());
      expect(events.at(-2)?.delta?.stop_reason).toBe("refusal");
      const counted = await post(`${server.url}/v1/messages/count_tokens`, { model: "m", messages: [] });
      expect((await jsonOf(counted)).input_tokens).toBeGreaterThan(0);
      expect((await fetch(server.url, { method: "HEAD" })).status).toBe(200);
    });
  });
});
