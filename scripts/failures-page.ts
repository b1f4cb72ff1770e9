// docs/reference/failures.md: every failure kind, from the texts of `clinvk explain`.
import { explainAll } from "../src/schema/failure-kinds/kinds.js";

/** The whole page. */
export function failuresPage(): string {
  const all = explainAll();
  const table = all.map(({ kind, summary, retried }) => `| [\`${kind}\`](#${kind}) | ${summary} | ${retried} |\n`);
  const sections = all.map(
    ({ kind, meaning, what_clinvk_does, what_you_can_do }) => `
## ${kind}

${meaning}

**What clinvk does.** ${what_clinvk_does}

**What you can do.**
${what_you_can_do.map((text) => `- ${text}\n`).join("")}`,
  );
  return `<!-- Made by \`npm run gen\` from src/schema/failure-kinds. -->

# Why a task failed

Every failed task has one of these kinds as \`failure.kind\` in \`--json\`, events and \`summary.json\`. \`clinvk explain KIND\` shows the same
texts in a terminal. Retries are those of a task that sets neither \`retries\` nor \`retry_on\`; see
[retries and quotas](../guide/retries-and-quotas.md).

| kind | in short | retried |
|---|---|---|
${table.join("")}${sections.join("")}`;
}
