// Stand-ins for the three CLIs that nobody drives: each answers after a moment with what its prompt says, always the same, and
// writes down that it was started. They are shell scripts, so that a run of fifty takes a second.
import { appendFileSync, existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { BACKEND_NAMES } from "../../src/schema/built-in.js";
import { goodAnswer, installFake } from "./fake-clis.js";

export interface SelfWilledClis {
  /** To be put on PATH. */
  bin: string;
  /** The first words of the prompts that were started so far, in order. */
  started(): string[];
  /** From now on nothing was started. */
  forget(): void;
  /** Whoever is started with one of these words from now on is written down. */
  refuse(words: Iterable<string>): void;
  refused(): string[];
  /** Those who wait, and those who will, wait no longer. */
  goOn(): void;
  /** Whoever is started from now on writes down whether this process lives. */
  watch(pid: number): void;
  seen(): string[];
}

/**
 * The first word of a prompt is what the answer names. Further words: `large` = an answer of 300 kB; `fails` = no answer; `litters` =
 * leaves a process in a session of its own behind; `waits` = until `goOn`.
 */
export function selfWilledClis(dir: string): SelfWilledClis {
  const file = (name: string) => join(dir, name);
  const lines = (name: string) =>
    existsSync(file(name)) ? readFileSync(file(name), "utf8").split("\n").slice(0, -1) : [];
  for (const name of BACKEND_NAMES) installFake(dir, name, script(name, dir));
  return {
    bin: file("bin"),
    started: () => lines("started"),
    forget: () => {
      for (const name of ["started", "forbidden", "refused"]) rmSync(file(name), { force: true });
    },
    refuse: (words) => appendFileSync(file("forbidden"), [...words].map((word) => `${word}\n`).join("")),
    refused: () => lines("refused"),
    goOn: () => writeFileSync(file("go"), ""),
    watch: (pid) => writeFileSync(file("watched"), String(pid)),
    seen: () => lines("seen"),
  };
}

function script(name: (typeof BACKEND_NAMES)[number], dir: string): string {
  const records = goodAnswer(name, "@TEXT@").map((record) => `printf '%s\\n' '${JSON.stringify(record)}'`);
  return `#!/bin/sh
cd '${dir}'
read -r word rest
echo "$word" >> started
if test -e forbidden && grep -qx "$word" forbidden; then echo "$word" >> refused; fi
if test -e watched; then
  case "$(cat "/proc/$(cat watched)/stat" 2>/dev/null)" in '' | *') Z '*) echo gone ;; *) echo alive ;; esac >> seen
fi
text="answer of $word"
case " $rest " in *' litters '*) setsid sleep 3600 >/dev/null 2>&1 & ;; esac
case " $rest " in *' waits '*) until test -e go; do sleep 0.02; done ;; *) sleep 0.05 ;; esac
case " $rest " in
  *' fails '*) echo "it broke" >&2; exit 3 ;;
  *' large '*) text="$text $(head -c 300000 /dev/zero | tr '\\0' x)" ;;
esac
${records.join("\n").replaceAll("@TEXT@", `'"$text"'`)}
`;
}
