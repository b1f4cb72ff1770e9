// A CLI without a will of its own: it tells a test over a socket how it was started, then does what the test says.
const net = require("node:net");
const { spawn } = require("node:child_process");

const [socketPath, name, ...argv] = process.argv.slice(2);
let stdin = "";
process.stdin.setEncoding("utf8");
process.stdin.on("data", (text) => {
  stdin += text;
});
process.stdin.on("end", () => {
  const socket = net.connect(socketPath);
  const send = (message) => socket.write(`${JSON.stringify(message)}\n`);
  const actions = {
    stdout: (text, done) => process.stdout.write(text, done),
    stderr: (text, done) => process.stderr.write(text, done),
    close_stdout: (_, done) => process.stdout.end(done),
    // A child in a session of its own that ignores TERM, as tool children of the real CLIs may.
    leave_child: (_, done) => {
      const code = "process.on('SIGTERM',()=>{});setInterval(()=>{},1000);process.stdout.write('up')";
      const child = spawn(process.execPath, ["-e", code], { detached: true, stdio: ["ignore", "pipe", "ignore"] });
      child.stdout.once("data", () => done(child.pid));
    },
    ignore_term: (_, done) => {
      process.on("SIGTERM", () => {});
      done();
    },
    kill: (signal) => process.kill(process.pid, signal),
    exit: (code) => process.exit(code),
  };
  let buffered = "";
  socket.setEncoding("utf8");
  socket.on("data", (text) => {
    buffered += text;
    const lines = buffered.split("\n");
    buffered = lines.pop();
    for (const line of lines) {
      const { id, action, value } = JSON.parse(line);
      actions[action](value, (answer) => send({ id, answer: typeof answer === "number" ? answer : null }));
    }
  });
  // A test that has gone away must not leave its CLIs behind.
  socket.on("close", () => process.exit(99));
  send({ hello: { name, argv, stdin, env: process.env, cwd: process.cwd(), pid: process.pid } });
});
