// The ways in which a run is shown.
export { type JsonOptions, jsonReporter, writeRunResult } from "./json.js";
export { ndjsonReporter } from "./ndjson.js";
export { type OutputDirOptions, outputDirReporter, prepareOutputDir } from "./output-dir.js";
export { type ProgressOptions, progressReporter } from "./progress.js";
export type { Reporter } from "./reporter.js";
export { fdSink, fileSink, type Sink, type SinkOptions } from "./sink.js";
export { type TextOptions, textReporter } from "./text.js";
