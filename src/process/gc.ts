// Asks V8 to collect garbage now. Node has no call for it, but new contexts have one if the flag is set at run time.

let gc: (() => void) | undefined;

/** Takes a few milliseconds on a small heap, so it pays off only around allocations of tens of megabytes. */
export function collectGarbage(): void {
  if (gc === undefined) {
    // Not imported: loading these modules costs every start some 5 ms, and few runs need them.
    process.getBuiltinModule("node:v8").setFlagsFromString("--expose-gc");
    gc = process.getBuiltinModule("node:vm").runInNewContext("gc") as () => void;
  }
  gc();
}
