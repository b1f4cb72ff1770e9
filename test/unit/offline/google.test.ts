// Gemini generateContent over the wire: what the client of such a service gets to see.
import { describe, expect, it } from "vitest";
import { content, eventsOf, gemini, type Json, jsonOf, withServer } from "./exchange.js";

const session = "<session_context>\nmagic\n</session_context>";
const textOf = (events: Json[]) =>
  events.map(({ candidates }) => candidates?.[0]?.content?.parts?.[0]?.text ?? "").join("");

describe("Gemini generateContent", () => {
  it("streams a scripted answer, with usage and the model's name", async () => {
    await withServer({ rules: [{ reply: { chunks: ["one ", "two"] } }] }, async (server) => {
      const events = eventsOf(await (await gemini(server, [content("hello")])).text());
      expect(textOf(events)).toBe("one two");
      expect(events.at(-1)).toMatchObject({
        candidates: [{ finishReason: "STOP" }],
        modelVersion: "gemini-x",
        usageMetadata: { promptTokenCount: 2, candidatesTokenCount: 2, totalTokenCount: 4 },
      });
    });
  });

  it("matches what the user wrote: neither session context, nor files that it names, nor the loop detector", async () => {
    await withServer({ rules: [{ match: { prompt: "magic" }, reply: { text: "matched" } }] }, async (server) => {
      const ask = async (...contents: unknown[]) => textOf(eventsOf(await (await gemini(server, contents)).text()));
      const files = ["\n--- Content from referenced files ---", "\nContent from @a.txt:\n", "magic"];
      expect(await ask(content(session, "hello @a.txt", ...files))).toMatch(/^\[offline model\]/);
      expect(await ask(content(session, "magic @a.txt", ...files))).toBe("matched");
      const loop = "System: Potential loop detected. Details: magic";
      expect(await ask(content(session, "hello"), content(loop))).toMatch(/^\[offline model\]/);
    });
  });

  it("calls a tool, then answers", async () => {
    const rules = [
      { times: 1, reply: { tools: [{ name: "run_shell_command", input: { command: "ls" } }], text: "done" } },
    ];
    await withServer({ rules }, async (server) => {
      const [first] = eventsOf(await (await gemini(server, [content("go")])).text());
      const { functionCall } = first?.candidates?.[0]?.content?.parts?.[0] ?? {};
      expect(functionCall).toMatchObject({ name: "run_shell_command", args: { command: "ls" } });
      const contents = [
        content("go"),
        { role: "model", parts: [{ functionCall }] },
        {
          role: "user",
          parts: [{ functionResponse: { id: functionCall?.id, name: "run_shell_command", response: {} } }],
        },
      ];
      expect(textOf(eventsOf(await (await gemini(server, contents)).text()))).toBe("done");
    });
  });

  it("blocks the answer, blocks the prompt, stops at the token limit, and fails", async () => {
    const rules = [
      { match: { prompt: "refuse" }, reply: { refusal: true as const } },
      { match: { prompt: "block" }, reply: { prompt_blocked: true as const } },
      { match: { prompt: "long" }, reply: { text: "part", max_tokens: true as const } },
      { match: { prompt: "fail" }, reply: { stream_error: { type: "UNAVAILABLE" } } },
      { reply: { error: { status: 429, message: "quota", details: { retryDelay: "5s" } } } },
    ];
    await withServer({ rules }, async (server) => {
      const last = async (prompt: string) => eventsOf(await (await gemini(server, [content(prompt)])).text()).at(-1);
      expect((await last("refuse"))?.candidates?.[0]?.finishReason).toBe("SAFETY");
      expect((await last("block"))?.promptFeedback).toEqual({ blockReason: "SAFETY" });
      expect((await last("long"))?.candidates?.[0]?.finishReason).toBe("MAX_TOKENS");
      const failed = await jsonOf(await gemini(server, [content("fail")]));
      expect(failed.error).toMatchObject({ code: 503, status: "UNAVAILABLE" });
      const limited = await gemini(server, [content("anything")]);
      expect(await jsonOf(limited)).toEqual({
        error: { code: 429, message: "quota", status: "RESOURCE_EXHAUSTED", details: [{ retryDelay: "5s" }] },
      });
    });
  });

  it("answers a helper call with JSON that fits its schema, whatever the rules say", async () => {
    const responseSchema = {
      type: "OBJECT",
      properties: {
        score: { type: "INTEGER", minimum: 1 },
        choice: { enum: ["flash", "pro"] },
        why: { type: "STRING" },
      },
      required: ["score", "choice", "why"],
    };
    await withServer({ rules: [{ reply: { error: { status: 500 } } }] }, async (server) => {
      const body = { generationConfig: { responseSchema } };
      const response = await gemini(server, [content("route this")], body, "generateContent");
      const { candidates } = await jsonOf(response);
      expect(JSON.parse(String(candidates?.[0]?.content?.parts?.[0]?.text))).toEqual({
        score: 1,
        choice: "flash",
        why: "offline model",
      });
    });
  });

  it("counts tokens, reads a key from the query, and knows no other method", async () => {
    await withServer({}, async (server) => {
      const counted = await gemini(server, [content("x")], {}, "countTokens");
      expect((await jsonOf(counted)).totalTokens).toBeGreaterThan(0);
      const unknown = await gemini(server, [], {}, "embedContent?key=abc");
      expect([unknown.status, (await jsonOf(unknown)).error?.status]).toEqual([404, "NOT_FOUND"]);
      const key = await fetch(`${server.url}/v1beta/models?key=abc`);
      expect(key.status).toBe(404);
      expect(server.requests.at(-1)?.key).toBe("abc");
      expect(server.requests.at(-1)?.path).toBe("/v1beta/models");
    });
  });
});
