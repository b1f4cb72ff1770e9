// The least a Node program can do: spawn, prompt on stdin, answer into a file. Arguments: tasks, parallel, output directory.
const { spawn } = require("node:child_process");
const { closeSync, openSync } = require("node:fs");

const [tasks, parallel, dir] = [Number(process.argv[2]), Number(process.argv[3]), process.argv[4]];
let started = 0;

function next() {
  if (started === tasks) return;
  const index = started++;
  const file = openSync(`${dir}/${index + 1}.md`, "w");
  const child = spawn("claude", ["-p"], { stdio: ["pipe", file, "inherit"] });
  closeSync(file);
  child.stdin.on("error", () => {});
  child.stdin.end(`task ${index + 1}`);
  child.on("close", (code) => {
    if (code !== 0) process.exitCode = 1;
    next();
  });
}

for (let i = 0; i < parallel; i++) next();
