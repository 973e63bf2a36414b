/**
 * The model against the built core, with all of its threads but one played by the test.
 *
 * The lock: its numbers, when it waits and when it notifies, one word by hand. The protocol: for
 * each call the locks that it waits for, and what it holds then, have to be a way through the
 * model's program of that call. What a call only tries it must not wait for.
 */
import { Fetch, Status, StoreMode } from "../../assembly/shared/status.ts";
import { SpiedCore, type Watched, queueLockPtr, requestText } from "./spied-core.ts";
import { Value, Word } from "./words.ts";
import {
  beginSet,
  dump,
  endSetNew,
  endSetOver,
  expand,
  extend,
  fetch,
  flush,
  release,
  remove,
} from "./protocol.ts";
import { beforeEach, describe, expect, test } from "bun:test";
import type { CoreBuild } from "../../src/core/load.ts";
import { Gauge } from "../../assembly/shared/counters.ts";
import type { Program } from "./program.ts";
import { WAITING_EVICTION } from "./planted-calls.ts";
import { follows } from "./follows.ts";

const { FREE, HELD, CONTENDED } = Value;
const { DUMP, EXPANSION, ITEM_A, ITEM_B, MAINTENANCE, QUEUE_1, QUEUE_2, SLABS } = Word;

/** Those that calls wait for. */
const ALL = [EXPANSION, DUMP, MAINTENANCE, ITEM_A, ITEM_B, QUEUE_1, QUEUE_2, SLABS];

/** Values that make the chunks of the first, second and third class. */
const SMALL = 100;
const LARGE = 300_000;
const LARGER = 450_000;

/** Threaded builds: they have the same locks. */
const BUILDS: readonly CoreBuild[] = ["core.threads", "core.debug"];

/** Links of a thread until it looks whether the table has to grow (store/link.ts). */
const GROW_CHECK_EVERY = 64;

let core: SpiedCore;

function begin(key: string, length: number, mode: StoreMode = StoreMode.SET): number {
  return core.abi.beginSet(...core.key(key), 0, 0, length, mode) >>> 0;
}

function end(itemPtr: number, mode: StoreMode = StoreMode.SET): Status {
  return core.abi.endSet(itemPtr, mode, 0, 0);
}

function set(key: string, length: number): void {
  expect(end(begin(key, length))).toBe(Status.OK);
}

/** All but these. */
function except(...words: Word[]): Word[] {
  return ALL.filter((word) => !words.includes(word));
}

/** The requests are the ones expected, and the model's program can make them. */
function expectRequests(program: Program, watched: Watched, expected: string[]): void {
  expect(watched.requests.map(requestText)).toEqual(expected);
  expect(follows(program, watched)).toBe(true);
}

function isExpanding(): boolean {
  return core.abi.gauge(Gauge.IS_EXPANDING) !== 0;
}

