// Councils, chains and comparisons in the dashboard, and how a run is deleted.
import type { Page } from "playwright-core";
import { describe, expect, it } from "vitest";
import { HAS_BROWSER } from "../rig/browser.js";
import { onStage, type Stage, task } from "../rig/stage.js";

let page: Page;
let server: Stage["server"];
let clis: Stage["clis"];
let complaints: Stage["complaints"];
onStage((stage) => {
  ({ page, server, clis, complaints } = stage);
});

const next = (name: string) => clis.next({ prompt: `do ${name}` });
const row = (name: string) => page.getByRole("listitem").filter({ has: page.getByRole("link", { name, exact: true }) });
const bar = (name: string) => row(name).getByRole("img");
const verdict = () => page.getByRole("region", { name: "Council's verdict" });
const votes = () => page.getByRole("region", { name: "Votes" });

async function openRun(run_id: string): Promise<void> {
  await page.goto(`${server.url}/#/runs/${run_id}`);
}

const judge = { backend: "codex", name: "The judge", prompt: "Merge {{results}}", retries: 0 };

describe.skipIf(!HAS_BROWSER)("a council", () => {
  it("shows its judge among the tasks, and on top the verdict and the votes", async () => {
    const tasks = [task("one"), task("two"), task("three"), task("four")];
    const vote = { extract: "say (\\w+)", of: "choice" };
    const id = await server.begin({ tasks, vote, judge, max_parallel: 4 });
    await openRun(id);
    await verdict().getByText("It judges when all answers have arrived.").waitFor();
    expect(await bar("The judge").getAttribute("data-state")).toBe("queued");
    await row("The judge").getByText("judge", { exact: true }).waitFor();
    await (await next("one")).answer("I say yes");
    await (await next("two")).answer("I say yes");
    await (await next("three")).answer("I say no");
    await (await next("four")).answer("I don't know");
    const judging = await clis.next({ name: "codex", prompt: "Merge" });
    await expect.poll(() => bar("The judge").getAttribute("data-state")).toBe("running");
    await page.getByText("4 of 4 done").waitFor();
    await judging.answer("# Do it\n\n**Most** of them like it.");
    await verdict().getByRole("heading", { name: "Do it" }).waitFor();
    expect(await verdict().locator("strong").allTextContents()).toContain("Most");
    expect(await bar("The judge").getAttribute("data-state")).toBe("OK");
    await votes().getByText("2 of 3").waitFor();
    const cells = await votes().getByRole("row").allTextContents();
    expect(cells).toEqual(["VoteTaskBackend", "yesonegemini", "yestwogemini", "no minoritythreegemini"]);
    expect(await votes().textContent()).toContain("No vote from four");
    await row("The judge").getByRole("link").click();
    await page.getByRole("article").getByText("Most of them like it.").waitFor();
    expect(await page.getByRole("article").textContent()).toContain("Merge {{results}}");
    expect(complaints).toEqual([]);
  });

  it("tells the mean of numbers, and why there is no verdict, and lets the judge try again", async () => {
    const tasks = [task("one"), task("two")];
    const vote = { extract: "(\\d+)/10", of: "number" };
    const id = await server.begin({ tasks, vote, judge, max_parallel: 2 });
    await openRun(id);
    await (await next("one")).answer("6/10");
    await (await next("two")).answer("9/10");
    (await clis.next({ name: "codex", prompt: "Merge" })).exit(3);
    await verdict().getByLabel("Failure").waitFor();
    expect(await votes().locator("dl").textContent()).toBe("Mean7.5Median7.5Lowest6Highest9Standard deviation1.5");
    await page.getByRole("button", { name: "Retry failed" }).click();
    await (await clis.next({ name: "codex", prompt: "Merge" })).answer("at last");
    await verdict().getByText("at last").waitFor();
    await page.getByText("Finished").waitFor();
  });
});

describe.skipIf(!HAS_BROWSER)("kinds of runs", () => {
  it("a chain is steps in order", async () => {
    const id = await server.begin({ steps: [task("first"), task("second", { prompt: "do {{previous}}" })] }, "chain");
    await page.getByRole("row").filter({ hasText: id }).getByText("chain").waitFor();
    await openRun(id);
    await (await next("first")).answer("more");
    await (await next("more")).answer("end");
    await page.getByText("2 of 2 done").waitFor();
    await page.getByRole("heading", { level: 1, name: "chain" }).waitFor();
    const steps = page.getByRole("list", { name: "Steps" }).getByRole("listitem");
    await expect.poll(() => bar("second").getAttribute("data-state")).toBe("OK");
    expect((await steps.allTextContents()).map((text) => /\d\. (first|second)/.exec(text)?.[0])).toEqual([
      "1. first",
      "2. second",
    ]);
    expect(await page.getByRole("link", { name: "Compare" }).count()).toBe(0);
  });

  it("a comparison leads to its answers side by side", async () => {
    const id = await server.begin({ prompt: "do the same", backends: ["claude", "gemini"] }, "compare");
    await (await clis.next({ name: "claude", prompt: "do the same" })).answer("from claude");
    await (await clis.next({ name: "gemini", prompt: "do the same" })).answer("from gemini");
    const line = page.getByRole("row").filter({ hasText: id });
    await line.getByText("Finished").waitFor();
    await line.getByRole("link", { name: "side by side" }).click();
    await page.getByRole("article").getByText("from claude").waitFor();
    await page.getByRole("article").getByText("from gemini").waitFor();
    await openRun(id);
    await page.getByRole("link", { name: "Compare", exact: true }).click();
    await expect.poll(() => page.getByRole("article").count()).toBe(2);
  });
});

describe.skipIf(!HAS_BROWSER)("a run that is not wanted any more", () => {
  it("is deleted after a second look, and not while it is under way", async () => {
    const id = await server.begin({ tasks: [task("one")] });
    await openRun(id);
    const one = await next("one");
    await expect.poll(() => bar("one").getAttribute("data-state")).toBe("running");
    expect(await page.getByRole("button", { name: "Delete run" }).count()).toBe(0);
    await one.answer("gone soon");
    await page.getByRole("button", { name: "Delete run" }).click();
    await page.getByRole("dialog", { name: "Delete this run?" }).getByRole("button", { name: "Keep it" }).click();
    await expect.poll(() => page.getByRole("dialog").count()).toBe(0);
    expect((await server.ask(`/api/v1/runs/${id}`)).status).toBe(200);
    await page.getByRole("button", { name: "Delete run" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Delete", exact: true }).click();
    await page.getByText("The run is deleted.").waitFor();
    await page.getByRole("heading", { name: "Nothing has run yet" }).waitFor();
    expect((await server.ask(`/api/v1/runs/${id}`)).status).toBe(404);
    expect(complaints).toEqual([]);
  });
});
