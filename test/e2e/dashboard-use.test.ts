// Beginning a run in the dashboard, getting in, and using it without a mouse, by ear, or on a phone.
import type { Page } from "playwright-core";
import { describe, expect, it } from "vitest";
import { HAS_BROWSER } from "../rig/browser.js";
import { newPage } from "../rig/dashboard.js";
import { crash, onStage, type Stage, task } from "../rig/stage.js";

let page: Page;
let server: Stage["server"];
let clis: Stage["clis"];
let space: Stage["space"];
let browser: Stage["browser"];
let requests: Stage["requests"];
let complaints: Stage["complaints"];
onStage((stage) => {
  ({ page, server, clis, space, browser, requests, complaints } = stage);
});

const next = (name: string) => clis.next({ prompt: `do ${name}` });
const row = (name: string) => page.getByRole("listitem").filter({ has: page.getByRole("link", { name, exact: true }) });
const bar = (name: string) => row(name).getByRole("img");
const detail = () => page.getByRole("article");

describe.skipIf(!HAS_BROWSER)("a new run", () => {
  const field = () => page.getByRole("textbox", { name: "Task file" });
  const problems = () => page.getByRole("region", { name: "Problems" });

  it("is checked as it is typed, with line and column, and begins when all is well", async () => {
    await page.getByRole("link", { name: "New run" }).click();
    await field().fill('{\n  "tasks": [\n    {"backend": "claud", "prompt": "do it",}\n  ]\n}');
    await problems().getByRole("button", { name: "line 3, column 17" }).waitFor();
    await expect.poll(() => problems().textContent()).toContain("did you mean claude?");
    expect(await page.getByRole("button", { name: "Start the run" }).isDisabled()).toBe(true);
    await problems().getByRole("button", { name: "line 3, column 17" }).click();
    await page.keyboard.press("Shift+End");
    expect(await page.evaluate("getSelection().toString()")).toBe('"claud", "prompt": "do it",}');
    await field().fill("tasks:\n  - backend: claude\n    promt: do it\n");
    await problems().getByRole("button", { name: "line 3, column 5" }).waitFor();
    await field().fill("tasks:\n  - backend: claude\n    prompt: do it\n    name: typed\n");
    await page.getByText("1 task: 1 claude").waitFor();
    await page.getByRole("button", { name: "Start the run" }).click();
    await (await next("it")).answer("done");
    await expect.poll(() => bar("typed").getAttribute("data-state")).toBe("OK");
    expect(complaints).toEqual([]);
  });

  it("shows what only the server can know", async () => {
    await page.getByRole("link", { name: "New run" }).click();
    await field().fill(
      JSON.stringify({ tasks: [task("x"), task("y", { sandbox_mode: "full" })] }, null, 2).replaceAll("\r", ""),
    );
    await page.getByRole("button", { name: "Start the run" }).click();
    await problems()
      .getByRole("button", { name: /^line 1[0-9], column/ })
      .waitFor();
    expect(await problems().textContent()).toContain("tasks[1].sandbox_mode");
  });

  it("can be a dry run, from a file", async () => {
    await page.getByRole("link", { name: "New run" }).click();
    const path = space.file("own.yaml", "- backend: codex\n  prompt: do x\n  name: dropped\n");
    await page.getByLabel("Open a file").setInputFiles(path);
    await page.getByRole("checkbox", { name: "Dry run" }).check();
    await page.getByRole("button", { name: "Show the commands" }).click();
    const commands = page.getByRole("region", { name: "Commands" });
    await commands.getByText("codex exec").waitFor();
    expect(clis.waiting.filter(({ stdin }) => stdin !== "")).toEqual([]);
  });
});

