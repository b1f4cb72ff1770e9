// Compares two answers word by word; limits keep large ones fast. Pure.
import { type ChangeObject, diffLines, diffWords } from "diff";

export interface Part {
  kind: "same" | "added" | "removed";
  text: string;
}

export interface Difference {
  parts: Part[];
  /** Share of the words of both that are in both, 0 to 1. */
  alike: number;
  /** A sentence on what was left out or compared more coarsely. */
  limit?: string;
}

/** The rest of a longer text is not compared. */
export const LONGEST_COMPARED = 60_000;
/** The work grows with the square of the changes: this many take a third of a second. */
const MOST_CHANGES = 1200;

/** From `before` to `after`; both may be of any length. */
export function wordDifference(before: string, after: string): Difference {
  const isCut = before.length > LONGEST_COMPARED || after.length > LONGEST_COMPARED;
  const [a, b] = [before.slice(0, LONGEST_COMPARED), after.slice(0, LONGEST_COMPARED)];
  const limits = isCut ? [`only the first ${LONGEST_COMPARED.toLocaleString("en")} characters are compared`] : [];
  let changes: ChangeObject<string>[] | undefined = diffWords(a, b, { maxEditLength: MOST_CHANGES });
  if (changes === undefined) {
    limits.push("the answers differ too much to compare words; whole lines are compared");
    changes = diffLines(a, b, { maxEditLength: MOST_CHANGES });
  }
  if (changes === undefined) {
    limits.push("they have almost nothing in common");
    changes = [
      { value: a, added: false, removed: true, count: 1 },
      { value: b, added: true, removed: false, count: 1 },
    ];
  }
  const parts = changes.map(({ value, added, removed }): Part => {
    return { kind: added ? "added" : removed ? "removed" : "same", text: value };
  });
  const limit = limits.join("; ");
  return { parts, alike: alikeness(parts), ...(limit === "" ? {} : { limit: `${limit}.` }) };
}

function alikeness(parts: readonly Part[]): number {
  let [same, other] = [0, 0];
  for (const { kind, text } of parts) {
    const words = text.match(/\S+/g)?.length ?? 0;
    if (kind === "same") same += 2 * words;
    else other += words;
  }
  return same + other === 0 ? 1 : same / (same + other);
}
