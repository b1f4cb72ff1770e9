// Loaded by the build into runs of the built program (--require): when such a run ends, the code of every script that was
// compiled, with all functions that were called, goes into the file beside it.
const { writeFileSync } = require("node:fs");
const vm = require("node:vm");

const scripts = [];

vm.Script = class extends vm.Script {
  constructor(source, options) {
    super(source, { ...options, cachedData: undefined });
    scripts.push({ script: this, file: options.filename });
  }
};

process.on("exit", () => {
  for (const { script, file } of scripts) writeFileSync(`${file}.cache`, script.createCachedData());
});
