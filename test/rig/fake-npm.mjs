#!/usr/bin/env node
// Stands in for npm: records its arguments and puts packages where `npm install --prefix DIR name@version…` would.
// FAKE_NPM_LOG: file to record to. FAKE_NPM: "fail" prints an error like npm's, "nothing" installs nothing.
import { appendFileSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const args = process.argv.slice(2);
appendFileSync(process.env.FAKE_NPM_LOG, `${JSON.stringify(args)}\n`);
if (process.env.FAKE_NPM === "fail") {
  for (let line = 1; line <= 30; line++) console.error(`npm error line ${line}`);
  process.exit(7);
}
const prefix = args[args.indexOf("--prefix") + 1];
const specs = process.env.FAKE_NPM === "nothing" ? [] : args.slice(1).filter((arg) => /.@\d/.test(arg));
for (const spec of specs) {
  const [name, version] = [spec.slice(0, spec.lastIndexOf("@")), spec.slice(spec.lastIndexOf("@") + 1)];
  const command =
    { "@anthropic-ai/claude-code": "claude", "@openai/codex": "codex", "@google/gemini-cli": "gemini" }[name] ??
    "agent";
  const dir = join(prefix, "node_modules", name);
  mkdirSync(join(dir, "native"), { recursive: true });
  writeFileSync(join(dir, "package.json"), JSON.stringify({ name, version }));
  writeFileSync(join(dir, "command"), 'echo "the install script did not run"\nexit 1\n', { mode: 0o755 });
  writeFileSync(join(dir, "native/agent"), `#!/bin/sh\necho ${version}\n`, { mode: 0o755 });
  const link = join(prefix, "node_modules/.bin", command);
  mkdirSync(join(prefix, "node_modules/.bin"), { recursive: true });
  rmSync(link, { force: true });
  symlinkSync(join(dir, "command"), link);
}
