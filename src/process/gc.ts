// Asks V8 to collect garbage now. Node has no call for it; the flag may be set while running, and new contexts then have one.

let gc: (() => void) | undefined;

/** A few milliseconds on a small heap: worth it only around allocations of tens of megabytes. */
export function collectGarbage(): void {
  if (gc === undefined) {
    // Not imported: loading them costs every start some 5 ms, and few need them.
    process.getBuiltinModule("node:v8").setFlagsFromString("--expose-gc");
    gc = process.getBuiltinModule("node:vm").runInNewContext("gc") as () => void;
  }
  gc();
}
