// What the tests of the dashboard play on: a browser for the file, and for each test a server, its CLIs and a page.
import { afterAll, afterEach, beforeAll, beforeEach } from "vitest";
import { type Browser, HAS_BROWSER, startBrowser } from "./browser.js";
import { Workspace } from "./clinvk.js";
import { type Dashboard, newPage, startDashboard, type Watched } from "./dashboard.js";
import { FakeClis, type FakeInvocation } from "./fake-clis.js";

export interface Stage extends Watched {
  browser: Browser;
  clis: FakeClis;
  space: Workspace;
  server: Dashboard;
}

/** Sets the stage for each test of the file; on machines without a browser there is none. */
export function onStage(use: (stage: Stage) => void): void {
  let browser: Browser | undefined;
  let strike = async () => {};
  beforeAll(async () => {
    if (HAS_BROWSER) browser = await startBrowser();
  });
  afterAll(async () => browser?.close());
  beforeEach(async () => {
    if (!browser) return;
    const clis = await FakeClis.start();
    const space = new Workspace({ bin: [clis.bin] });
    const server = await startDashboard(space, ["--offline"]);
    const watched = await newPage(browser.context);
    strike = async () => {
      await watched.page.close();
      await server.stop();
      space.close();
      await clis.close();
    };
    use({ browser, clis, space, server, ...watched });
    await watched.page.goto(server.url + server.entrance);
  });
  afterEach(() => strike());
}

/** A task that the test finds again by its name. */
export function task(name: string, more: object = {}): { name: string; prompt: string } {
  const own = { backend: "gemini", name, prompt: `do ${name}` };
  return { ...own, ...more };
}

/** Ends as a CLI does that breaks. */
export async function crash(cli: FakeInvocation): Promise<void> {
  await cli.stderr("something broke\n");
  cli.exit(3);
}
