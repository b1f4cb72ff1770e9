// The reporters for use by other rooms.
export { answerReporter } from "./answer.js";
export { jsonReporter } from "./json.js";
export { ndjsonReporter } from "./ndjson.js";
export { outputDirReporter, prepareOutputDir } from "./output-dir.js";
export { progressReporter } from "./progress.js";
export type { Reporter } from "./reporter.js";
export { fdSink, fileSink, type Sink } from "./sink.js";
export { textReporter } from "./text-report.js";
export { waitingLine } from "./waiting-line.js";
