// Builds dist/: the command line as one CommonJS file per command, the library as ESM with its types, the dashboard.
// Why CommonJS and so many files: docs/adr/0006-cjs-bundles-per-command.md.
import { execFileSync } from "node:child_process";
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { isBuiltin } from "node:module";
import { tmpdir } from "node:os";
import { basename, delimiter, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import * as esbuild from "esbuild";
import { build as buildPage } from "vite";

const root = fileURLToPath(new URL("..", import.meta.url));
const dist = join(root, "dist");
const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));

const common = {
  absWorkingDir: root,
  bundle: true,
  platform: "node",
  target: "node20",
  // White space is compiled at every start (measured: 5 % of a run's CPU); names stay, for the stack traces in bug reports.
  minifySyntax: true,
  minifyWhitespace: true,
  lineLimit: 160,
  // One character beyond Latin-1 doubles the size of the source in memory, and slows its scan.
  charset: "ascii",
  legalComments: "none",
  define: { __CLINVK_VERSION__: JSON.stringify(version) },
  logLevel: "silent",
};

/** The file in dist/cli that holds a module: `commands/parallel.ts` → parallel.cjs, package yaml → lib-yaml.cjs. */
function bundleName(target) {
  if (target.package !== undefined) return `lib-${target.package.replace(/[^a-z0-9]+/gi, "-")}.cjs`;
  const path = relative(join(root, "src"), target.file).replace(/^cli\/(commands\/)?/, "");
  return `${path.replace(/\.ts$/, "").replaceAll("/", "-")}.cjs`;
}

/** Makes what is imported by `import()` a bundle of its own beside the importer; reports each to `found`. */
function lazyFiles(found) {
  return {
    name: "lazy-files",
    setup(builder) {
      builder.onResolve({ filter: /^[^/]/ }, async (args) => {
        if (args.kind !== "dynamic-import" || args.pluginData === "resolving" || args.path.startsWith("node:")) return;
        const { path, kind, importer, resolveDir, namespace } = args;
        const resolved = await builder.resolve(path, {
          kind,
          importer,
          resolveDir,
          namespace,
          pluginData: "resolving",
        });
        if (resolved.errors.length > 0) return resolved;
        const target = path.startsWith(".") ? { file: resolved.path } : { file: resolved.path, package: path };
        found(target);
        return { path: `./${bundleName(target)}`, external: true };
      });
    },
  };
}

/** Node has loaded these before our first line, or they cost nothing. */
const CHEAP_MODULES = new Set([
  "buffer",
  "events",
  "fs",
  "module",
  "os",
  "path",
  "process",
  "string_decoder",
  "util",
  "vm",
]);

/** Any other module of Node's is loaded when something of it is used first: worker_threads alone costs a start 8 ms of CPU. */
const lazyNodeModules = {
  name: "lazy-node-modules",
  setup(builder) {
    builder.onResolve({ filter: /^(node:)?[a-z_/]+$/ }, ({ path, namespace }) => {
      const name = path.replace(/^node:/, "");
      if (!isBuiltin(name) || CHEAP_MODULES.has(name) || namespace === "lazy-node") return;
      return { path: `node:${name}`, namespace: "lazy-node" };
    });
    builder.onLoad({ filter: /.*/, namespace: "lazy-node" }, async ({ path }) => {
      const names = Object.keys(await import(path)).filter((name) => name !== "default");
      const contents = `let module_;
        for (const name of ${JSON.stringify(names)})
          Object.defineProperty(exports, name, { enumerable: true, get: () => (module_ ??= require("${path}"))[name] });`;
      return { contents, loader: "js" };
    });
  },
};

async function bundleCommandLine() {
  const queue = [{ file: join(root, "src/cli/main.ts"), name: "clinvk.cjs" }];
  const names = new Map(queue.map((entry) => [entry.name, entry.file]));
  const found = (target) => {
    const name = bundleName(target);
    const known = names.get(name);
    if (known === undefined) {
      names.set(name, target.file);
      queue.push({ file: target.file, name });
    } else if (known !== target.file) {
      throw new Error(`${known} and ${target.file} would both become dist/cli/${name}; rename one`);
    }
  };
  for (const entry of queue) await bundle(entry.file, join(dist, "cli", entry.name), [lazyFiles(found)]);
  chmodSync(join(dist, "cli/clinvk.cjs"), 0o755);
  return queue.length;
}

/** One CommonJS file; a warning of the bundler counts as an error. */
async function bundle(entry, outfile, plugins = []) {
  const result = await esbuild.build({
    ...common,
    entryPoints: [entry],
    outfile,
    format: "cjs",
    plugins: [...plugins, lazyNodeModules],
    mainFields: ["module", "main"],
    // `import()` becomes `require()`: nothing starts Node's ESM loader, which costs more than our own code does.
    supported: { "dynamic-import": false },
    define: { ...common.define, "import.meta.dirname": "__dirname" },
    ...(basename(outfile) === "clinvk.cjs"
      ? { banner: { js: "#!/usr/bin/env node" }, inject: [join(root, "scripts/code-cache.mjs")] }
      : {}),
  });
  if (result.warnings.length > 0) throw Object.assign(new Error("warnings"), { errors: result.warnings });
}

