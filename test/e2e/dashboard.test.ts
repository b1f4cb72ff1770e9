// The dashboard as a person sees runs in it: a real browser, the built server, and CLIs that the test drives.
import { mkdirSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Page } from "playwright-core";
import { describe, expect, it } from "vitest";
import { HAS_BROWSER } from "../rig/browser.js";
import { startWire } from "../rig/dashboard.js";
import type { FakeInvocation } from "../rig/fake-clis.js";
import { takeScreenshots } from "../rig/screenshots.js";
import { crash, onStage, type Stage, task } from "../rig/stage.js";

let page: Page;
let server: Stage["server"];
let clis: Stage["clis"];
onStage((stage) => {
  ({ page, server, clis } = stage);
});

const next = (name: string) => clis.next({ prompt: `do ${name}` });
const row = (name: string) => page.getByRole("listitem").filter({ has: page.getByRole("link", { name, exact: true }) });
const bar = (name: string) => row(name).getByRole("img");
const detail = () => page.getByRole("article");

async function openRun(run_id: string): Promise<void> {
  await page.goto(`${server.url}/#/runs/${run_id}`);
}

async function openTask(name: string): Promise<void> {
  await page.getByRole("link", { name, exact: true }).click();
}

/** What gemini prints while it talks. */
async function says(cli: FakeInvocation, text: string): Promise<void> {
  await cli.records({ type: "message", role: "assistant", content: text, delta: true });
}

async function ends(cli: FakeInvocation): Promise<void> {
  const stats = { input_tokens: 3, output_tokens: 5, cached: 0, total_tokens: 8 };
  await cli.records({ type: "result", status: "success", stats });
  cli.exit(0);
}

describe.skipIf(!HAS_BROWSER)("runs", () => {
  it("says what to do when there are none, and lists one as soon as it begins", async () => {
    await page.getByRole("heading", { name: "Nothing has run yet" }).waitFor();
    expect(await page.getByRole("link", { name: "Start a run" }).isVisible()).toBe(true);
    const id = await server.begin({ tasks: [task("one"), task("two")] });
    const line = page.getByRole("row").filter({ hasText: id });
    await line.getByText("Running").waitFor();
    await line.getByText("offline").waitFor();
    await (await next("one")).answer("1");
    await line.getByText("1 of 2 done").waitFor();
    await crash(await next("two"));
    await line.getByText("1 of 2 failed").waitFor();
    await line.getByText("1 of 2 done, 1 failed").waitFor();
    await page.getByLabel("Show").selectOption("failed");
    await expect.poll(() => page.url()).toContain("show=failed");
    await page.reload();
    await line.waitFor();
    await page.getByLabel(/^Search/).fill("no such name");
    await page.getByText("No run matches.").waitFor();
  });

  it("come in pages", async () => {
    for (let index = 0; index < 53; index++) await server.begin({ tasks: [task("dry", { dry_run: true })] });
    await page.reload();
    await page.getByRole("button", { name: "Older runs" }).click();
    await expect.poll(() => page.getByRole("row").count(), { timeout: 15_000 }).toBe(54);
    expect(await page.getByRole("button", { name: "Older runs" }).count()).toBe(0);
  });
});

