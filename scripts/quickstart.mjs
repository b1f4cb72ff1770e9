// `npm run quickstart`: from a fresh clone to a first run of the three real CLIs, without an account.
// The AI services are played by clinvk's offline model, so this costs nothing and sends nothing anywhere.
import { join } from "node:path";
import { build, checkNode, ensureDependencies, mustRun, root, run, say, script } from "./lib.mjs";

const clinvk = join(root, "dist/cli/clinvk.cjs");

script(async () => {
  checkNode();
  await ensureDependencies();
  say("Building clinvk …");
  await build();
  say("Looking for the AI CLIs …");
  await mustRun(
    "The AI CLIs could not be installed; the reason is above.",
    process.execPath,
    [clinvk, "backends", "install"],
    { stdin: "ignore" },
  );
  say("Running examples/quickstart.json on the offline model …\n");
  const code = await run(process.execPath, [clinvk, "parallel", "-f", "examples/quickstart.json", "--offline"], {
    stdin: "ignore",
  });
  if (code !== 0) {
    say(
      "\nThe run did not succeed; its messages are above. `node dist/cli/clinvk.cjs backends` shows the state of the CLIs.",
    );
    return code;
  }
  say("\nThat was the offline model. What next:");
  say("  npm link                                             # puts `clinvk`, here dist/cli/clinvk.cjs, on your PATH");
  say("  clinvk backends                                      # which CLIs are logged in");
  say("  clinvk init                                          # a task file of your own");
  say("  clinvk parallel tasks.jsonc --dry-run                # what it would start");
  say("  clinvk parallel tasks.jsonc                          # asks the real models, which may cost money");
  return 0;
});
