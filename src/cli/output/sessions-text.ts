// The text of `clinvk sessions list` and `clinvk sessions show`.

import { table } from "../../reporters/text/table.js";
import { oneLine } from "../../reporters/text/visible.js";
import type { Session } from "../../schema/session.js";
import type { SessionList } from "../../store/sessions.js";
import { agoText, localMinutes } from "../../util/time-text.js";
import { tokenWords } from "./prompt-text.js";

/** The list as columns, in its order, and how many more there are. */
export async function listText(
  { sessions, total }: SessionList,
  { columns, now }: { columns: number | undefined; now: number },
): Promise<string> {
  const rows = sessions.map((session) => [
    session.id,
    session.backend,
    session.status,
    String(session.turns),
    agoText(session.updated_at, now),
    oneLine(session.title),
  ]);
  const heading = ["SESSION", "BACKEND", "STATUS", "TURNS", "LAST TURN", "TITLE"];
  const lines = await table([heading, ...rows], {
    columns,
    shrink: [
      { column: 5, to: 20 },
      { column: 4, to: 0 },
      { column: 3, to: 0 },
      { column: 2, to: 0 },
      { column: 1, to: 0 },
    ],
  });
  const more = total - sessions.length;
  if (more > 0) lines.push(`… and ${more} more; \`--limit\` shows more of them`);
  return `${lines.join("\n")}\n`;
}

/** One session for a person, with what to type to continue it. `inCli` continues it in the CLI itself. */
export async function showText(
  session: Session,
  inCli: string | undefined,
  columns: number | undefined,
): Promise<string> {
  const { id, backend, status, workdir, model, turns, usage, tags, offline } = session;
  const rows: [string, string][] = [
    ["Session", id],
    ["Title", oneLine(session.title)],
    ["Backend", offline ? `${backend} (offline model)` : backend],
    ["Status", status],
    ["Directory", oneLine(workdir)],
    ["Model", oneLine(model ?? session.requested_model ?? "the CLI's own choice")],
    ["Turns", String(turns)],
  ];
  if (usage !== null) rows.push(["Used", tokenWords(usage)]);
  if (tags.length > 0) rows.push(["Tags", oneLine(tags.join(", "))]);
  rows.push(["Began", localMinutes(session.created_at)], ["Last turn", localMinutes(session.updated_at)]);
  const list = (await table(rows, { columns, wrap_last: true })).join("\n");
  return `${list}\n\nGo on:       clinvk resume ${id}\n${inCli === undefined ? "" : `In the CLI:  ${inCli}\n`}`;
}
