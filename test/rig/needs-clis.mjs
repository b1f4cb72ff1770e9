// Before tests with the real AI CLIs: are they there? `npm test` installs them into `.cache/clis`.
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";

const OWN = resolve(import.meta.dirname, "../../.cache/clis");

export default function setup() {
  process.env.CLINVK_TEST_CLIS ??= OWN;
  const missing = ["claude", "codex", "gemini"].filter(
    (name) => !existsSync(join(process.env.CLINVK_TEST_CLIS ?? "", "node_modules/.bin", name)),
  );
  if (missing.length > 0)
    throw new Error(
      `${missing.join(", ")} not found in ${process.env.CLINVK_TEST_CLIS}: run \`npm run test:clis\`, which installs them, or let CLINVK_TEST_CLIS name a folder that has them in node_modules/.bin`,
    );
}