describe.skipIf(!HAS_BROWSER)("the key", () => {
  it("leaves the address at once and stays in the tab", async () => {
    await page.getByRole("heading", { name: "Nothing has run yet" }).waitFor();
    expect(server.entrance).toContain("#key=");
    expect(page.url()).toBe(`${server.url}/#/`);
    expect(await page.evaluate("Object.keys(localStorage).filter((name) => /key/.test(name)).length")).toBe(0);
    expect(requests.filter((url) => url.includes("key"))).toEqual([]);
  });

  it("is asked for when it is missing or wrong", async () => {
    const other = await newPage(browser.context);
    await other.page.goto(`${server.url}/`);
    await other.page.getByLabel("Key").fill("nonsense");
    await other.page.keyboard.press("Enter");
    await other.page.getByText("does not accept").waitFor();
    await other.page.getByLabel("Key").fill(server.entrance.split("=")[1] ?? "");
    await other.page.getByRole("button", { name: "Continue" }).click();
    await other.page.getByRole("heading", { name: "Nothing has run yet" }).waitFor();
    await other.page.close();
  });
});

describe.skipIf(!HAS_BROWSER)("an address with a key", () => {
  const follow = (at: Page, hash: string) => at.evaluate(`location.hash = ${JSON.stringify(hash)}`);
  const listed = (at: Page) => at.getByRole("heading", { name: "Nothing has run yet" }).waitFor();

  it("lets in at once where the key was asked for", async () => {
    const other = await newPage(browser.context);
    await other.page.goto(`${server.url}/`);
    await other.page.getByLabel("Key").waitFor();
    await follow(other.page, server.entrance.slice(1));
    await listed(other.page);
    expect(other.page.url()).toBe(`${server.url}/#/`);
    await other.page.close();
  });

  it("does not replace a key that works by one that does not", async () => {
    await listed(page);
    await follow(page, "#key=nonsense-of-others");
    await page.getByRole("status").getByText("does not accept the key").waitFor();
    await page.reload();
    await listed(page);
    complaints.splice(0);
  });

  it("may have half of an escape: then the key is asked for", async () => {
    const other = await newPage(browser.context);
    await other.page.goto(`${server.url}/#key=%`);
    await other.page.getByText("does not accept").waitFor();
    expect(other.complaints.filter((text) => text.includes("URI"))).toEqual([]);
    await other.page.close();
  });
});

describe.skipIf(!HAS_BROWSER)("a tab that nobody looks at", () => {
  const show = (isHidden: boolean) =>
    page.evaluate(`Object.defineProperty(document, "hidden", { configurable: true, get: () => ${isHidden} });
      document.dispatchEvent(new Event("visibilitychange"))`);

  it("leaves its connection to others, and goes on where it was when it is seen again", async () => {
    const id = await server.begin({ tasks: [task("one"), task("two")] });
    await page.goto(`${server.url}/#/runs/${id}`);
    await (await next("one")).answer("the first");
    await expect.poll(() => bar("one").getAttribute("data-state")).toBe("OK");
    const ended = page.waitForEvent("requestfailed", (request) => request.url().endsWith("/events"));
    await show(true);
    await ended;
    await (await next("two")).answer("the second");
    const again = page.waitForRequest((request) => request.url().endsWith("/events"));
    await show(false);
    expect(Number((await again).headers()["last-event-id"])).toBeGreaterThan(1);
    await expect.poll(() => bar("two").getAttribute("data-state")).toBe("OK");
  });
});

