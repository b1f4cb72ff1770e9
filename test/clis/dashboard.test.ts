// The dashboard with the real CLIs on the offline model: a run is begun in the browser and seen to its end.
import { afterAll, beforeAll, expect, it } from "vitest";
import { type Browser, HAS_BROWSER, startBrowser } from "../rig/browser.js";
import type { Workspace } from "../rig/clinvk.js";
import { type Dashboard, newPage, startDashboard } from "../rig/dashboard.js";
import { realClis, TOOLS } from "../rig/real-clis.js";

let browser: Browser;
let space: Workspace;
let server: Dashboard;

const BACKENDS = ["claude", "codex", "gemini"] as const;
const words = (backend: string) => `The **${backend}** answer, which is short.`;

beforeAll(async () => {
  if (!HAS_BROWSER) return;
  space = realClis();
  const notes = space.file("served/notes.txt", "what is noted\n");
  const rules = BACKENDS.map((backend) => ({
    match: { prompt: "^compare these", backend },
    reply: { tools: [TOOLS[backend].read(notes)], text: words(backend) },
  }));
  const script = space.file("rules.json", { rules });
  server = await startDashboard(space, ["--offline-script", script]);
  browser = await startBrowser();
});
afterAll(async () => {
  await browser?.close();
  await server?.stop();
  space?.close();
});

it.skipIf(!HAS_BROWSER)("asks three CLIs the same and shows their answers side by side", async () => {
  const { page, requests, complaints } = await newPage(browser.context);
  await page.goto(server.url + server.entrance);
  await page.getByRole("link", { name: "New run" }).click();
  const tasks = BACKENDS.map((backend) => `  - {backend: ${backend}, name: by ${backend}, prompt: compare these}\n`);
  await page.getByRole("textbox", { name: "Task file" }).fill(`tasks:\n${tasks.join("")}`);
  await page.getByRole("button", { name: "Start the run" }).click();
  await page.getByText("3 of 3 done").waitFor({ timeout: 50_000 });
  await page.getByRole("link", { name: "by claude" }).click();
  const detail = page.getByRole("article");
  await detail.getByText("The claude answer").waitFor();
  await detail.getByText(/^\d+ steps?$/).click();
  await detail.getByText("notes.txt").first().waitFor();
  await page.getByRole("link", { name: "Compare 3 answers" }).click();
  await page.getByRole("button", { name: "Differences" }).click();
  await expect.poll(() => page.locator("del").allTextContents()).toEqual(["claude", "claude"]);
  expect(await page.locator("ins").allTextContents()).toEqual(["codex", "gemini"]);
  expect(requests.filter((url) => !url.startsWith(server.url))).toEqual([]);
  expect(complaints).toEqual([]);
});
