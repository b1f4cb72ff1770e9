// Injected into the entry point by the build: every further file of the command line is compiled from the code cache beside
// it. V8 takes a cache only if it was made by the same V8 from a source of the same length; else it compiles as always.
import { readFileSync, statSync } from "node:fs";
import Module from "node:module";
import { dirname } from "node:path";
import vm from "node:vm";

Module._extensions[".cjs"] = (module, file) => {
  const cache = `${file}.cache`;
  const script = new vm.Script(Module.wrap(readFileSync(file, "utf8")), {
    filename: file,
    cachedData: statSync(cache, { throwIfNoEntry: false }) && readFileSync(cache),
  });
  const require = (id) => module.require(id);
  script.runInThisContext().call(module.exports, module.exports, require, module, file, dirname(file));
};
