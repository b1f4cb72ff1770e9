// What the docs tell a reader to type must work: examples fit their schemas, flags exist, links lead somewhere.
import { existsSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { describe, expect, it, vi } from "vitest";
import * as z from "zod/mini";
import { checkTaskValues } from "../../src/app/check-values.js";
import { parseDocument } from "../../src/document/document.js";
import { withoutFreeKeys } from "../../src/document/validate.js";
import { parseOfflineScript } from "../../src/offline/script.js";
import { Config } from "../../src/schema/config.js";
import { TaskFile } from "../../src/schema/task-file.js";
import { readChainFile } from "../../src/task-file/chain-file.js";
import { codeBlocks, markdownPages } from "../rig/docs.js";
import { reportIn } from "../rig/read-tasks.js";

const root = resolve(import.meta.dirname, "../..");
const pages = markdownPages("README.md", "CONTRIBUTING.md", "docs", "examples");
const blocks = pages.flatMap(codeBlocks);
const inLanguages = (...languages: string[]) => blocks.filter(({ language }) => languages.includes(language));

/** The commands that a reader can copy: lines of shell blocks, and code in a line of text. */
const commands = [
  ...inLanguages("sh", "bash").flatMap(({ place, text }) => text.split("\n").map((line) => ({ place, line }))),
  ...pages.flatMap((page) =>
    [...readFileSync(page, "utf8").matchAll(/`(clinvk [^`]*)`/g)].map(([, line = ""]) => ({
      place: relative(root, page),
      line,
    })),
  ),
].flatMap(({ place, line }) => {
  const own = /(?:^|\|\s*|&&\s*)(clinvk .*)$/.exec(line)?.[1];
  // What follows a pipe, a redirection or a comment is not ours.
  return own === undefined
    ? []
    : [
        {
          place,
          words:
            own
              .split(/\s+(?:[|<>#]|\d?>)/)[0]
              ?.split(/\s+/)
              .slice(1) ?? [],
        },
      ];
});

// The build puts it in.
vi.stubGlobal("__CLINVK_VERSION__", "0.0.0");

/** The help that a command prints. */
async function helpOf(name: string, ...sub: string[]): Promise<string> {
  const file = join(root, "src/cli/commands", `${name}.ts`);
  if (!existsSync(file)) return "";
  const { run } = (await import(file)) as { run(argv: string[], io: object): Promise<number> };
  let text = "";
  const print = (more: string) => {
    text += more;
  };
  await run([...sub, "--help"], { stdout: print, stderr: print, env: {}, cwd: root });
  return text;
}

describe("examples", () => {
  it("are found", () => {
    expect(inLanguages("json", "jsonc").length).toBeGreaterThan(5);
    expect(inLanguages("yaml").length).toBeGreaterThan(0);
    expect(commands.length).toBeGreaterThan(40);
  });

  it.each(inLanguages("json", "jsonc").map((block) => [block.place, block]))("%s is valid", async (place, block) => {
    const document = await parseDocument(block.text, "example.jsonc");
    if (!document.ok) throw new Error(`${place}: ${document.error[0]?.message}`);
    const { value, problems } = document.value as { value: Record<string, unknown>; problems: unknown[] };
    expect(problems).toEqual([]);
    if ("rules" in value) expect(parseOfflineScript(value)).toMatchObject({ ok: true });
    else if ("tasks" in value || Array.isArray(value)) {
      const file = withoutFreeKeys(Array.isArray(value) ? { tasks: value } : value);
      const { data, error } = z.safeParse(TaskFile, file);
      expect(error?.issues).toBeUndefined();
      const loaded = {
        file: data as never,
        list: "tasks" as const,
        base_dir: root,
        inputs: [],
        reportTo: reportIn(place),
      };
      expect(await checkTaskValues(loaded)).toEqual([]);
    } else if ("steps" in value) {
      expect((await readChainFile({ name: place, value }, root)).problems).toEqual([]);
    } else throw new Error(`${place}: neither a task file, nor a chain file, nor an offline script`);
  });

  it.each(inLanguages("yaml").map((block) => [block.place, block]))("%s is a valid configuration", async (_, block) => {
    const document = await parseDocument(block.text, "config.yaml");
    expect(document).toMatchObject({ ok: true });
    if (document.ok) expect(z.safeParse(Config, withoutFreeKeys(document.value.value)).error?.issues).toBeUndefined();
  });
});

describe("commands", () => {
  it("exist, with their flags", async () => {
    const wrong: string[] = [];
    for (const { place, words } of commands) {
      const [name = "", second = ""] = words;
      // A prompt in quotes is no command.
      if (/^[-<"']/.test(name) || name === "") continue;
      const own = await helpOf(name);
      if (own === "") wrong.push(`${place}: there is no command ${name}`);
      const isSub = new RegExp(`^ {2}${second}(?: |$)`, "m").test(own.slice(own.indexOf("Commands:"))) && second !== "";
      const help = isSub && own.includes("Commands:") ? await helpOf(name, second) : own;
      for (const [flag] of words.join(" ").matchAll(/(?<=\s)--?[a-z][a-z-]*/g))
        if (!new RegExp(`(?:^|[\\s,])${flag}(?=[\\s,])`).test(help))
          wrong.push(`${place}: ${words.join(" ")}: ${flag}`);
    }
    expect(wrong).toEqual([]);
  });
});

describe("links", () => {
  it.each(pages.map((page) => [relative(root, page), page]))(
    "of %s lead to files and headings that exist",
    (_, page) => {
      const text = readFileSync(page, "utf8").replaceAll(/^```.*?^```$/gms, "");
      const broken = [...text.matchAll(/\]\((?!https?:)([^)#\s]*)(?:#([^)\s]+))?\)/g)].flatMap(
        ([link, path = "", anchor]) => {
          const target = path === "" ? page : resolve(dirname(page), path);
          if (!existsSync(target)) return [link];
          if (anchor === undefined || !target.endsWith(".md")) return [];
          const headings = [...readFileSync(target, "utf8").matchAll(/^#+ (.*)$/gm)].map(([, heading = ""]) =>
            slug(heading),
          );
          return headings.includes(anchor) ? [] : [link];
        },
      );
      expect(broken).toEqual([]);
    },
  );

  it("every row of what is promised and what can go wrong names a test", () => {
    const text = readFileSync(join(root, "docs/reliability.md"), "utf8");
    const rows = text.split("\n").filter((line) => /^\| (?!what |promise )/.test(line));
    expect(rows.length).toBeGreaterThan(50);
    expect(rows.filter((row) => !/\]\(\.\.\/test\/\S+\)/.test(row))).toEqual([]);
  });
});

it("the README is a first page: at most 110 lines", () => {
  expect(readFileSync(join(root, "README.md"), "utf8").trimEnd().split("\n").length).toBeLessThanOrEqual(110);
});

/** As GitHub makes the anchors of headings. */
function slug(heading: string): string {
  return heading
    .toLowerCase()
    .replaceAll(/[^\w\- ]/g, "")
    .replaceAll(" ", "-");
}
