import fc from "fast-check";
import { expect, it } from "vitest";
import { stringify } from "yaml";
import { type Diagnostic, formatPath, parsePath } from "../../../src/document/diagnostics.js";
import { BACKEND_NAMES } from "../../../src/schema/built-in.js";
import type { TaskFile } from "../../../src/schema/task-file.js";
import { APPROVAL_MODES } from "../../../src/schema/task-input.js";
import { type LoadedTaskFile, readTaskFile } from "../../../src/task-file/task-file.js";
import { wholeFile } from "../../rig/read-tasks.js";

const read = (text: string, name = "stdin") => wholeFile(readTaskFile({ name, text }, "/"));

/** Values that look like a task file here and there. */
const nearlyTasks = fc.oneof(
  { weight: 1, arbitrary: fc.jsonValue() },
  {
    weight: 3,
    arbitrary: fc.record(
      {
        tasks: fc.array(
          fc.record(
            {
              backend: fc.oneof(fc.constantFrom(...BACKEND_NAMES), fc.jsonValue()),
              prompt: fc.oneof(fc.string({ unit: "binary" }), fc.jsonValue()),
              promt: fc.string(),
              approval_mode: fc.oneof(fc.constantFrom(...APPROVAL_MODES), fc.string()),
              max_turns: fc.oneof(fc.nat(), fc.double(), fc.string()),
              meta: fc.oneof(fc.dictionary(fc.string(), fc.jsonValue()), fc.jsonValue()),
              tags: fc.oneof(fc.array(fc.string()), fc.jsonValue()),
            },
            { requiredKeys: [] },
          ),
        ),
        defaults: fc.oneof(fc.constant({ backend: "claude" }), fc.jsonValue()),
        max_parallel: fc.oneof(fc.nat(), fc.jsonValue()),
        "x-y": fc.jsonValue(),
      },
      { requiredKeys: ["tasks"] },
    ),
  },
);

const words = fc.string({ minLength: 1, unit: fc.constantFrom(..."abc:#-'\"\\ \n\té😀{[*&!%@`|>?,") });
const goodTasks = fc.record(
  {
    tasks: fc.array(
      fc.record(
        {
          backend: fc.constantFrom(...BACKEND_NAMES),
          prompt: words,
          name: words,
          tags: fc.array(words),
          max_turns: fc.nat(),
          verbose: fc.boolean(),
          meta: fc.dictionary(words, fc.oneof(words, fc.integer(), fc.boolean(), fc.constant(null))),
        },
        { requiredKeys: ["backend", "prompt"] },
      ),
      { minLength: 1 },
    ),
    fail_fast: fc.boolean(),
  },
  { requiredKeys: ["tasks"] },
);

it("any JSON value is a task file or has problems at places that exist", async () => {
  await fc.assert(
    fc.asyncProperty(nearlyTasks, fc.constantFrom(undefined, 2), async (value, indent) => {
      const text = JSON.stringify(value, null, indent);
      const lines = text.split("\n");
      const result = await read(text);
      if (result.ok) return;
      expect(result.error.length).toBeGreaterThan(0);
      for (const { path = "", line = 0, column = 0, message } of result.error) {
        expect(message).not.toBe("");
        expect(line).toBeGreaterThan(0);
        expect(column).toBeGreaterThan(0);
        expect(column).toBeLessThanOrEqual((lines[line - 1] ?? "").length);
        const root = Array.isArray(value) ? { tasks: value } : value;
        const parent = parsePath(path).slice(0, -1);
        expect(parent.reduce<unknown>((here, step) => (here as Record<string, unknown>)[step], root)).toBeDefined();
      }
    }),
  );
});

it("any text is a task file or has problems", async () => {
  const pieces = fc.constantFrom(
    ..."{}[]\",:'#-&*!|>?%@\\ \n\t/",
    '{"tasks":[',
    "tasks:\n",
    "- ",
    "prompt",
    "//",
    "/*",
    "*/",
    "é",
    "\u2028",
  );
  const text = fc.array(pieces, { maxLength: 40 }).map((parts) => parts.join(""));
  await fc.assert(
    fc.asyncProperty(text, fc.constantFrom("stdin", "a.json", "a.yaml"), async (input, name) => {
      const result = await read(input, name);
      if (!result.ok) expect(result.error.length).toBeGreaterThan(0);
    }),
    { numRuns: 500 },
  );
});

it("the same tasks in JSON, in JSON with comments, and in YAML are the same", async () => {
  await fc.assert(
    fc.asyncProperty(goodTasks, async (value) => {
      const texts: [string, string][] = [
        [JSON.stringify(value), "a.json"],
        [`// a comment with "quotes" and: [brackets\n${JSON.stringify(value, null, 2)} /* end */`, "a.jsonc"],
        // No block scalars: yaml 2.9.1 writes a text of blanks and line breaks as one that it reads back without the blanks.
        [stringify(value, { blockQuote: false }), "a.yaml"],
        [stringify(value, { blockQuote: false, defaultStringType: "QUOTE_SINGLE" }), "stdin"],
      ];
      for (const [text, name] of texts) {
        const result = await read(text, name);
        if (!result.ok) throw new Error(`${name}: ${JSON.stringify(result.error)}\n${text}`);
        expect(result.value.file).toEqual(value as TaskFile);
      }
    }),
  );
});

it("a place found in YAML is the one found in JSON", async () => {
  await fc.assert(
    fc.asyncProperty(goodTasks, async (value) => {
      // JSON is YAML too, so that both index the same text.
      const text = JSON.stringify(value, null, 2);
      const [json, yaml] = [await read(text, "a.json"), await read(text, "a.yaml")];
      if (!json.ok || !yaml.ok) throw new Error("both are valid");
      for (const path of ["tasks", "tasks[0].prompt", "tasks[0].tags", "tasks[0].nothing", "fail_fast"]) {
        const at = ({ reportTo }: LoadedTaskFile) => {
          const found: Diagnostic[] = [];
          reportTo(found)(path, "wrong");
          return found.map(({ line, column }) => [line, column]);
        };
        expect(at(yaml.value)).toEqual(at(json.value));
      }
    }),
  );
});

it("a path is read back as it was written", () => {
  const step = fc.oneof(fc.nat(), fc.string({ unit: "grapheme" }));
  fc.assert(
    fc.property(fc.array(step), (path) => {
      expect(parsePath(formatPath(path))).toEqual(path);
    }),
  );
});
