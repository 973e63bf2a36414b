/**
 * Planted bugs: the scheduler finds each of them, and shows the way to it.
 *
 * Method: the same models with one thing wrong. What is found has to be what is wrong, as soon as
 * it can be, and the trace has to name the steps that matter.
 */
import * as calls from "./planted-calls.ts";
import * as mutexes from "./planted-mutexes.ts";
import { type FlawKind, explore } from "./scheduler.ts";
import { beginSet, dump, endSetNew, expand, fetch, locked, program, remove } from "./protocol.ts";
import { describe, expect, test } from "bun:test";
import { bumpItems, check } from "./maintenance.ts";
import type { Mutex } from "./mutex.ts";
import type { Program } from "./program.ts";
import { Word } from "./words.ts";
import { flawText } from "./trace.ts";

const { EXPANSION, ITEM_A, ITEM_B, QUEUE_1, QUEUE_2, SLABS } = Word;

interface Finding {
  readonly kind: FlawKind;
  readonly steps: number;
  /** In this order in the trace. */
  readonly words: readonly string[];
}

function expectFound(programs: readonly Program[], { kind, steps, words }: Finding): void {
  const text = flawText(explore(programs));
  expect(text).toStartWith(`${kind} after ${steps} steps of ${programs.length} threads\n`);
  let at = 0;
  for (const word of words) {
    expect(text.slice(at)).toContain(word);
    at = text.indexOf(word, at) + word.length;
  }
}

/** So many threads that take the lock once. */
function takers(mutex: Mutex, count: number): Program[] {
  const taker = program("taker", (code) => {
    mutex.lock(code, SLABS);
    mutex.unlock(code, SLABS);
  });
  return new Array<Program>(count).fill(taker);
}

describe("a lock", () => {
  test.each([
    [
      "whose unlock wakes nobody",
      mutexes.SILENT_UNLOCK,
      { kind: "deadlock", steps: 5, words: ["wait at slabs", "unlock: store slabs ← FREE"] },
    ],
    [
      "whose unlock notifies before the word is FREE",
      mutexes.NOTIFY_FIRST,
      { kind: "deadlock", steps: 6, words: ["load slabs, is it CONTENDED?", "store slabs ← FREE"] },
    ],
    [
      "that is slept at without another look",
      mutexes.BLIND_SLEEP,
      { kind: "deadlock", steps: 6, words: ["unlock: notify slabs", "lock: wait at slabs"] },
    ],
    [
      "that is slept at without a mark",
      mutexes.UNMARKED_SLEEP,
      { kind: "deadlock", steps: 5, words: ["wait at slabs while HELD", "xchg slabs ← FREE"] },
    ],
    [
      "taken in two steps",
      mutexes.PLAIN_TEST_AND_SET,
      { kind: "exclusion", steps: 4, words: ["#1 holds slabs", "#2 holds slabs"] },
    ],
    [
      "given back twice",
      mutexes.DOUBLE_UNLOCK,
      { kind: "assertion", steps: 3, words: ["(was HELD)", "(was FREE)", "a false assertion"] },
    ],
  ] as const)("%s", (_title, mutex, finding) => {
    expectFound(takers(mutex, 2), finding);
  });

  test("that who has slept takes as HELD, which three threads are needed to see", () => {
    expect(flawText(explore(takers(mutexes.HELD_AFTER_SLEEP, 2)))).toBe("");
    expectFound(takers(mutexes.HELD_AFTER_SLEEP, 3), {
      kind: "deadlock",
      steps: 11,
      words: [
        "notify slabs (wakes taker #2)",
        "taker #2: lock: cmpxchg slabs FREE → HELD (was FREE)",
        "taker #2: unlock: xchg slabs ← FREE (was HELD)",
        "taker #3 holds nothing, is asleep at slabs",
      ],
    });
  });
});