describe.each(BUILDS)("the lock of %s", (build) => {
  const KEY = "key";
  /** The first class: its queue is where the core waits while it holds the item's lock. */
  const queueIndex = queueLockPtr(1) >>> 2;
  let index = 0;

  beforeEach(() => {
    core = new SpiedCore(build, 12);
    set(KEY, SMALL);
    index = core.itemLockIndex(KEY);
  });

  const word = (): number => Atomics.load(core.words, index);
  const removeKey = (): number => core.abi.remove(...core.key(KEY));

  /** Somebody who sleeps at the word; `notify` returns how many still do. */
  function sleep(value: Value): void {
    expect(Atomics.waitAsync(core.words, index, value).async).toBe(true);
  }
  const notify = (): number => Atomics.notify(core.words, index);

  test("is taken as HELD when it is free, and nobody is woken when it is given back", () => {
    sleep(FREE);
    const seen: number[] = [];
    Atomics.store(core.words, queueIndex, HELD);
    core.onWait = (at) => {
      seen.push(word());
      Atomics.store(core.words, at, FREE);
    };
    expect(removeKey()).toBe(1);
    expect(seen).toEqual([HELD]);
    expect(word()).toBe(FREE);
    expect(notify()).toBe(1);
  });

  test.each([HELD, CONTENDED])("is marked and waited for when the word is %d", (before) => {
    Atomics.store(core.words, index, before);
    const waits: number[][] = [];
    core.onWait = (...given) => {
      waits.push([...given, word()]);
      Atomics.store(core.words, index, FREE);
    };
    expect(removeKey()).toBe(1);
    expect(waits).toEqual([[index, CONTENDED, CONTENDED]]);
    expect(word()).toBe(FREE);
  });

  test("is taken as CONTENDED after a sleep, and given back with one notify", () => {
    Atomics.store(core.words, index, HELD);
    const seen: number[] = [];
    core.onWait = (at) => {
      if (at === index) {
        sleep(CONTENDED);
        sleep(CONTENDED);
        Atomics.store(core.words, queueIndex, HELD);
      } else {
        seen.push(word());
      }
      Atomics.store(core.words, at, FREE);
    };
    expect(removeKey()).toBe(1);
    expect(seen).toEqual([CONTENDED]);
    expect(word()).toBe(FREE);
    expect(notify()).toBe(1);
  });

  test("is waited for again after an early end of the wait, and marked each time", () => {
    Atomics.store(core.words, index, HELD);
    const seen: number[] = [];
    core.onWait = () => {
      seen.push(word());
      // Early; then after another one took it; then given back.
      if (seen.length === 2) Atomics.store(core.words, index, HELD);
      if (seen.length === 3) Atomics.store(core.words, index, FREE);
    };
    expect(removeKey()).toBe(1);
    expect(seen).toEqual([CONTENDED, CONTENDED, CONTENDED]);
    expect(word()).toBe(FREE);
  });
});

