// The server around the protocols: rules and their limits, cuts and silence, the log, and clients that behave badly.
import { request as httpRequest } from "node:http";
import { describe, expect, it } from "vitest";
import type { OfflineScript } from "../../../src/offline/script.js";
import { type OfflineRequest, startOfflineServer } from "../../../src/offline/server.js";
import {
  claude,
  codex,
  content,
  eventsOf,
  gemini,
  input,
  type Json,
  jsonOf,
  post,
  user,
  withServer,
} from "./exchange.js";

const ask = {
  claude: (server: Parameters<typeof claude>[0], prompt: string) => claude(server, [user(prompt)]),
  codex: (server: Parameters<typeof claude>[0], prompt: string) => codex(server, [input(prompt)]),
  gemini: (server: Parameters<typeof claude>[0], prompt: string) => gemini(server, [content(prompt)]),
};

/** Reads until this text has come, and leaves the rest of the response open. */
async function readUntil(response: Response, wanted: string): Promise<string> {
  const reader = (response.body as ReadableStream<Uint8Array>).getReader();
  const decoder = new TextDecoder();
  let text = "";
  while (!text.includes(wanted)) text += decoder.decode((await reader.read()).value, { stream: true });
  reader.releaseLock();
  return text;
}

/** Reads until the connection breaks; resolves with what had arrived. */
async function readUntilBroken(response: Response): Promise<{ text: string; broken: boolean }> {
  let text = "";
  const decoder = new TextDecoder();
  try {
    for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) text += decoder.decode(chunk);
    return { text, broken: false };
  } catch {
    return { text, broken: true };
  }
}

describe("rules", () => {
  it("are tried in order, by backend and model, and a used-up one gives way to the next", async () => {
    const rules = [
      { match: { backend: "codex" as const }, reply: { text: "for codex" } },
      { match: { model: "claude-y" }, reply: { text: "for y" } },
      { times: 2, reply: { error: { status: 500 } } },
      { reply: { text: "at last" } },
    ];
    await withServer({ rules }, async (server) => {
      expect(await (await ask.codex(server, "x")).text()).toContain("for codex");
      expect(await (await claude(server, [user("x")], { model: "claude-y" })).text()).toContain("for y");
      const statuses = [];
      for (let time = 0; time < 3; time += 1) statuses.push((await ask.claude(server, "x")).status);
      expect(statuses).toEqual([500, 500, 200]);
      expect(server.requests.map(({ rule }) => rule)).toEqual([0, 1, 2, 2, 3]);
    });
  });

  it("of an outage end with their time, and what is left of it is told as the services tell it", async () => {
    const limit = { requests: 1, per_seconds: 90 };
    const rules = [{ for_seconds: 60, reply: { error: { status: 503, retry_after_seconds: "rest" as const } } }];
    const cases: [OfflineScript, number, string][] = [
      [{ rules }, 503, "60"],
      [{ limit, rules: [] }, 429, "90"],
    ];
    for (const [script, status, rest] of cases) {
      const server = await startOfflineServer({ script });
      for (const cli of ["claude", "codex", "gemini"] as const) {
        if (status === 429) expect((await ask[cli](server, "within the limit")).status).toBe(200);
        const response = await ask[cli](server, "one more");
        expect([response.status, response.headers.get("retry-after")]).toEqual([status, rest]);
        const info = cli === "gemini" ? [expect.objectContaining({ retryDelay: `${rest}s` })] : undefined;
        expect((await jsonOf(response)).error?.details).toEqual(info);
      }
      expect(server.model_calls).toBe(status === 429 ? 6 : 3);
      await server.close();
    }
  });

  it("are never made by a prompt", async () => {
    const hostile = '{"rules":[{"reply":{"error":{"status":500}}}]} call_rule0_1 toolu_rule0_1 "latency_ms": 99999';
    await withServer(
      { rules: [{ match: { prompt: "^exactly this$" }, reply: { text: "scripted" } }] },
      async (server) => {
        for (const cli of ["claude", "codex", "gemini"] as const) {
          const response = await ask[cli](server, hostile);
          expect(response.status).toBe(200);
          expect(await response.text()).toContain("[offline model]");
        }
        expect(server.requests.every(({ rule }) => rule === null)).toBe(true);
      },
    );
  });

  it("echo the prompt, also when it is large and in many pieces", async () => {
    const prompt = "\u{1F600}a".repeat(100_000);
    await withServer({ rules: [{ reply: { echo: true as const, chunks: 999 } }] }, async (server) => {
      const events = eventsOf(await (await ask.claude(server, prompt)).text());
      const pieces = events.filter(({ delta }) => delta?.text).map(({ delta }) => String(delta?.text));
      expect(pieces.join("")).toBe(prompt);
      expect(pieces.length).toBeGreaterThan(900);
      expect(pieces.some((piece) => Buffer.from(piece).toString() !== piece)).toBe(false);
    });
  });

  it("generate as much text as they say, without repeating themselves", async () => {
    await withServer({ rules: [{ reply: { bytes: 100_001 } }] }, async (server) => {
      const events = eventsOf(await (await ask.gemini(server, "x")).text());
      const text = events.map(({ candidates }) => candidates?.[0]?.content?.parts?.[0]?.text ?? "").join("");
      expect(text.length).toBe(100_001);
      const lines = text.trimEnd().split("\n");
      expect(new Set(lines).size).toBe(lines.length);
    });
  });
});

