// Limits connections: they share the descriptors of this process with the runs, and runs come first.

/** The largest number of connections. */
const MOST = 4096;
/** Assumed if the system does not tell the limit of open files; the default of macOS. */
const USUAL_OPEN_FILES = 256;
/** Node itself, the log, the listening socket, checks, and what is opened for a moment. */
const PROCESS_FILES = 64;
/** The journal, the pipe of the watchdog, and an answer that is being written. */
const FILES_PER_RUN = 4;
/** The pipes of a CLI, and of a command that checks its answer. */
const FILES_PER_TASK = 8;
/** The socket, and the journal or answer that it reads. */
const FILES_PER_CONNECTION = 2;

/** How many files this process may have open: the soft limit, which Node raises to the hard one when it starts. */
export function openFilesLimit(): number {
  const { userLimits } = process.report.getReport() as {
    userLimits?: { open_files?: { soft?: number | "unlimited" } };
  };
  const soft = userLimits?.open_files?.soft;
  return soft === "unlimited" ? Number.POSITIVE_INFINITY : (soft ?? USUAL_OPEN_FILES);
}

/** If runs alone would take all descriptors, connections keep a quarter, so that callers can still cancel runs. */
export function connectionLimit(
  open_files: number,
  { max_runs, max_parallel }: { max_runs: number; max_parallel: number },
): number {
  const left = open_files - PROCESS_FILES - max_runs * FILES_PER_RUN - max_parallel * FILES_PER_TASK;
  return Math.min(MOST, Math.floor(Math.max(left, open_files / 4) / FILES_PER_CONNECTION));
}