describe.each(BUILDS)("the calls of %s", (build) => {
  let a = "";
  let b = "";

  beforeEach(() => {
    core = new SpiedCore(build);
    a = core.keyWith(ITEM_A, "a");
    b = core.keyWith(ITEM_B, "b");
  });

  test("endSet: a new item", () => {
    const itemPtr = begin(a, LARGE);
    const watched = core.watch(ALL, [], () => end(itemPtr));
    expectRequests(endSetNew(ITEM_A, QUEUE_1, []), watched, [
      "item A, holding nothing",
      "queue 1, holding item A",
    ]);
  });

  test("endSet: over an old item, of the same class and of another one", () => {
    set(a, LARGE);
    const same = begin(a, LARGE);
    expectRequests(
      endSetOver(ITEM_A, QUEUE_1, QUEUE_1),
      core.watch(ALL, [], () => end(same)),
      ["item A, holding nothing", "queue 1, holding item A", "slabs, holding item A"],
    );
    const other = begin(a, LARGER);
    expectRequests(
      endSetOver(ITEM_A, QUEUE_1, QUEUE_2),
      core.watch(ALL, [], () => end(other)),
      [
        "item A, holding nothing",
        "queue 1, holding item A",
        "queue 2, holding item A",
        "slabs, holding item A",
      ],
    );
  });

  test("endSet: not stored", () => {
    const itemPtr = begin(a, LARGE, StoreMode.REPLACE);
    const watched = core.watch(ALL, [], () => end(itemPtr, StoreMode.REPLACE));
    expectRequests(endSetNew(ITEM_A, QUEUE_1, []), watched, [
      "item A, holding nothing",
      "slabs, holding item A",
    ]);
  });

  test("beginSet: evicts an item whose lock is free", () => {
    set(a, LARGE);
    set(b, LARGE);
    const watched = core.watch(except(ITEM_A), [], () => {
      expect(begin("new", LARGE)).not.toBe(0);
    });
    expectRequests(beginSet(QUEUE_1, [ITEM_A, ITEM_B]), watched, [
      "slabs, holding nothing",
      "queue 1, holding nothing",
      "slabs, holding item A, queue 1",
    ]);
  });

  test("beginSet: passes over the first victim, whose lock is not", () => {
    set(a, LARGE);
    set(b, LARGE);
    const watched = core.watch(except(ITEM_B), [], () => {
      expect(begin("new", LARGE)).not.toBe(0);
    });
    expectRequests(beginSet(QUEUE_1, [ITEM_A, ITEM_B]), watched, [
      "slabs, holding nothing",
      "queue 1, holding nothing",
      "slabs, holding item B, queue 1",
    ]);
  });

  test("beginSet: gives up when all victims are locked", () => {
    set(a, LARGE);
    set(b, LARGE);
    const watched = core.watch(ALL, [], () => {
      expect(begin("new", LARGE, StoreMode.ADD)).toBe(0);
    });
    expectRequests(beginSet(QUEUE_1, [ITEM_A, ITEM_B]), watched, [
      "slabs, holding nothing",
      "queue 1, holding nothing",
    ]);
  });

  test("append: allocates, links over its item and frees that", () => {
    set(a, LARGE);
    const more = begin(a, SMALL, StoreMode.APPEND);
    const watched = core.watch(ALL, [], () => {
      expect(end(more, StoreMode.APPEND)).toBe(Status.OK);
    });
    // Its own item is the tail, and held: that is looked into first.
    expectRequests(extend(ITEM_A, QUEUE_1, [ITEM_A]), watched, [
      "item A, holding nothing",
      "queue 1, holding item A",
      "slabs, holding item A",
      "queue 1, holding item A",
      "slabs, holding item A",
    ]);
  });

  test("append: evicts while it holds its own item's lock", () => {
    set(b, LARGE);
    set(a, LARGE);
    const more = begin(a, SMALL, StoreMode.APPEND);
    const watched = core.watch(except(ITEM_B), [], () => {
      expect(end(more, StoreMode.APPEND)).toBe(Status.OK);
    });
    expectRequests(extend(ITEM_A, QUEUE_1, [ITEM_B]), watched, [
      "item A, holding nothing",
      "slabs, holding item A",
      "queue 1, holding item A",
      "slabs, holding item A, item B, queue 1",
    ]);
  });

  test("append: does not wait for a victim under its own lock", () => {
    set(core.keyWith(ITEM_A, "other"), LARGE);
    set(a, LARGE);
    const more = begin(a, SMALL, StoreMode.APPEND);
    const watched = core.watch(ALL, [], () => {
      expect(end(more, StoreMode.APPEND)).toBe(Status.NOT_STORED);
    });
    expectRequests(extend(ITEM_A, QUEUE_1, [ITEM_A]), watched, [
      "item A, holding nothing",
      "slabs, holding item A",
      "queue 1, holding item A",
    ]);
  });

  test("fetch: bumps an item, and drops a dead one", () => {
    set(a, LARGE);
    const get = (options: number): number => {
      return core.abi.fetchText(...core.key(a), core.abi.outboxPtr(), options, 1);
    };
    core.abi.setNow(1061);
    const bump = core.watch(ALL, [], () => expect(get(0)).not.toBe(0));
    // Pinned by the first fetch.
    core.abi.release(core.pinned());
    expectRequests(fetch(ITEM_A, QUEUE_1), bump, [
      "item A, holding nothing",
      "queue 1, holding item A",
    ]);
    get(Fetch.TOUCH);
    core.abi.release(core.pinned());
    const drop = core.watch(ALL, [], () => expect(get(0)).toBe(0));
    expectRequests(fetch(ITEM_A, QUEUE_1), drop, [
      "item A, holding nothing",
      "queue 1, holding item A",
      "slabs, holding item A",
    ]);
  });

  test("remove and release", () => {
    set(a, LARGE);
    expectRequests(
      remove(ITEM_A, QUEUE_1),
      core.watch(ALL, [], () => core.abi.remove(...core.key(a))),
      ["item A, holding nothing", "queue 1, holding item A", "slabs, holding item A"],
    );
    const itemPtr = begin(a, LARGE);
    expectRequests(
      release(ITEM_A),
      core.watch(ALL, [], () => core.abi.release(itemPtr)),
      ["item A, holding nothing", "slabs, holding item A"],
    );
  });

  test("flush: unlinks what is free, waits for the rest without the queue", () => {
    set(a, LARGE);
    set(b, LARGE);
    const queues = except(ITEM_A, ITEM_B, QUEUE_2);
    const watched = core.watch(queues, [ITEM_A], () => core.abi.flush(999, 1));
    expectRequests(flush(QUEUE_1, [ITEM_B, ITEM_A]), watched, [
      "queue 1, holding nothing",
      "slabs, holding item B, queue 1",
      "item A, holding nothing",
      "queue 1, holding nothing",
      "slabs, holding item A, queue 1",
    ]);
  });

  test("dump: keeps its own lock until the end", () => {
    set(a, LARGE);
    const watched = core.watch(ALL, [], () => core.abi.dump(2, 0));
    expect(core.wordOf(DUMP)).toBe(CONTENDED);
    core.abi.dumpEnd();
    expect(core.wordOf(DUMP)).toBe(FREE);
    expectRequests(dump(QUEUE_1), watched, ["dump, holding nothing", "queue 1, holding dump"]);
  });
});