describe.skipIf(!HAS_BROWSER)("a run", () => {
  it("shows a bar for each task with its state, and live text while it runs", async () => {
    const file = { tasks: [task("good"), task("slow"), task("late")], max_parallel: 2 };
    await openRun(await server.begin(file));
    const [good, slow] = [await next("good"), await next("slow")];
    await expect.poll(() => bar("slow").getAttribute("data-state")).toBe("running");
    expect(await bar("late").getAttribute("data-state")).toBe("queued");
    await openTask("slow");
    await slow.records({ type: "tool_use", tool_name: "read_file", tool_id: "t1", parameters: { path: "notes.md" } });
    await says(slow, "first words\n");
    await detail().getByText("first words").waitFor();
    await detail().getByText("read_file").waitFor();
    await says(slow, "second words");
    await detail().getByText("second words").waitFor();
    expect(await row("slow").textContent()).toContain("second words");
    await good.answer("fine");
    await expect.poll(() => bar("good").getAttribute("data-state")).toBe("OK");
    expect(await bar("good").getAttribute("aria-label")).toMatch(/^Done: .*ran \d/);
    await expect.poll(() => bar("late").getAttribute("data-state")).toBe("running");
    await ends(slow);
    await detail().getByRole("heading", { name: "Answer" }).waitFor();
    await expect.poll(() => detail().textContent()).toContain("Tokens out5");
    await (await next("late")).answer("late words");
    await page.getByText("3 of 3 done").waitFor();
    await page.getByText("Finished").waitFor();
    await page.getByText("not from a vendor's").waitFor();
  });

  it("can be canceled", async () => {
    const id = await server.begin({ tasks: [task("one"), task("two")], max_parallel: 1 });
    await openRun(id);
    await next("one");
    await page.getByRole("button", { name: "Cancel run" }).click();
    await expect.poll(() => bar("two").getAttribute("data-state")).toBe("CANCELED");
    await expect.poll(() => bar("one").getAttribute("data-state")).toBe("CANCELED");
    await page.getByRole("button", { name: "Resume" }).waitFor();
    expect(await page.getByRole("button", { name: "Cancel run" }).count()).toBe(0);
  });

  it("tells why a task failed, and runs it again", async () => {
    const id = await server.begin({ tasks: [task("good"), task("bad", { retries: 0 })], max_parallel: 2 });
    await openRun(id);
    await (await next("good")).answer("fine");
    await crash(await next("bad"));
    await expect.poll(() => bar("bad").getAttribute("data-state")).toBe("FAILED");
    await openTask("bad");
    await detail().getByText("clinvk explain crashed").waitFor();
    expect(await detail().getByLabel("Failure").textContent()).toContain("something broke");
    await page.getByRole("button", { name: "Retry failed" }).click();
    const again = await next("bad");
    await expect.poll(() => bar("bad").getAttribute("data-state")).toBe("running");
    await again.answer("**now** it works");
    await detail().getByText("now it works").waitFor();
    await page.getByText("2 of 2 done").waitFor();
    expect(await bar("bad").getAttribute("aria-label")).toMatch(/ran .*ran /);
  });

  it("goes on where it was after the connection was lost", async () => {
    const id = await server.begin({ tasks: [task("one")] });
    const wire = await startWire(server.url);
    await page.goto(wire.url + server.entrance);
    await page.getByRole("row").filter({ hasText: id }).getByRole("link").first().click();
    const one = await next("one");
    await openTask("one");
    await says(one, "before\n");
    await detail().getByText("before").waitFor();
    wire.cut();
    await page.getByText("Trying again").waitFor();
    await says(one, "meanwhile\n");
    wire.mend();
    await detail().getByText("meanwhile").waitFor();
    expect((await detail().getByLabel("What it says").textContent())?.match(/before/g)).toHaveLength(1);
    await ends(one);
    await page.getByText("1 of 1 done").waitFor();
    await wire.close();
  });

  it("of 1,000 tasks keeps to what can be seen, and finds one by its name", async () => {
    const tasks = Array.from({ length: 1000 }, (_, index) => task(`job ${index + 1}`, { dry_run: true }));
    const id = await server.begin({ tasks });
    await openRun(id);
    await page.getByText("1000 of 1000 done").waitFor();
    expect(await page.getByRole("list", { name: "Tasks" }).getByRole("listitem").count()).toBeLessThan(150);
    await page.keyboard.press("End");
    await page.getByRole("link", { name: "job 1000", exact: true }).waitFor();
    await page.getByRole("searchbox").fill("job 777");
    await page.getByRole("link", { name: "job 777", exact: true }).waitFor();
    expect(await page.getByRole("list", { name: "Tasks" }).getByRole("listitem").count()).toBe(1);
  });
});

if (HAS_BROWSER && process.env.CLINVK_SCREENSHOTS === "1") {
  it("takes the pictures of the documentation", async () => {
    const folder = resolve(import.meta.dirname, "../../docs/images");
    mkdirSync(folder, { recursive: true });
    await takeScreenshots({ clis, server, file: (name) => join(folder, `${name}.png`) });
  });
}
