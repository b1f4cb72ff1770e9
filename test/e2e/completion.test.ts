// Completions as a shell asks for them, and in a real bash.
import { afterAll, beforeAll, expect, it } from "vitest";
import { Workspace } from "../rig/clinvk.js";

let space: Workspace;
beforeAll(() => {
  space = new Workspace();
  space.file(
    "tasks.yaml",
    "tasks:\n  - {id: api, backend: claude, prompt: a, tags: [fast]}\n  - {backend: codex, prompt: b, tags: [slow]}\n",
  );
});
afterAll(() => space.close());

/** What may stand for the last of these words. */
async function words(...line: string[]): Promise<string[]> {
  const { code, stdout, stderr } = await space.run(["completion", "words", ...line], { cwd: space.dir });
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  return stdout.split("\n").filter((word) => word !== "");
}

it("completes commands and flags", async () => {
  expect(await words("para")).toEqual(["parallel"]);
  expect(await words("")).toContain("serve");
  expect(await words("help", "pro")).toEqual(["prompt"]);
  expect(await words("parallel", "--max")).toEqual(["--max-parallel"]);
  expect(await words("runs", "re")).toEqual(["resume", "retry", "report"]);
  expect(await words("runs", "prune", "--old")).toEqual(["--older-than"]);
});

it("completes the flags of a prompt without a command", async () => {
  expect(await words("-b", "co")).toEqual(["codex"]);
  expect(await words("--back")).toEqual(["--backend"]);
  expect(await words("-b", "codex", "--eph")).toEqual(["--ephemeral"]);
  expect(await words("--h")).toEqual(["--help"]);
});

it("completes the values of flags and arguments that are known", async () => {
  expect(await words("parallel", "--on-quota", "")).toEqual(["wait", "park", "fallback", "fail"]);
  expect(await words("prompt", "-b", "co")).toEqual(["codex"]);
  expect(await words("schema", "task")).toEqual(["task-file"]);
  expect(await words("explain", "quota")).toEqual(["quota_exhausted"]);
  expect(await words("config", "get", "parallel.max")).toEqual(["parallel.max_workers"]);
  expect(await words("completion", "z")).toEqual(["zsh"]);
});

it("completes what a flag or a key can be given", async () => {
  expect(await words("parallel", "--report", "")).toEqual(["html=", "junit=", "github"]);
  expect(await words("prompt", "-m", "b")).toEqual(["balanced", "best"]);
  expect(await words("config", "set", "default_backend", "")).toEqual([]);
  expect(await words("config", "set", "unified_flags.approval_mode", "a")).toEqual(["auto", "always"]);
  expect(await words("config", "set", "backends.codex.enabled", "")).toEqual(["true", "false"]);
});

it("completes a value behind an equals sign, as a word of its own and as bash splits it", async () => {
  expect(await words("parallel", "tasks.yaml", "--only=a")).toEqual(["--only=api"]);
  expect(await words("parallel", "tasks.yaml", "--only", "=", "a")).toEqual(["api"]);
  expect(await words("parallel", "tasks.yaml", "--only", "=")).toEqual(["api", "task-2"]);
});

it("tells zsh and fish about each candidate", async () => {
  const lines = async (format: string, ...line: string[]) =>
    (await space.run(["completion", format, ...line], { cwd: space.dir })).stdout;
  expect(await lines("words-fish", "para")).toBe("parallel\tRun the tasks in a file in parallel\n");
  expect(await lines("words-zsh", "parallel", "--json")).toBe("--json:print one JSON document instead of text\n");
  expect(await lines("words-zsh", "runs", "pru")).toBe("prune:Remove old runs.\n");
});

it("knows what is in the task file that is named", async () => {
  expect(await words("parallel", "-f", "tasks.yaml", "--only", "")).toEqual(["api", "task-2"]);
  expect(await words("parallel", "--file", "tasks.yaml", "--only", "api,t")).toEqual(["api,task-2"]);
  expect(await words("parallel", "-f", "tasks.yaml", "--tags", "s")).toEqual(["slow"]);
  expect(await words("parallel", "-f", "missing.yaml", "--only", "")).toEqual([]);
});

it("leaves files to the shell, and says nothing where nothing is known", async () => {
  expect(await words("parallel", "-f", "")).toEqual([]);
  expect(await words("nonsense", "")).toEqual([]);
});

it("knows the runs that are recorded, and their tasks", async () => {
  // Neither CLI is installed: the run fails, and is recorded.
  expect((await space.run(["parallel", "-f", "tasks.yaml"], { cwd: space.dir })).code).toBe(1);
  const [last, id = "", ...others] = await words("runs", "show", "");
  expect([last, id, others]).toEqual(["last", expect.stringMatching(/^\d{8}-/), []]);
  expect(await words("explain", id)).toEqual([id]);
  expect(await words("runs", "logs", "last", "--task", "")).toEqual(["api", "task-2"]);
  expect(await words("runs", "logs", "--task", "")).toEqual(["api", "task-2"]);
  expect(await words("runs", "retry", id, "--task", "")).toEqual(["api", "task-2"]);
});

it("a bash that reads the script completes a line", async () => {
  const ask = [
    "source <(clinvk completion bash)",
    "COMP_WORDS=(clinvk parallel -f tasks.yaml --only '') COMP_CWORD=5",
    "_clinvk",
    `printf '%s\\n' "\${COMPREPLY[@]}"`,
  ].join("\n");
  const script = space.file("ask.bash", ask);
  const { code, stdout } = await space.shell(`bash '${script}'`, { cwd: space.dir }).done;
  expect({ code, stdout }).toEqual({ code: 0, stdout: "api\ntask-2\n" });
});

it("prints a script for each shell that it names, and refuses others", async () => {
  for (const shell of ["bash", "zsh", "fish"])
    expect((await space.run(["completion", shell])).stdout).toContain("clinvk completion words");
  const { code, stderr } = await space.run(["completion", "tcsh"]);
  expect(code).toBe(2);
  expect(stderr).toContain("bash, zsh, fish");
});
