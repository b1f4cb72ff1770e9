// What the lists of runs and sessions keep on a narrow terminal.
import { describe, expect, it } from "vitest";
import { listText as listRuns } from "../../../../src/cli/output/runs-text.js";
import { listText as listSessions } from "../../../../src/cli/output/sessions-text.js";
import type { Session } from "../../../../src/schema/session.js";
import type { RunOverview } from "../../../../src/summary/overview.js";

const now = Date.parse("2026-07-01T12:00:00Z");
const start_time = "2026-07-01T11:55:00.000Z";

const run = {
  run_id: "20260701-115500-3f9a1c",
  kind: "parallel",
  name: "review",
  status: "finished",
  counts: { total: 3, completed: 2, failed: 1, canceled: 0, waiting: 0, unfinished: 0 },
  start_time,
  last_event_time: start_time,
  duration_seconds: 12,
  offline: true,
} as unknown as RunOverview;

const session = {
  id: "20260701-115500-3f9a1c",
  backend: "claude",
  status: "active",
  turns: 3,
  updated_at: start_time,
  title: "Review the parser",
} as unknown as Session;

describe("runs list", () => {
  const at = async (columns: number | undefined) => (await listRuns([run], { columns, now })).split("\n")[1];

  it("says everything where there is room", async () => {
    for (const columns of [undefined, 120])
      expect(await at(columns)).toBe(
        "20260701-115500-3f9a1c  finished  2 OK, 1 failed  (offline)  5 min ago  12.00s    review",
      );
  });

  it("leaves out first that a run was offline", async () => {
    expect(await at(80)).toBe("20260701-115500-3f9a1c  finished  2 OK, 1 failed  5 min ago  12.00s    review");
  });

  it("keeps when a run started, and its name, on 40 columns", async () => {
    expect(await at(40)).toBe("20260701-115500-3f9a1c  5 min ago  revi…");
  });
});

describe("sessions list", () => {
  it("keeps the title on 40 columns", async () => {
    const text = await listSessions({ sessions: [session], total: 1, problems: [] }, { columns: 40, now });
    expect(text.split("\n")[1]).toBe("20260701-115500-3f9a1c  Review the pars…");
  });
});