describe("endings", () => {
  it.each(["claude", "codex", "gemini"] as const)("%s: a cut comes after exactly so many pieces", async (cli) => {
    await withServer({ rules: [{ reply: { chunks: ["one-", "two-", "three-"], cut: 2 } }] }, async (server) => {
      const { text, broken } = await readUntilBroken(await ask[cli](server, "x"));
      expect(broken).toBe(true);
      expect(text).toContain("two-");
      expect(text).not.toContain("three-");
    });
  });

  it.each(["claude", "codex", "gemini"] as const)(
    "%s: silence after the first piece ends with the server",
    async (cli) => {
      const server = await startOfflineServer({
        script: { rules: [{ reply: { chunks: ["one-", "two-"], hang: "mid_stream" } }] },
      });
      const response = await ask[cli](server, "x");
      const reader = (response.body as ReadableStream<Uint8Array>).getReader();
      let text = "";
      while (!text.includes("one-")) text += new TextDecoder().decode((await reader.read()).value);
      await server.close();
      await expect(reader.read().then(({ done }) => done)).rejects.toThrow();
      expect(text).not.toContain("two-");
    },
  );

  it("no answer at all ends with the client, and the server goes on", async () => {
    const rules = [{ times: 1, reply: { hang: "before_headers" as const } }, { reply: { text: "next" } }];
    let arrived = () => {};
    const seen = new Promise<void>((resolve) => {
      arrived = resolve;
    });
    await withServer({ rules, onRequest: () => arrived() }, async (server) => {
      const gone = new AbortController();
      const url = `${server.url}/v1/messages`;
      const hanging = post(url, { stream: true, messages: [user("x")] }, {}, gone.signal);
      await seen;
      gone.abort();
      await expect(hanging).rejects.toThrow();
      expect(await (await ask.claude(server, "x")).text()).toContain("next");
    });
  });

  it("a malformed answer is no JSON, as a stream and as a document", async () => {
    await withServer({ rules: [{ reply: { malformed: true as const } }] }, async (server) => {
      const text = await (await ask.claude(server, "x")).text();
      expect(() => eventsOf(text)).toThrow();
      await expect((await claude(server, [user("x")], { stream: false })).json()).rejects.toThrow();
    });
  });
});

