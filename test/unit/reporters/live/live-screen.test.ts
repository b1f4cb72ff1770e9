import xterm from "@xterm/headless";
import stringWidth from "string-width";
import { describe, expect, it } from "vitest";
import { Screen } from "../../../../src/reporters/live/live-screen.js";

/** A screen on a terminal of our own; what is written reaches it at once. */
function rig(columns = 40, rows = 8) {
  const terminal = new xterm.Terminal({
    cols: columns,
    rows,
    scrollback: 100,
    allowProposedApi: true,
    convertEol: true,
  });
  let written = "";
  const write = (text: string) => {
    written += text;
    terminal.write(text);
  };
  const size = () => ({ columns: terminal.cols, rows: terminal.rows });
  const screen = new Screen({ write, size, reflows: true }, stringWidth);
  const lines = () =>
    new Promise<string[]>((resolve) =>
      terminal.write("", () => {
        const { active } = terminal.buffer;
        const all = Array.from({ length: active.length }, (_, i) => active.getLine(i)?.translateToString(true) ?? "");
        resolve(all.join("\n").trimEnd().split("\n"));
      }),
    );
  const resize = async (cols: number, to: number) => {
    await lines();
    terminal.resize(cols, to);
  };
  return {
    terminal,
    screen,
    lines,
    resize,
    write,
    written: () => written,
    above: (text: string) => screen.above(text, write),
  };
}

describe("the lower end of the terminal", () => {
  it("draws frames over one another, of whatever height", async () => {
    const { screen, lines, write } = rig();
    write("before\n");
    screen.draw(["one", "two", "three"]);
    screen.draw(["one", "2"]);
    screen.draw(["1", "2", "3", "4"]);
    expect(await lines()).toEqual(["before", "1", "2", "3", "4"]);
  });

  it("writes nothing for a frame that is on the screen already", () => {
    const { screen, written } = rig();
    screen.draw([]);
    expect(written()).toBe("");
    screen.draw(["one"]);
    const before = written();
    screen.draw(["one"]);
    expect(written()).toBe(before);
  });

  it("keeps what is written above in order and whole", async () => {
    const { screen, lines, above } = rig();
    screen.draw(["frame"]);
    above("an answer\n");
    above("half a ");
    screen.draw(["newer frame"]);
    above("line\n");
    above("");
    expect(await lines()).toEqual(["an answer", "half a line", "newer frame"]);
  });

  it("never puts a frame into the scrollback", async () => {
    const { screen, lines, above } = rig(40, 6);
    for (let i = 0; i < 40; i += 1) {
      screen.draw([`a ${i}`, `b ${i}`, `c ${i}`]);
      above(`answer ${i}\n`);
    }
    screen.close();
    expect(await lines()).toEqual(Array.from({ length: 40 }, (_, i) => `answer ${i}`));
  });

  it("cuts what the terminal shows wider than it was measured", async () => {
    const { screen, lines } = rig(10, 8);
    screen.draw(["x".repeat(30), "last"]);
    screen.draw(["x".repeat(30), "end"]);
    expect(await lines()).toEqual(["x".repeat(10), "end"]);
  });

  it.each([
    ["narrower", [[15, 8]]],
    [
      "narrower and back",
      [
        [15, 8],
        [40, 8],
      ],
    ],
    [
      "so small that most of it is pushed off",
      [
        [10, 3],
        [40, 8],
      ],
    ],
    [
      "smaller step by step",
      [
        [30, 12],
        [20, 12],
        [12, 12],
        [40, 12],
      ],
    ],
    [
      "less high",
      [
        [40, 3],
        [40, 8],
      ],
    ],
  ] as const)("leaves nothing behind when the terminal becomes %s", async (_, sizes) => {
    const { screen, lines, write, resize } = rig(40, 8);
    const words = "a line of the frame that is rather long";
    write("before\n");
    screen.draw([`1 ${words}`.slice(0, 40), `2 ${words}`.slice(0, 40), "3 counts"]);
    for (const [columns, rows] of sizes) {
      await resize(columns, rows);
      screen.draw([`1 ${words}`.slice(0, columns), `2 ${words}`.slice(0, columns), "3 counts".slice(0, columns)]);
    }
    screen.close();
    expect(await lines()).toEqual(["before"]);
  });

  it("shows the cursor again and leaves the screen as it was", async () => {
    const { screen, lines, write, written, above } = rig();
    write("before\n");
    screen.draw(["frame"]);
    expect(written()).toContain("\x1b[?25l");
    screen.close();
    screen.close();
    expect(written().endsWith("\x1b[?25h")).toBe(true);
    screen.draw(["too late"]);
    above("after\n");
    expect(await lines()).toEqual(["before", "after"]);
  });

  it("makes way when the process is stopped, and comes back", async () => {
    const { screen, lines, write, written } = rig();
    screen.draw(["frame"]);
    screen.suspend();
    expect(written().endsWith("\x1b[?25h")).toBe(true);
    write("$ fg\n");
    screen.draw(["newer"]);
    expect(await lines()).toEqual(["$ fg"]);
    screen.resume();
    expect(await lines()).toEqual(["$ fg", "newer"]);
  });
});
