// A process of its own for the tests of the store: it does one thing to a run, and may be killed in the middle of it.
import { appendFileSync, closeSync, openSync, readSync, unlinkSync, writeSync } from "node:fs";
import { join } from "node:path";
import { openJournal } from "../../src/store/journal.js";
import { lockRun } from "../../src/store/lock.js";
import { continueSession } from "../../src/store/session-turn.js";
import { Events } from "./events.js";
import { planOf } from "./plan.js";

const [, , what = "", where = "", amount = "1"] = process.argv;
const count = Number(amount);

/** Tells the test, synchronously: what was said has happened, whatever happens next. */
function say(text: string): void {
  writeSync(1, `${text}\n`);
}

switch (what) {
  // Takes the lock and keeps it until it is killed.
  case "hold":
    say(lockRun(where).ok ? "locked" : "held");
    setInterval(() => {}, 1000);
    break;
  // Tries to take the lock of many directories; those who succeed leave their pid there and never give it back.
  case "race":
    for (let i = 0; i < count; i += 1) {
      const dir = join(where, String(i));
      if (lockRun(dir).ok) appendFileSync(join(dir, "winners"), `${process.pid}\n`);
    }
    say("done");
    process.stdin.resume();
    break;
  // Takes and gives back one lock many times; nobody else may be inside meanwhile.
  case "alternate": {
    let inside = 0;
    for (let i = 0; i < count; i += 1) {
      const lock = lockRun(where);
      if (!lock.ok) continue;
      inside += 1;
      const fd = openSync(join(where, "inside"), "wx");
      closeSync(fd);
      unlinkSync(join(where, "inside"));
      lock.value.release();
    }
    say(`inside ${inside}`);
    break;
  }
  // Adds turns to one session: `where` is its home and its id. Those that another process does not let in are not counted.
  case "turns": {
    const [home = "", id = ""] = where.split(":");
    let turns = 0;
    for (let i = 0; i < count; i += 1) {
      const turn = continueSession(home, id);
      if (!turn.ok) continue;
      const { before, save, close } = turn.value;
      if (before === undefined || !save({ ...before, turns: before.turns + 1 }).ok) throw new Error("not saved");
      turns += 1;
      close();
    }
    say(`turns ${turns}`);
    break;
  }
  // Writes a run with many tasks; says each change of state that is written.
  case "write": {
    const plan = planOf(count);
    const events = new Events();
    const opened = openJournal({ clinvk_home: where, plan, onError: (message) => say(`error ${message}`) });
    if (!opened.ok) throw new Error(opened.error);
    const journal = opened.value;
    const tell = (event: Parameters<typeof journal.onEvent>[0]) => {
      journal.onEvent(event);
      if (event.type !== "task_output") say(`seq ${event.seq}`);
    };
    tell(events.started(plan));
    for (const { id } of plan.tasks) {
      tell(events.taskStarted(id));
      for (let i = 0; i < 3; i += 1) tell(events.output(id, "text ".repeat(20)));
      tell(events.taskFinished(id, "OK", { content: `answer of ${id} `.repeat(30) }));
    }
    tell(events.finished());
    journal.close();
    say("closed");
    break;
  }
  // Writes a run with so many tasks. When the disk is full, it waits for a byte on stdin before it goes on.
  case "overfill": {
    const plan = planOf(count);
    const events = new Events();
    let wait = false;
    const onError = (message: string) => {
      say(`error ${message}`);
      wait = message.includes("can't be written");
    };
    const opened = openJournal({ clinvk_home: where, plan, onError });
    if (!opened.ok) throw new Error(opened.error);
    const tell = (event: Parameters<typeof opened.value.onEvent>[0]) => {
      opened.value.onEvent(event);
      if (wait) readSync(0, Buffer.alloc(1));
      wait = false;
    };
    tell(events.started(plan));
    for (const { id } of plan.tasks) tell(events.taskFinished(id, "OK", { content: `answer of ${id} `.repeat(30) }));
    tell(events.finished());
    opened.value.close();
    say("closed");
    break;
  }
  default:
    throw new Error(`unknown: ${what}`);
}
