// Before tests that run what `npm run build` makes: is it there, and is it made of the source as it is now?
import { staleBuild } from "../../scripts/lib.mjs";

export default function setup() {
  const stale = staleBuild();
  if (stale !== undefined) throw new Error(`${stale}: run \`npm run build\` (\`npm test\` does it by itself)`);
}