describe.skipIf(!HAS_BROWSER)("everybody", () => {
  it("gets from the list to an answer with the keyboard alone", async () => {
    const id = await server.begin({ tasks: [task("one"), task("two")] });
    await (await next("one")).answer("the first");
    await (await next("two")).answer("the second");
    const line = page.getByRole("row").filter({ hasText: id });
    await line.getByText("Finished").waitFor();
    await page.keyboard.press("Tab");
    expect(await focused()).toBe("Skip to the content");
    await page.keyboard.press("Enter");
    await tabTo(await line.getByRole("link").first().innerText());
    await page.keyboard.press("Enter");
    // The list says the same of the run: its page is there when its buttons are.
    await page.getByRole("link", { name: "Compare", exact: true }).waitFor();
    await expect.poll(() => page.evaluate("document.activeElement?.tagName")).toBe("H1");
    expect(await focused()).toContain(id);
    await tabTo("two");
    expect(await page.evaluate("getComputedStyle(document.activeElement, '::after').outlineStyle")).toBe("solid");
    await page.keyboard.press("Enter");
    await expect.poll(() => focused()).toBe("two");
    await detail().getByText("the second").waitFor();
    await tabTo("Copy");
    await page.keyboard.press("Enter");
    await page
      .getByRole("status")
      .getByText(/Copied|clipboard/)
      .waitFor();
  });

  it("keeps the place when a button goes away with the run's end", async () => {
    const id = await server.begin({ tasks: [task("one")] });
    await page.goto(`${server.url}/#/runs/${id}`);
    await next("one");
    await page.getByRole("button", { name: "Cancel run" }).focus();
    await page.keyboard.press("Enter");
    await page.getByText("Interrupted").first().waitFor();
    await expect.poll(() => page.evaluate("document.activeElement?.tagName")).toBe("H1");
  });

  it("finds names and roles on every page", async () => {
    const id = await server.begin({ tasks: [task("one"), task("two")] });
    await crash(await next("one"));
    await (await next("two")).answer("fine");
    const places = ["#/", `#/runs/${id}`, `#/runs/${id}/tasks/task-1`, `#/runs/${id}/compare`, "#/start"];
    for (const place of places) {
      await page.goto(`${server.url}/${place}`);
      await page.getByRole("heading", { level: 1 }).waitFor();
      if (place.includes(id)) await page.getByText("two").first().waitFor();
      expect(await page.evaluate(NAMELESS)).toEqual([]);
      expect(await page.getByRole("heading", { level: 1 }).count()).toBe(1);
      expect(await page.getByRole("main").count()).toBe(1);
      expect(await page.title()).toMatch(/ · clinvk$/);
    }
  });

  it("reads it on a phone", async () => {
    const id = await server.begin({ tasks: [task("a-name-without-any-place-to-break-it-".repeat(4)), task("two")] });
    await (await next("a-name")).answer(
      `| a | b |\n|---|---|\n| ${"wide ".repeat(60)} | x |\n\n\`${"y".repeat(300)}\``,
    );
    await crash(await next("two"));
    await page.setViewportSize({ width: 360, height: 740 });
    const tasks = [`#/runs/${id}/tasks/task-1`, `#/runs/${id}/tasks/task-2`];
    for (const place of ["#/", `#/runs/${id}`, ...tasks, `#/runs/${id}/compare?task=task-1&task=task-2`, "#/start"]) {
      await page.goto(`${server.url}/${place}`);
      await page.getByRole("heading", { level: 1 }).waitFor();
      if (place.includes("tasks")) await detail().getByRole("heading", { level: 2 }).waitFor();
      expect(await overflow(page)).toBe(0);
    }
  });
});

/** What a person who listens would hear nothing of: controls without a name, pictures without words. */
const NAMELESS = `[...document.querySelectorAll("a, button, input, select, textarea, svg")].filter((one) => {
  if (one.closest("[aria-hidden=true]")) return false;
  if (one.tagName === "svg") return !(one.getAttribute("role") === "img" && one.getAttribute("aria-label"));
  const label = one.labels?.[0]?.textContent || one.getAttribute("aria-label") || one.textContent;
  return !label.trim();
}).map((one) => one.outerHTML.slice(0, 200))`;

/** Pixels by which the page is wider than the window. */
function overflow(at: Page): Promise<number> {
  return at.evaluate("document.documentElement.scrollWidth - innerWidth");
}

function focused(): Promise<string> {
  return page.evaluate("document.activeElement?.textContent ?? ''");
}

/** Presses Tab until something with this text has the focus. */
async function tabTo(text: string): Promise<void> {
  for (let step = 0; step < 40; step++) {
    await page.keyboard.press("Tab");
    if ((await focused()) === text) return;
  }
  throw new Error(`${text} can't be reached with Tab`);
}
