// The pictures of the documentation: a run in which a bit of everything happens, in light, dark and on a phone.
import type { Page } from "playwright-core";
import { startBrowser } from "./browser.js";
import { type Dashboard, newPage } from "./dashboard.js";
import type { FakeClis, FakeInvocation } from "./fake-clis.js";
import { usedUp } from "./used-up.js";

export interface Stage {
  clis: FakeClis;
  server: Dashboard;
  /** Where the picture of this name is kept. */
  file(name: string): string;
}

const DESKTOP = { width: 1180, height: 720 };
const PHONE = { width: 360, height: 720 };

const REVIEW = (who: string) => `## Findings

The scheduler ${who === "claude" ? "is **sound**; two places deserve a look" : "works, and **one** place deserves a look"}:

1. A lane that is parked twice keeps the ${who === "claude" ? "*later*" : "*earlier*"} reset.
2. \`Pool.join\` never asks whether the pool is closed.

\`\`\`ts
if (pool.closed) throw new Error("the pool is closed");
\`\`\`

| file | risk |
|---|---|
| \`pool.ts\` | ${who === "claude" ? "medium" : "low"} |
| \`lanes.ts\` | low |
`;

const PROMPT = "Review src/scheduler.ts. Name what could go wrong, most important first.";
const BROKEN = `{
  // What is wrong is told while you type.
  "max_paralel": 3,
  "tasks": [
    { "backend": "claude", "prompt": "Review the architecture." },
    { "backend": "codx", "prompt": "Check the performance.", "timeout_seconds": "60" }
  ]
}
`;

export async function takeScreenshots(stage: Stage): Promise<void> {
  const id = await prepareRun(stage);
  const run = `#/runs/${id}`;
  const desktop = async (colorScheme: "light" | "dark") => {
    const browser = await startBrowser({ viewport: DESKTOP, colorScheme });
    const { page } = await newPage(browser.context);
    await page.goto(stage.server.url + stage.server.entrance);
    const shoot = shooter(page, stage, colorScheme);
    await shoot("run", run, "next attempt");
    await page.goto(`${stage.server.url}/${run}/compare?task=left&task=right`);
    await page.getByRole("button", { name: "Differences" }).click();
    await shoot("compare", `${run}/compare?task=left&task=right`, "are the same");
    if (colorScheme === "light") await others(page, shoot);
    await browser.close();
  };
  const others = async (page: Page, shoot: ReturnType<typeof shooter>) => {
    await shoot("runs", "#/", id);
    await shoot("answer", `${run}/tasks/left`, "deserve a look");
    await shoot("failure", `${run}/tasks/broken`, "clinvk explain");
    await page.goto(`${stage.server.url}/#/start`);
    await page.getByRole("textbox", { name: "Task file" }).fill(BROKEN);
    await shoot("start", "#/start", "3 problems");
  };
  await desktop("light");
  await desktop("dark");
  const browser = await startBrowser({ viewport: PHONE, colorScheme: "light" });
  const { page } = await newPage(browser.context);
  await page.goto(stage.server.url + stage.server.entrance);
  const shoot = shooter(page, stage, "phone");
  await shoot("run", run, "of 8 done");
  await shoot("answer", `${run}/tasks/left`, "deserve a look");
  await browser.close();
}

function shooter(page: Page, { server, file }: Stage, kind: string) {
  return async (name: string, place: string, words: string) => {
    await page.goto(`${server.url}/${place}`);
    await page.getByText(words).first().waitFor();
    await page.screenshot({ path: file(`${name}-${kind}`) });
  };
}

/** Leaves a run under way: answers, an attempt that was tried again, a failure, live text, and waiting for a quota. */
async function prepareRun({ clis, server }: Stage): Promise<string> {
  const earlier = await server.begin({
    name: "Changelog",
    tasks: [{ backend: "codex", prompt: "earlier", name: "Changelog" }],
  });
  await (await clis.next({ prompt: "earlier" })).answer("Done.");
  const stopped = await server.begin({
    name: "Port the tests",
    tasks: [{ backend: "codex", prompt: "stopped", name: "Port the tests" }],
  });
  await clis.next({ prompt: "stopped" });
  await server.ask(`/api/v1/runs/${stopped}/cancel`, { method: "POST" });
  await finished(server, earlier);
  await finished(server, stopped);
  const task = (id: string, backend: string, name: string, more: object = {}) => {
    return { id, backend, name, prompt: `do ${id}`, ...more };
  };
  const id = await server.begin({
    name: "Before the release",
    max_parallel: 4,
    tasks: [
      task("left", "claude", "Review the scheduler", { prompt: PROMPT }),
      task("right", "codex", "Review the scheduler, again", { prompt: PROMPT }),
      task("retried", "codex", "Find slow code", { retries: 1, retry_on: ["crashed"] }),
      task("broken", "claude", "List open risks", { retries: 0 }),
      task("live", "gemini", "Explain the retry policy"),
      task("quota", "gemini", "Write tests for the parser"),
      task("slow", "claude", "Port the documentation"),
      task("queued", "gemini", "Summarise the changelog"),
    ],
  });
  const next = (name: string) => clis.next({ prompt: `do ${name}` });
  const left = await clis.next({ name: "claude", prompt: PROMPT });
  const right = await clis.next({ name: "codex", prompt: PROMPT });
  const retried = await next("retried");
  const broken = await next("broken");
  await pause(1200);
  await broken.stderr("Invalid API key · Please run /login\n");
  broken.exit(1);
  const live = await next("live");
  await live.records({ type: "tool_use", tool_name: "read_file", tool_id: "1", parameters: { path: "src/retry.ts" } });
  await pause(1500);
  await retried.stderr("Segmentation fault\n");
  retried.exit(139);
  await right.answer(REVIEW("codex"));
  await pause(600);
  await usedUp(await next("quota"));
  await pause(900);
  await left.answer(REVIEW("claude"));
  await next("slow");
  await (await next("retried")).answer("`parse` reads the file twice.");
  await speak(live);
  return id;
}

async function speak(cli: FakeInvocation): Promise<void> {
  const content =
    "A task is tried again when its failure is one of four kinds.\nNow I look at how side effects are weighed";
  await cli.records({ type: "message", role: "assistant", content, delta: true });
}

async function finished(server: Dashboard, id: string): Promise<void> {
  for (;;) {
    const { status } = (await (await server.ask(`/api/v1/runs/${id}`)).json()) as { status: string };
    if (status !== "running" && status !== "queued") return;
    await pause(50);
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((done) => setTimeout(done, ms));
}