describe("a call", () => {
  test("that waits for its victim's lock", () => {
    expect(
      flawText(explore([calls.WAITING_EVICTION, remove(ITEM_A, QUEUE_1)])).split("\n"),
    ).toEqual([
      "deadlock after 8 steps of 2 threads",
      "   1  waiting eviction: lock: cmpxchg queue 1 FREE → HELD (was FREE); " +
        "waiting eviction holds queue 1",
      "   2  remove: lock: cmpxchg item A FREE → HELD (was FREE); remove holds item A",
      "   3  waiting eviction: pullTail › lock: cmpxchg item A FREE → HELD (was HELD)",
      "   4  waiting eviction: pullTail › lock: xchg item A ← CONTENDED (was HELD)",
      "   5  waiting eviction: pullTail › lock: wait at item A while CONTENDED (was CONTENDED)",
      "   6  remove: queueRemove › lock: cmpxchg queue 1 FREE → HELD (was HELD)",
      "   7  remove: queueRemove › lock: xchg queue 1 ← CONTENDED (was HELD)",
      "   8  remove: queueRemove › lock: wait at queue 1 while CONTENDED (was CONTENDED)",
      "then",
      "  waiting eviction holds queue 1, is asleep at item A in pullTail › lock",
      "  remove holds item A, is asleep at queue 1 in queueRemove › lock",
      "  item A = CONTENDED",
      "  queue 1 = CONTENDED",
    ]);
  });

  test.each([
    [
      "that evicts with the slabs locked",
      [calls.EVICTION_INSIDE_SLABS, beginSet(QUEUE_1, [ITEM_A])],
      {
        kind: "deadlock",
        steps: 9,
        words: ["holds slabs, is asleep at queue 1", "queue 1, is asleep at slabs in pullTail"],
      },
    ],
    [
      "that takes a bucket before the right to split it",
      [calls.REVERSED_EXPANSION, expand([ITEM_A, ITEM_B])],
      {
        kind: "deadlock",
        steps: 8,
        words: ["holds item A, is asleep at expansion", "holds expansion, is asleep at item A"],
      },
    ],
    [
      "that inserts and waits for the expansion lock",
      [calls.WAITING_INSERTER, expand([ITEM_B, ITEM_A])],
      {
        kind: "deadlock",
        steps: 8,
        words: ["asleep at expansion in tableExpandSome", "asleep at item A in tableExpand"],
      },
    ],
    [
      "that locks a queue before the dump area",
      [calls.REVERSED_DUMP, dump(QUEUE_1)],
      {
        kind: "deadlock",
        steps: 8,
        words: ["holds queue 1, is asleep at dump", "holds dump, is asleep at queue 1"],
      },
    ],
    [
      "that tries for ever with the queue locked",
      [calls.STUBBORN_FLUSH, fetch(ITEM_A, QUEUE_1)],
      { kind: "trap", steps: 3, words: ["stubborn flush holds queue 1", "fetch holds item A"] },
    ],
    [
      "that leaves a mark in a lock it could not have",
      [calls.MARKING_TRY, remove(ITEM_A, QUEUE_1)],
      { kind: "left over", steps: 4, words: ["marking try: store", "item A = CONTENDED"] },
    ],
    [
      "that crawls and waits for an item with the queue locked",
      [calls.WAITING_CRAWL, fetch(ITEM_A, QUEUE_1)],
      { kind: "deadlock", steps: 9, words: ["asleep at item A in step", "asleep at queue 1"] },
    ],
    [
      "that moves an item with two queues locked",
      [calls.nestedMove(ITEM_A, QUEUE_1, QUEUE_2), calls.nestedMove(ITEM_B, QUEUE_2, QUEUE_1)],
      { kind: "deadlock", steps: 10, words: ["queue 1, is asleep at queue 2 in queueEnter"] },
    ],
    [
      "that takes the maintenance lock last",
      [calls.LATE_MAINTENANCE, check([ITEM_A])],
      { kind: "deadlock", steps: 8, words: ["holds item A, is asleep at maintenance"] },
    ],
    [
      "that stops everybody, queues first",
      [calls.REVERSED_FREEZE, bumpItems(ITEM_A, QUEUE_1, QUEUE_2)],
      { kind: "deadlock", steps: 9, words: ["holds queue 1, is asleep at item A"] },
    ],
  ] as const)("%s", (_title, programs, finding) => {
    expectFound(programs, finding);
  });

  test("in the wrong order harms nobody who only tries", () => {
    const inserter = endSetNew(ITEM_A, QUEUE_1, [ITEM_B, ITEM_A]);
    const other = endSetNew(ITEM_B, QUEUE_1, [ITEM_A]);
    expect(flawText(explore([calls.REVERSED_EXPANSION, inserter, other]))).toBe("");
  });

  test("that breaks the order is found among others too", () => {
    const holder = program("holder", (code) => locked(code, EXPANSION));
    const programs = [holder, calls.WAITING_INSERTER, expand([ITEM_A])];
    expectFound(programs, { kind: "deadlock", steps: 10, words: ["holder is done"] });
  });
});
