// The same with execa and p-limit, as their documentation shows it. Arguments: tasks, parallel, output directory.
import { writeFile } from "node:fs/promises";
import { execa } from "execa";
import pLimit from "p-limit";

const [tasks, parallel, dir] = [Number(process.argv[2]), Number(process.argv[3]), process.argv[4]];
const limit = pLimit(parallel);

await Promise.all(
  Array.from({ length: tasks }, (_, index) =>
    limit(async () => {
      const { stdout } = await execa("claude", ["-p"], { input: `task ${index + 1}` });
      await writeFile(`${dir}/${index + 1}.md`, stdout);
    }),
  ),
);