/** The library: ESM, packages stay imports; declarations come from the compiler. */
async function bundleLibrary() {
  await esbuild.build({
    ...common,
    entryPoints: { index: join(root, "src/index.ts") },
    outdir: dist,
    format: "esm",
    splitting: true,
    chunkNames: "chunks/[name]-[hash]",
    packages: "external",
  });
  // One file without Node's modules: it also runs in browsers, which find no packages.
  await esbuild.build({
    ...common,
    platform: "neutral",
    mainFields: ["module", "main"],
    conditions: ["import"],
    entryPoints: { client: join(root, "src/client/client.ts") },
    outdir: dist,
    format: "esm",
  });
  const tsc = join(root, "node_modules/typescript/bin/tsc");
  execFileSync(process.execPath, [tsc, "-p", "tsconfig.types.json"], { cwd: root, stdio: "inherit" });
}

/** The dashboard: static files that any path can serve, none of them inside another, as its security policy wants it. */
async function bundlePage() {
  await buildPage({
    configFile: false,
    root: join(root, "web"),
    base: "./",
    logLevel: "error",
    build: {
      outDir: join(dist, "web"),
      target: "es2023",
      assetsInlineLimit: 0,
      modulePreload: { polyfill: false },
      reportCompressedSize: false,
    },
  });
}

/** What the runs that warm up the code cache do; a later one replaces the cache of the same file. `--help` only loads a command. */
const WARM_UP = [
  ...["backends", "chain", "compare", "explain", "offline", "resume", "runs", "schema", "serve", "sessions"].map(
    (name) => [name, "--help"],
  ),
  ["prompt", "--ephemeral", "warm up"],
  ["parallel", "-f", "tasks.jsonc", "--dry-run"],
  ["parallel", "-f", "tasks.yaml", "--dry-run"],
  ["parallel", "-f", "tasks.json", "--progress", "none"],
];

/** A claude for one run: reads its stdin, prints the least that is a complete answer. */
const WARM_UP_CLAUDE = `#!/bin/sh
cat >/dev/null
echo '{"type":"system","subtype":"init","session_id":"s","model":"m"}'
echo '{"type":"result","subtype":"success","is_error":false,"result":"done","session_id":"s"}'
`;

/** Runs the commands once, in a home of their own, so that their code is compiled when it is needed: saves a start 30 ms of CPU. */
function writeCodeCache() {
  const dir = mkdtempSync(join(tmpdir(), "clinvk-build-"));
  try {
    writeFileSync(join(dir, "claude"), WARM_UP_CLAUDE, { mode: 0o755 });
    const tasks = JSON.stringify({ tasks: [{ backend: "claude", prompt: "warm up" }] });
    writeFileSync(join(dir, "tasks.json"), tasks);
    writeFileSync(join(dir, "tasks.jsonc"), `// warm up\n${tasks}`);
    writeFileSync(join(dir, "tasks.yaml"), "tasks:\n  - backend: claude\n    prompt: warm up\n");
    const env = { PATH: [dir, process.env.PATH].join(delimiter), HOME: dir, CLINVK_HOME: join(dir, "home") };
    const node = ["--require", join(root, "scripts/write-code-cache.cjs"), join(dist, "cli/clinvk.cjs")];
    for (const args of WARM_UP)
      execFileSync(process.execPath, [...node, ...args], { cwd: dir, env, stdio: ["ignore", "ignore", "inherit"] });
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

const started = performance.now();
try {
  rmSync(dist, { recursive: true, force: true });
  const files = await bundleCommandLine();
  const reaper = join(root, "src/process/reaper-main.ts");
  if (existsSync(reaper)) await bundle(reaper, join(dist, "process/reaper.cjs"));
  writeCodeCache();
  await bundleLibrary();
  await bundlePage();
  const kilobytes = Math.round(statSync(join(dist, "cli/clinvk.cjs")).size / 1024);
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  console.log(
    `built clinvk ${version}: ${files} command-line files (entry point ${kilobytes} KiB), the library and the dashboard, ${seconds}s`,
  );
} catch (error) {
  // Nothing is better than half of it.
  rmSync(dist, { recursive: true, force: true });
  for (const message of error.errors ?? []) {
    const where = message.location ? `${message.location.file}:${message.location.line}: ` : "";
    console.error(`${where}${message.text}`);
  }
  if (!error.errors) console.error(error.status === undefined ? error : "the declarations could not be made");
  process.exitCode = 1;
}
