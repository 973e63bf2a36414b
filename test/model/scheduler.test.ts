/**
 * The scheduler itself: that it goes everywhere, and nowhere else.
 *
 * Method: programs so small that their states can be counted by hand.
 */
import { describe, expect, test } from "bun:test";
import { Code, type Program } from "./program.ts";
import { Value, Word } from "./words.ts";
import { explore } from "./scheduler.ts";
import { program } from "./protocol.ts";

const { FREE, HELD } = Value;
const { ITEM_A, SLABS } = Word;

/** Steps that change nothing. */
function idle(count: number): Program {
  return program("idle", (code) => {
    for (let i = 0; i < count; i++) code.store(SLABS, FREE);
  });
}

describe("the states", () => {
  test.each([
    [[5], 6],
    [[3, 4], 4 * 5],
    [[3, 4, 2], 4 * 5 * 3],
    [[1, 1, 1, 1], 16],
  ])("of threads of %p idle steps are %d", (counts, states) => {
    const { flaw, states: found } = explore(counts.map(idle));
    expect(flaw).toBeNull();
    expect(found).toBe(states);
  });

  test("tell apart what stands in the words", () => {
    const writer = program("writer", (code) => {
      code.store(ITEM_A, HELD);
      code.store(ITEM_A, FREE);
    });
    // Its places 0, 1, 2, for each of two places of a reader who goes either way.
    const reader = program("reader", (code) => {
      const isHeld = code.label();
      code.load(ITEM_A, HELD, isHeld);
      code.store(SLABS, FREE);
      code.place(isHeld);
    });
    expect(explore([writer]).states).toBe(3);
    expect(explore([writer, reader]).states).toBe(3 * 3);
  });

  test("of a choice are all its ways", () => {
    const { visited, states } = explore([
      program("chooser", (code) => {
        code.either(
          () => code.store(SLABS, HELD),
          () => code.store(SLABS, Value.CONTENDED),
          () => {},
        );
        code.store(SLABS, FREE);
      }),
    ]);
    // The choice; then the last store, with two values in the word, for the third way does that
    // store at once; then the end.
    expect(states).toBe(1 + 2 + 1);
    expect(visited[0]?.reduce((sum, isVisited) => sum + isVisited, 0)).toBe(3);
  });
});

describe("sleepers", () => {
  const sleeper = program("sleeper", (code) => code.wait(SLABS, FREE));
  const waker = program("waker", (code) => {
    code.store(SLABS, HELD);
    code.notify(SLABS);
  });

  test("are woken by a notify, one of them, whichever", () => {
    const passer = program("passer", (code) => {
      code.wait(SLABS, FREE);
      code.notify(SLABS);
    });
    expect(explore([passer, sleeper, waker]).flaw?.kind).toBe("deadlock");
    expect(explore([sleeper, passer, waker]).flaw?.kind).toBe("deadlock");
    // Nobody sleeps for ever here; the waker's word remains.
    expect(explore([passer, passer, waker]).flaw?.kind).toBe("left over");
  });

  test("may wake up early", () => {
    const surprised = program("surprised", (code) => {
      code.wait(SLABS, FREE);
      code.load(SLABS, FREE, code.fault);
      code.store(SLABS, FREE);
    });
    expect(explore([surprised, waker]).flaw?.kind).toBe("assertion");
  });

  test("are not saved by waking up early", () => {
    expect(explore([sleeper]).flaw?.kind).toBe("deadlock");
  });

  test("do not fall asleep when the word has changed", () => {
    const waiter = program("waiter", (code) => code.wait(SLABS, HELD));
    expect(explore([waiter]).flaw).toBeNull();
  });
});

describe("a program", () => {
  test("has to give back what it took", () => {
    const code = new Code();
    code.take(SLABS);
    expect(() => code.finish("greedy")).toThrow("with a lock held");
  });

  test("has to hold the same locks on all ways to a place", () => {
    const code = new Code();
    expect(() => code.maybe(() => code.take(SLABS))).toThrow("ways differ");
  });
});
