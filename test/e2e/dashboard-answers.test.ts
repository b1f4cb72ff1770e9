// Answers in the dashboard: hostile ones, large ones, and several beside each other.
import type { Page } from "playwright-core";
import { describe, expect, it } from "vitest";
import { HAS_BROWSER } from "../rig/browser.js";
import { onStage, type Stage, task } from "../rig/stage.js";

let page: Page;
let server: Stage["server"];
let clis: Stage["clis"];
let requests: Stage["requests"];
let complaints: Stage["complaints"];
onStage((stage) => {
  ({ page, server, clis, requests, complaints } = stage);
});

const next = (name: string) => clis.next({ prompt: `do ${name}` });
const detail = () => page.getByRole("article");

async function openRun(run_id: string): Promise<void> {
  await page.goto(`${server.url}/#/runs/${run_id}`);
}

async function openTask(name: string): Promise<void> {
  await page.getByRole("link", { name, exact: true }).click();
}

const HOSTILE = `# Hello

<img src=x onerror="alert(1)"> <script>alert(2)</script> <style>*{display:none}</style>
<iframe src="https://evil.example/frame"></iframe><svg onload=alert(3)>

<!-- <script>alert(4)</script> -->

[script](javascript:alert(5)) [data](data:text/html,<script>alert(6)</script>) [tab](java\tscript:alert(7))
![picture](https://evil.example/pixel.png) ![own](/api/v1/runs) <https://evil.example/auto>
[good](https://example.com/ "onmouseover=alert(8)")

\`\`\`"><img src=x onerror=alert(9)>
code
\`\`\`

${"x".repeat(20_000)}
`;

describe.skipIf(!HAS_BROWSER)("a hostile answer", () => {
  it("runs nothing, loads nothing and breaks nothing", async () => {
    const id = await server.begin({ tasks: [task("evil <script>alert(10)</script>"), task("other")] });
    await openRun(id);
    await (await next("evil")).answer(HOSTILE);
    await (await next("other")).answer("harmless");
    await openTask("evil <script>alert(10)</script>");
    const answer = detail().getByLabel("Answer", { exact: true });
    await answer.getByRole("heading", { name: "Hello" }).waitFor();
    expect(await answer.locator("img, script, style, iframe, svg, [onload], [onerror], [onmouseover]").count()).toBe(0);
    const links = await answer.getByRole("link").evaluateAll((all) => all.map((one) => String(one)));
    expect(links.filter((href) => !/^(https?|mailto):/.test(href))).toEqual([]);
    for (const link of await answer.getByRole("link").all()) {
      expect(await link.getAttribute("rel")).toBe("noopener noreferrer nofollow");
      expect(await link.getAttribute("target")).toBe("_blank");
    }
    expect(await overflow(page)).toBe(0);
    await answer.getByRole("button", { name: "Text" }).click();
    expect(await answer.getByLabel("Answer as text").textContent()).toBe(HOSTILE);
    expect(await overflow(page)).toBe(0);
    await answer.getByRole("button", { name: "Rendered" }).click();
    await page.goto(`${server.url}/#/runs/${id}/compare?task=task-1&task=task-2`);
    await page.getByRole("button", { name: "Differences" }).click();
    await page.getByText("of the words are the same").waitFor();
    expect(requests.filter((url) => !url.startsWith(`${server.url}/`))).toEqual([]);
    expect(complaints).toEqual([]);
  });
});

describe.skipIf(!HAS_BROWSER)("large answers", () => {
  it("are fetched when somebody looks, and their end is left to the file", async () => {
    const text = `${"a line of an answer\n".repeat(90_000)}the end`;
    const id = await server.begin({ tasks: [task("large")] });
    await openRun(id);
    await (await next("large")).answer(text);
    await openTask("large");
    await detail().getByText("the beginning of an answer of 1.8 MB").waitFor();
    const [download] = await Promise.all([
      page.waitForEvent("download"),
      detail().getByRole("button", { name: "Save" }).click(),
    ]);
    expect(download.suggestedFilename()).toBe(`${id}-task-1.md`);
    expect(complaints).toEqual([]);
  });
});

describe.skipIf(!HAS_BROWSER)("compare", () => {
  it("puts answers to one prompt side by side and marks the words that differ", async () => {
    const same = (name: string, backend: string) => ({ name, backend, prompt: "do the same" });
    const tasks = [task("alone"), same("left", "gemini"), same("right", "claude")];
    const id = await server.begin({ tasks, max_parallel: 3 });
    await openRun(id);
    await (await next("alone")).answer("x");
    const prompt = "do the same";
    await (await clis.next({ name: "gemini", prompt })).answer("The quick brown fox jumps.");
    await (await clis.next({ name: "claude", prompt })).answer("The quick red fox jumps high.");
    await page.getByText("3 of 3 done").waitFor();
    await page.getByRole("link", { name: "Compare" }).click();
    await page.getByRole("heading", { name: "Compare answers" }).waitFor();
    const headings = page.getByRole("article").getByRole("heading");
    await expect.poll(() => headings.allTextContents()).toEqual(["left", "right"]);
    await page.getByRole("button", { name: "Differences" }).click();
    await page.locator("ins").first().waitFor();
    expect(await page.locator("del").allTextContents()).toEqual(["brown"]);
    expect((await page.locator("ins").allTextContents()).map((text) => text.trim())).toEqual(["red", "high"]);
    await page.getByText("Tasks: 2 of 3").click();
    await page.getByRole("checkbox", { name: "alone" }).check();
    await expect.poll(() => page.getByRole("article").count()).toBe(3);
    await page.getByRole("button", { name: "Answers" }).click();
  });
});

/** Pixels by which the page is wider than the window. */
function overflow(at: Page): Promise<number> {
  return at.evaluate("document.documentElement.scrollWidth - innerWidth");
}
