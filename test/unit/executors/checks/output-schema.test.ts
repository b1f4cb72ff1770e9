import { describe, expect, it } from "vitest";
import { repairPrompt, schemaProblem, validateAnswer } from "../../../../src/executors/checks/output-schema.js";

const person = {
  type: "object",
  properties: { name: { type: "string" }, tags: { type: "array", items: { type: "string" } } },
  required: ["name"],
  additionalProperties: false,
};

describe("schemaProblem", () => {
  it.each([
    ["the empty schema", {}],
    ["2020-12", { $schema: "https://json-schema.org/draft/2020-12/schema", prefixItems: [{ type: "string" }] }],
    ["2019-09", { $schema: "https://json-schema.org/draft/2019-09/schema", items: [{ type: "string" }] }],
    ["draft-07", { $schema: "http://json-schema.org/draft-07/schema#", items: [{ type: "string" }] }],
    ["a reference inside", { $defs: { a: { type: "string" } }, properties: { x: { $ref: "#/$defs/a" } } }],
    ["a reference to itself", { properties: { next: { $ref: "#" } } }],
    ["a reference by the schema's own id", { $id: "http://x/y", $defs: { a: {} }, $ref: "http://x/y#/$defs/a" }],
    ["unknown keywords and formats", { format: "shoe-size", "x-hint": 1 }],
  ])("accepts %s", async (_what, schema) => {
    expect(await schemaProblem(schema)).toBeUndefined();
  });

  it.each([
    ["a wrong type", { type: "objekt" }, /^is not a usable JSON Schema: \/type must be .*; /],
    ["a wrong place", { properties: { a: { minLength: -1 } } }, /\/properties\/a\/minLength must be >= 0/],
    ["a broken pattern", { pattern: "(" }, /Invalid regular expression.*Unterminated group/],
    [
      "another document",
      { $ref: "https://example.com/a.json" },
      /\$ref "https:\/\/example\.com\/a\.json" .*not fetched/,
    ],
    ["a missing definition", { $ref: "#/$defs/none" }, /#\/\$defs\/none/],
    [
      "another dialect",
      { $schema: "http://json-schema.org/draft-04/schema#" },
      /draft-04.* is not known; known are draft 2020-12/,
    ],
    ["an asynchronous schema", { $async: true }, /\$async/],
  ])("refuses %s", async (_what, schema, problem) => {
    expect(await schemaProblem(schema)).toMatch(problem);
  });
});

describe("validateAnswer", () => {
  it("gives the value that satisfies the schema", async () => {
    const text = 'Here it is:\n```json\n{"name": "Ada", "tags": ["x"]}\n```\n';
    expect(await validateAnswer(person, { text })).toEqual({ ok: true, value: { name: "Ada", tags: ["x"] } });
  });

  it("takes the CLI's own value where there is one, also if it is null, and validates it too", async () => {
    const text = '{"name": "from the text"}';
    const structured = { name: "from the CLI" };
    expect(await validateAnswer(person, { text, structured })).toEqual({ ok: true, value: structured });
    expect(await validateAnswer({ type: "null" }, { text, structured: null })).toEqual({ ok: true, value: null });
    expect(await validateAnswer(person, { text, structured: {} })).toMatchObject({
      error: { kind: "schema_invalid", message: expect.stringContaining("must have required property 'name'") },
    });
  });

  it("lists the problems with their paths, no more than five", async () => {
    const text = JSON.stringify({ tags: [1, 2, 3, 4, 5, 6], shoe: 46 });
    const result = await validateAnswer(person, { text });
    expect(result).toEqual({
      ok: false,
      error: {
        kind: "schema_invalid",
        message:
          "the answer does not satisfy the output schema: the answer must have required property 'name'; " +
          'the answer must NOT have additional properties: "shoe"; /tags/0 must be string; /tags/1 must be string; ' +
          "/tags/2 must be string; and 3 more",
      },
    });
  });

  it("names the values that are allowed", async () => {
    const result = await validateAnswer({ enum: ["yes", "no"] }, { text: '"maybe"' });
    expect(result).toMatchObject({
      error: { message: expect.stringContaining('must be equal to one of the allowed values: ["yes","no"]') },
    });
  });

  it("fails if there is no JSON, or more than one", async () => {
    expect(await validateAnswer(person, { text: "I can't." })).toMatchObject({
      error: { kind: "schema_invalid", message: "the answer holds no JSON, but the task has an output schema" },
    });
    expect(await validateAnswer(person, { text: '[1] says {"name":"x"}' })).toMatchObject({
      error: { message: expect.stringContaining("more than one JSON value") },
    });
  });

  it("keeps schemas with one $id apart", async () => {
    const strings = { $id: "http://x/one", type: "string" };
    const numbers = { $id: "http://x/one", type: "number" };
    const results = await Promise.all(
      [strings, numbers, strings].map((schema) => validateAnswer(schema, { text: "1" })),
    );
    expect(results.map(({ ok }) => ok)).toEqual([false, true, false]);
  });

  it("a schema that takes the id of a dialect's own schema harms no other", async () => {
    const $id = "http://json-schema.org/draft-07/schema#";
    expect(await schemaProblem({ $schema: $id, $id, type: "string" })).toMatch(/already exists/);
    expect(await schemaProblem({ $schema: $id, type: "string" })).toBeUndefined();
  });

  it("follows a schema that refers to itself", async () => {
    const list = { type: "object", properties: { next: { $ref: "#" } } };
    expect((await validateAnswer(list, { text: '{"next": {"next": {}}}' })).ok).toBe(true);
    expect((await validateAnswer(list, { text: '{"next": {"next": 1}}' })).ok).toBe(false);
  });

  it("a dialect's own rules count", async () => {
    const items = [{ type: "string" }, { type: "number" }];
    const draft07 = { $schema: "http://json-schema.org/draft-07/schema#", items };
    expect((await validateAnswer(draft07, { text: '["a", 1]' })).ok).toBe(true);
    expect((await validateAnswer(draft07, { text: '["a", "b"]' })).ok).toBe(false);
    expect((await validateAnswer({ prefixItems: items }, { text: '["a", "b"]' })).ok).toBe(false);
  });

  it("a hostile pattern in the schema ends at the limit", async () => {
    const result = await validateAnswer({ pattern: "^(a+)+$" }, { text: JSON.stringify(`${"a".repeat(50)}!`) });
    expect(result).toMatchObject({
      error: { kind: "schema_invalid", message: expect.stringContaining("took longer than 5 s") },
    });
  });

  it("an abort is no verdict on the answer: its reason is the failure", async () => {
    const options = { text: "1", signal: AbortSignal.abort({ kind: "canceled", message: "stopped" }) };
    expect(await validateAnswer({}, options)).toMatchObject({ error: { kind: "canceled" } });
  });

  it("a value of the CLI's that is nested without end is a failure, not a crash", async () => {
    let structured: unknown = 1;
    for (let depth = 0; depth < 100_000; depth++) structured = [structured];
    expect(await validateAnswer({}, { text: "", structured })).toMatchObject({ error: { kind: "schema_invalid" } });
  });
});

describe("repairPrompt", () => {
  const failure = { kind: "schema_invalid", message: "the answer holds no JSON" } as const;

  it("has the task, the answer and what was wrong with it", () => {
    const prompt = repairPrompt("List the files.", "a.ts and b.ts", failure);
    expect(prompt).toMatch(/^List the files\.\n/);
    expect(prompt).toContain("<previous_answer>\na.ts and b.ts\n</previous_answer>");
    expect(prompt).toContain("not accepted: the answer holds no JSON.");
  });

  it("does not quote a huge answer whole", () => {
    const prompt = repairPrompt("p", "x".repeat(1_000_000), failure);
    expect(prompt.length).toBeLessThan(40_000);
    expect(prompt).toContain("the rest is left out");
  });
});
