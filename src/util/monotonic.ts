// A clock that never jumps. Not `performance.now()`: the first use of `performance` costs a start 3 ms of CPU.

/** Milliseconds since an arbitrary moment. */
export function monotonicMs(): number {
  const [seconds, nanoseconds] = process.hrtime();
  return seconds * 1000 + nanoseconds / 1e6;
}