test("what is not in the model does not pass", () => {
  const requests = [
    { word: QUEUE_1, holds: 0 },
    { word: ITEM_A, holds: 1 << QUEUE_1 },
  ];
  const eviction = beginSet(QUEUE_1, [ITEM_A]);
  const watched = (count: number, unseen: number): Watched => {
    return { requests: requests.slice(0, count), unseen: new Array<number>(3).fill(unseen) };
  };
  expect(follows(eviction, watched(1, 0))).toBe(true);
  expect(follows(eviction, watched(2, 0))).toBe(false);
  expect(follows(WAITING_EVICTION, watched(2, 1 << SLABS))).toBe(true);
  // It does not end there, but at the victim.
  expect(follows(WAITING_EVICTION, watched(1, 0))).toBe(false);
  expect(follows(WAITING_EVICTION, watched(1, 1 << ITEM_A))).toBe(true);
});

describe.each(BUILDS)("the expansion of %s", (build) => {
  let b = "";

  /** A table of two buckets, of which the doubling has begun. */
  beforeEach(() => {
    core = new SpiedCore(build);
    for (let i = 0; i < GROW_CHECK_EVERY; i++) set(`filler${i}`, SMALL);
    expect(isExpanding()).toBe(true);
    b = core.keyWith(ITEM_B, "b");
  });

  test("by maintenance waits for each bucket", () => {
    const watched = core.watch(ALL, [], () => core.abi.expand(2));
    expectRequests(expand([ITEM_A, ITEM_B]), watched, [
      "expansion, holding nothing",
      "item A, holding expansion",
      "item B, holding expansion",
    ]);
    expect(isExpanding()).toBe(false);
  });

  test.each([
    ["goes on by an inserter, under his own lock too", [], false],
    ["is left alone while somebody else is at it", [EXPANSION], true],
    ["is left alone while the bucket is locked", [ITEM_A], true],
  ] as const)("%s", (_title, taken, isLeft) => {
    const itemPtr = begin(b, LARGE);
    const watched = core.watch([ITEM_B, QUEUE_1, SLABS, ...taken], [], () => end(itemPtr));
    expectRequests(endSetNew(ITEM_B, QUEUE_1, [ITEM_A, ITEM_B]), watched, [
      "item B, holding nothing",
      "queue 1, holding item B",
    ]);
    expect(isExpanding()).toBe(isLeft);
    expect([EXPANSION, ITEM_A, ITEM_B].map((word) => core.wordOf(word))).toEqual([
      FREE,
      FREE,
      FREE,
    ]);
  });
});
