import { describe, expect, it } from "vitest";
import { patternProblem, redactor } from "../../../src/redact/redact.js";

const withSecrets = (...values: string[]) =>
  redactor({ env: Object.fromEntries(values.map((value, index) => [`S${index}_SECRET`, value])) });

describe("patternProblem", () => {
  it.each(["abcdefgh", "sk-*", "AKIA*", "a.b+c(d)*"])("accepts %s", (pattern) => {
    expect(patternProblem(pattern)).toBeUndefined();
  });
  it.each([
    ["short", "is shorter than 8 characters"],
    ["", "is shorter than 8 characters"],
    ["*", "needs at least 3 characters before the `*`"],
    ["sk*", "needs at least 3 characters before the `*`"],
    ["sk-*-end", "may have a `*` only at its end"],
    ["sk-**", "may have a `*` only at its end"],
  ])("refuses %j", (pattern, problem) => {
    expect(patternProblem(pattern)).toBe(problem);
  });
});

describe("redact", () => {
  it("masks every place", () => {
    expect(withSecrets("hunter-22").redact("a hunter-22 b hunter-22hunter-22")).toBe("a *** b ******");
  });
  it("takes the longest of several that begin at one place", () => {
    expect(withSecrets("hunter-22", "hunter-2233").redact("hunter-2233 hunter-22")).toBe("*** ***");
  });
  it("takes no character of a value as special", () => {
    const value = "a.c*[x](y)+\\d$^|{1}/?";
    expect(withSecrets(value).redact(`<${value}> abc`)).toBe("<***> abc");
  });
  it("knows a value inside of JSON and in a URL", () => {
    const value = 'p"ss/wörd\n1';
    const redact = withSecrets(value);
    expect(redact.redact(JSON.stringify({ a: value }))).toBe('{"a":"***"}');
    expect(redact.redact(`https://x/?k=${encodeURIComponent(value)}&b`)).toBe("https://x/?k=***&b");
    expect(redact.redact(encodeURIComponent(value).replace(/%../g, (code) => code.toLowerCase()))).toBe("***");
  });
  it.each([
    ["JSON in ASCII, as Python writes it", String.raw`{"a":"W\u00f6rd <&>'/1 x"}`, '{"a":"***"}'],
    ["with capital letters", String.raw`{"a":"W\u00F6rd <&>'/1 x"}`, '{"a":"***"}'],
    ["JSON as Go writes it", String.raw`{"a":"Wörd \u003c\u0026\u003e'/1 x"}`, '{"a":"***"}'],
    ["JSON as PHP writes it", String.raw`{"a":"Wörd <&>'\/1 x"}`, '{"a":"***"}'],
    ["HTML", "<b>Wörd &lt;&amp;&gt;&#39;/1 x</b>", "<b>***</b>"],
    ["HTML with a bare quote", "<b>Wörd &lt;&amp;&gt;'/1 x</b>", "<b>***</b>"],
    ["HTML with another entity", "<b>Wörd &lt;&amp;&gt;&#x27;/1 x</b>", "<b>***</b>"],
    ["a form", "a=W%C3%B6rd+%3C%26%3E%27%2F1+x&b", "a=***&b"],
    ["a URL as Python quotes it", "a=W%c3%b6rd%20%3c%26%3e%27%2f1%20x&b", "a=***&b"],
    ["a shell", `echo 'Wörd <&>'\\''/1 x'`, "echo '***'"],
  ])("knows a value in %s", (_where, text, masked) => {
    expect(withSecrets("Wörd <&>'/1 x").redact(text)).toBe(masked);
  });
  it("knows a value in JSON that is a text in JSON", () => {
    const value = 'a"b\\c\n12';
    expect(withSecrets(value).redact(JSON.stringify(JSON.stringify({ a: value })))).toBe(String.raw`"{\"a\":\"***\"}"`);
  });
  it("masks literal patterns, and those with a star to the end of the token", () => {
    const { redact } = redactor({ patterns: ["Project Blue", "sk-*", "no"] });
    const masking = redactor({ patterns: ["Project Blue", "sk-*", "no"] });
    expect(redact.call(masking, 'no Project Blue "sk-ant-12345_x.y", sk-1234 sk-')).toBe('no *** "***", sk-1234 sk-');
  });
  it("a value that a pattern describes is masked to the end of the token", () => {
    const masking = redactor({ env: { API_KEY: "sk-abc 123" }, patterns: ["sk-*"] });
    expect(masking.redact("sk-abc 12345 sk-abc 123 sk-abcdefgh")).toBe("*** *** ***");
  });
  it("is idle without secrets", () => {
    const none = redactor({ env: { HOME: "/home/me", API_KEY: "short" }, patterns: ["short"] });
    expect(none.idle).toBe(true);
    expect(none.redact("short /home/me")).toBe("short /home/me");
    const stream = none.stream();
    expect([stream.push("short"), stream.end()]).toEqual(["short", ""]);
    expect(withSecrets("hunter-22").idle).toBe(false);
  });
});

describe("stream", () => {
  it("masks a value that is cut, and holds back no more than its beginning", () => {
    const stream = withSecrets("hunter-22").stream();
    expect(stream.push("the hun")).toBe("the ");
    expect(stream.push("ter-2")).toBe("");
    expect(stream.push("2! hunt")).toBe("***! ");
    expect(stream.push("ing, h")).toBe("hunting, ");
    expect(stream.end()).toBe("h");
    expect(stream.push("anew ")).toBe("anew ");
  });
  it("waits for the longer of two", () => {
    const stream = withSecrets("hunter-22", "hunter-2233").stream();
    expect(stream.push("hunter-22")).toBe("");
    expect(stream.push("34")).toBe("***34");
    expect(stream.push("hunter-223")).toBe("");
    expect(stream.push("3 ")).toBe("*** ");
  });
  it("holds nothing of a token that does not end", () => {
    const stream = redactor({ patterns: ["sk-*"] }).stream();
    expect(stream.push("key sk-1234")).toBe("key ");
    expect(stream.push("5")).toBe("***");
    for (let piece = 0; piece < 10; piece++) expect(stream.push("x".repeat(1000))).toBe("");
    expect(stream.push("x end")).toBe(" end");
    expect(stream.end()).toBe("");
  });
});

// Each would take hours if the time grew with the square of the length.
it.each([
  ["beginnings of a literal", "aaaaaaaaaaaaaaab", "a".repeat(2_000_000)],
  ["beginnings of a pattern", "sk-*", "sk-".repeat(700_000)],
  ["short runs", "sk-*", "sk-x ".repeat(400_000)],
])("does not get lost in many %s", (_what, pattern, text) => {
  const masking = redactor({ patterns: [pattern] });
  const stream = masking.stream();
  let streamed = "";
  for (let at = 0; at < text.length; at += 1000) streamed += stream.push(text.slice(at, at + 1000));
  expect(streamed + stream.end() === masking.redact(text)).toBe(true);
});
