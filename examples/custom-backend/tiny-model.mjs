// The smallest program that can be a backend: it reads a prompt from stdin and prints its answer as JSON lines, one for
// each word. Put your own program in its place; it may be written in anything.
import { text } from "node:stream/consumers";

const model = process.argv[2] ?? "tiny";
const print = (record) => console.log(JSON.stringify(record));

const prompt = (await text(process.stdin)).trim();
if (prompt === "") {
  // What is on stderr becomes the reason of the failure.
  console.error("Error: no prompt provided");
  process.exit(2);
}
const answer = `You said: ${prompt}`.split(/(?<=\s)/);
print({ type: "start", model });
for (const word of answer) print({ type: "delta", delta: { text: word } });
print({ type: "end", usage: { prompt_tokens: prompt.split(/\s+/).length, completion_tokens: answer.length } });