describe("the server", () => {
  it("knows the key of each protocol and keeps no prompt text", async () => {
    const seen: OfflineRequest[] = [];
    await withServer({ onRequest: (request) => seen.push(request) }, async (server) => {
      for (const cli of ["claude", "codex", "gemini"] as const) await (await ask[cli](server, "a secret")).text();
      expect(seen.map(({ protocol, key, model }) => [protocol, key, model])).toEqual([
        ["anthropic", "task-1", "claude-x"],
        ["openai", "task-2", "codex-x"],
        ["google", "task-3", "gemini-x"],
      ]);
      expect(server.requests).toEqual(seen);
      expect(JSON.stringify(seen)).not.toContain("secret");
      expect(seen[0]).toMatchObject({ method: "POST", path: "/v1/messages", rule: null, prompt_length: 8 });
    });
    await withServer({ record_bodies: true }, async (server) => {
      await ask.claude(server, "a secret");
      expect(JSON.stringify(server.requests[0]?.body)).toContain("a secret");
    });
  });

  it("keeps only the newest requests, and the count of all", async () => {
    await withServer({ log_limit: 3 }, async (server) => {
      for (const prompt of ["1", "22", "333", "4444", "55555"]) await (await ask.codex(server, prompt)).text();
      expect(server.requests.map(({ prompt_length }) => prompt_length)).toEqual([3, 4, 5]);
      expect(server.request_count).toBe(5);
    });
  });

  it("serves fifty at once, each its own prompt, and counts them", async () => {
    await withServer({ rules: [{ reply: { echo: true as const, hang: "mid_stream" as const } }] }, async (server) => {
      const prompts = Array.from({ length: 50 }, (_, index) => `prompt number ${index}.`);
      const clis = [ask.claude, ask.codex, ask.gemini];
      const answers = await Promise.all(
        prompts.map(async (prompt, index) => {
          const response = await (clis[index % 3] ?? ask.claude)(server, prompt);
          return readUntil(response, prompt);
        }),
      );
      prompts.forEach((prompt, index) => {
        expect(answers[index]).toContain(prompt);
      });
      expect(server.max_in_flight).toBe(50);
    });
  });

  it("answers a wrong path, a wrong body and a wrong method in the protocol's own error form", async () => {
    await withServer({}, async (server) => {
      const status = async (response: Response) => [response.status, ((await jsonOf(response)) as Json).error];
      expect(await status(await post(`${server.url}/v1/messages/batches`, {}))).toEqual([
        404,
        expect.objectContaining({ type: "not_found_error" }),
      ]);
      expect(await status(await post(`${server.url}/v1/messages`, "not json"))).toEqual([
        400,
        expect.objectContaining({ type: "invalid_request_error" }),
      ]);
      expect(await status(await fetch(`${server.url}/nowhere`))).toEqual([404, expect.anything()]);
      expect((await fetch(`${server.url}/v1/messages`)).status).toBe(405);
      for (const body of [{ messages: "x" }, { messages: [1, null, { role: "user", content: [7] }] }, { model: 5 }]) {
        expect((await post(`${server.url}/v1/messages`, body)).status).toBe(200);
        expect((await post(`${server.url}/v1/responses`, { ...body, input: body.messages })).status).toBe(200);
      }
    });
  });

  it("turns down a body that is too large and lives on", async () => {
    await withServer({}, async (server) => {
      const status = await new Promise<number | undefined>((resolve, reject) => {
        const request = httpRequest(`${server.url}/v1/messages`, { method: "POST" }, (response) => {
          response.resume();
          resolve(response.statusCode);
        });
        request.on("error", reject);
        const block = Buffer.alloc(1024 * 1024, 120);
        for (let count = 0; count < 65; count += 1) request.write(block);
        request.end();
      });
      expect(status).toBe(413);
      expect((await ask.claude(server, "x")).status).toBe(200);
    });
  });

  it("rejects where its port is taken", async () => {
    await withServer({}, async (server) => {
      const port = Number(new URL(server.url).port);
      await expect(startOfflineServer({ port })).rejects.toMatchObject({ code: "EADDRINUSE" });
    });
  });
});
