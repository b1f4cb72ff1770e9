// Asks V8 to collect garbage now. Node has no call for it; the flag may be set while running, and new contexts then have one.
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

let gc: (() => void) | undefined;

/** A few milliseconds on a small heap: worth it only around allocations of tens of megabytes. */
export function collectGarbage(): void {
  if (gc === undefined) {
    setFlagsFromString("--expose-gc");
    gc = runInNewContext("gc") as () => void;
  }
  gc();
}
