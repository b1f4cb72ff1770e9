// Loaded into a Node program with --require: writes the peak of its resident memory, in bytes, when it exits.
const { readFileSync, writeFileSync } = require("node:fs");

const file = process.env.BENCH_PEAK_FILE;
// Not for the children: they inherit the environment, not the --require.
delete process.env.BENCH_PEAK_FILE;

process.on("exit", () => {
  // VmHWM belongs to this program alone. getrusage's maximum would include the process that started it.
  const kilobytes = Number(/^VmHWM:\s*(\d+) kB$/m.exec(readFileSync("/proc/self/status", "utf8"))[1]);
  writeFileSync(file, String(kilobytes * 1024));
});
