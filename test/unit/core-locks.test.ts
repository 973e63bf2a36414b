/**
 * Locks of the threaded builds, seen from one thread at a time.
 *
 * Goal: who meets a lock that somebody else holds waits for it or passes it over, each where it
 * should; and the debug build finds every wait against the lock order. Method: the test is the
 * other thread. It writes into lock words, and acts where the core would sleep; and it writes into
 * the counts of locks held, as if the thread held one while it makes a call.
 */
import {
  CONTENDED,
  DUMP_LOCK,
  EXPANSION_LOCK,
  FREE,
  HELD,
  MAINTENANCE_LOCK,
  RANKS,
  SLABS_LOCK,
  heldCounts,
  itemLockAt,
  itemLockOf,
  lockWord,
  locksTaken,
  queueLockOf,
  setLock,
  sleepsDuring,
  withoutSleep,
} from "../support/core-locks.ts";
import { ClassCounter, Gauge } from "../../assembly/shared/counters.ts";
import { Status, StoreMode } from "../../assembly/shared/status.ts";
import { beforeEach, describe, expect, test } from "bun:test";
import type { CoreBuild } from "../../src/core/load.ts";
import { CoreDriver } from "../support/core-driver.ts";
import { fromLatin1 } from "../support/bytes.ts";

const THREADED_BUILDS: CoreBuild[] = ["core.threads", "core.debug"];

/** A class of which the only page holds five chunks. */
const SHAPE = { memoryMiB: 1, slabSizes: [200_000] };
const LENGTH = 150_000;
const CLASS_ID = 1;
const KEYS = ["a", "b", "c", "d", "e"];

let driver: CoreDriver;

function start(build: CoreBuild): void {
  driver = new CoreDriver(SHAPE, build);
  driver.now = 1000;
}

/** Frees the lock at the first sleep for it. */
function free(lockPtr: number): void {
  expect(lockWord(driver.core, lockPtr)).toBe(CONTENDED);
  setLock(driver.core, lockPtr, FREE);
}

describe.each(THREADED_BUILDS)("%s: a lock that another thread holds", (build) => {
  beforeEach(() => start(build));

  test("of an item: whoever wants the item waits", () => {
    driver.set("a", "old");
    const { core } = driver;
    const itemLock = itemLockOf(core, "a");
    const calls: [string, () => unknown, unknown][] = [
      ["fetch", () => fromLatin1(driver.read("a") ?? new Uint8Array()), "old"],
      ["touch", () => driver.touch("a", 0), true],
      ["hold", () => driver.hold("a") !== 0, true],
      [
        "append",
        () => driver.store(StoreMode.APPEND, { key: "a", value: core.bytes.slice(0, 1) }),
        0,
      ],
      ["remove", () => driver.remove("a"), true],
      ["incr", () => driver.change("a", true, 1n), Status.NOT_FOUND],
    ];
    for (const [name, call, expected] of calls) {
      setLock(core, itemLock, HELD);
      let answer: unknown;
      const sleeps = sleepsDuring(() => (answer = call()), free);
      expect([name, sleeps, answer]).toEqual([name, [itemLock], expected]);
      expect(locksTaken(core)).toEqual([]);
    }
  });

  test("is waited for until it is free, however often sleep ends before", () => {
    driver.set("a", "v");
    const itemLock = itemLockOf(driver.core, "a");
    setLock(driver.core, itemLock, HELD);
    let ends = 0;
    const sleeps = sleepsDuring(
      () => driver.read("a"),
      () => {
        if (++ends === 4) free(itemLock);
      },
    );
    expect(sleeps).toEqual([itemLock, itemLock, itemLock, itemLock]);
  });

  test("of an item at the tail: it is passed over for the next victim", () => {
    for (const key of KEYS) driver.set(key, LENGTH);
    setLock(driver.core, itemLockOf(driver.core, "a"), HELD);
    withoutSleep(() => expect(driver.set("new", LENGTH)).toBe(Status.OK));
    setLock(driver.core, itemLockOf(driver.core, "a"), FREE);
    expect(driver.keys(CLASS_ID)).toEqual(["new", "e", "d", "c", "a"]);
    expect(driver.classSum(ClassCounter.LRU_TAIL_REFLOCKED)).toBe(0);
    expect(driver.check()).toBe(0);
  });

  test("of every item: there is no victim, and no memory", () => {
    for (const key of KEYS) driver.set(key, LENGTH);
    for (const key of KEYS) setLock(driver.core, itemLockOf(driver.core, key), HELD);
    withoutSleep(() => expect(driver.set("new", LENGTH)).toBe(Status.NO_MEMORY));
    for (const key of KEYS) setLock(driver.core, itemLockOf(driver.core, key), FREE);
    expect(driver.items).toBe(KEYS.length);
    expect(driver.set("new", LENGTH)).toBe(Status.OK);
  });

  test("of an item that flush_all has to unlink: it waits, and finds it after all", () => {
    for (const key of KEYS) driver.set(key, LENGTH);
    const itemLock = itemLockOf(driver.core, "c");
    setLock(driver.core, itemLock, HELD);
    // The queue must be free meanwhile: the other thread may need it before it can go on.
    const wake = (lockPtr: number): void => {
      expect(lockWord(driver.core, queueLockOf(CLASS_ID))).toBe(FREE);
      free(lockPtr);
    };
    expect(sleepsDuring(() => driver.flush(999, true), wake)).toEqual([itemLock]);
    expect([driver.items, driver.check()]).toEqual([0, 0]);
  });

  test("of a queue: a store waits", () => {
    setLock(driver.core, queueLockOf(CLASS_ID), HELD);
    const sleeps = sleepsDuring(() => driver.set("a", LENGTH), free);
    expect(sleeps).toEqual([queueLockOf(CLASS_ID)]);
    expect([driver.items, driver.check()]).toEqual([1, 0]);
  });

  test("of a queue, while a second passes: the queue stays in order of access", () => {
    const [first, second] = CoreDriver.threads(SHAPE, build, 2);
    driver = first;
    first.now = 1000;
    setLock(first.core, queueLockOf(CLASS_ID), HELD);
    const sleeps = sleepsDuring(
      () => first.set("a", LENGTH),
      (lockPtr) => {
        free(lockPtr);
        second.now = 1001;
        second.set("b", LENGTH);
      },
    );
    expect(sleeps).toEqual([queueLockOf(CLASS_ID)]);
    expect(first.keys(CLASS_ID)).toEqual(["a", "b"]);
    // A flush goes from the newest item to the first one that is too old for it.
    second.flush(1000, true);
    expect([first.items, first.check()]).toEqual([0, 0]);
  });

  test("of the slabs: an allocation waits", () => {
    setLock(driver.core, SLABS_LOCK, HELD);
    expect(sleepsDuring(() => driver.set("a", LENGTH), free)).toEqual([SLABS_LOCK]);
    expect([driver.items, driver.check()]).toEqual([1, 0]);
  });

  test("of maintenance: work in the background waits, and clients' calls do not", () => {
    setLock(driver.core, MAINTENANCE_LOCK, HELD);
    withoutSleep(() => {
      for (const key of [...KEYS, "new"]) driver.set(key, LENGTH);
      driver.read("a");
      driver.remove("b");
      driver.flush(999, true);
    });
    const { abi } = driver.core;
    for (const work of [
      () => abi.juggle(CLASS_ID),
      () => abi.bumpItems(),
      () => abi.crawlExpired(CLASS_ID, 1),
      () => abi.moveChunks(1),
      () => abi.check(),
    ]) {
      setLock(driver.core, MAINTENANCE_LOCK, HELD);
      expect(sleepsDuring(work, free)).toEqual([MAINTENANCE_LOCK]);
      expect(locksTaken(driver.core)).toEqual([]);
    }
  });

  test("that somebody waits for is given back with a call that wakes one of them", async () => {
    const { abi, bytes } = driver.core;
    abi.dump(CLASS_ID, 0);
    setLock(driver.core, DUMP_LOCK, CONTENDED);
    const words = new Int32Array(bytes.buffer);
    const sleep = Atomics.waitAsync(words, DUMP_LOCK / 4, CONTENDED);
    expect(sleep.async).toBe(true);
    abi.dumpEnd();
    expect(await sleep.value).toBe("ok");
    expect(lockWord(driver.core, DUMP_LOCK)).toBe(FREE);
  });
});

function isExpanding(): boolean {
  return driver.core.gauge(Gauge.IS_EXPANDING) === 1;
}

describe.each(THREADED_BUILDS)("%s: a growing table", (build) => {
  const BUCKETS = 4096;
  const LINKS_PER_CHECK = 64;
  // The low bits of a bucket's number are that of its lock.
  const lockOfBucket7 = itemLockAt(7);
  let stored = 0;

  function store(count: number): void {
    for (; count > 0; count--) driver.set(`key:${stored++}`, "v");
  }

  beforeEach(() => {
    stored = 0;
    driver = new CoreDriver({ hashPower: 12 }, build);
    driver.now = 1000;
    store(BUCKETS * 1.5);
  });

  test("begins at a later look when somebody is at the table", () => {
    setLock(driver.core, EXPANSION_LOCK, HELD);
    withoutSleep(() => store(LINKS_PER_CHECK));
    expect(isExpanding()).toBe(false);
    setLock(driver.core, EXPANSION_LOCK, FREE);
    store(LINKS_PER_CHECK - 1);
    expect(isExpanding()).toBe(false);
    store(1);
    expect(isExpanding()).toBe(true);
  });

  test("is left alone by insertions while somebody else splits", () => {
    store(LINKS_PER_CHECK);
    setLock(driver.core, EXPANSION_LOCK, HELD);
    withoutSleep(() => store(BUCKETS / 2));
    setLock(driver.core, EXPANSION_LOCK, FREE);
    // Not one bucket was split.
    driver.core.abi.expand(BUCKETS - 1);
    expect([isExpanding(), driver.check()]).toEqual([true, 0]);
    driver.core.abi.expand(1);
    expect(isExpanding()).toBe(false);
  });

  test("stops before a bucket whose lock is not free, and goes on later", () => {
    store(LINKS_PER_CHECK);
    setLock(driver.core, lockOfBucket7, HELD);
    const others = Array.from({ length: 50 }, (_, i) => `more ${i}`).filter((key) => {
      return itemLockOf(driver.core, key) !== lockOfBucket7;
    });
    withoutSleep(() => others.forEach((key) => driver.set(key, "v")));
    // Buckets 0 … 6 are split, so 4089 are left.
    setLock(driver.core, lockOfBucket7, FREE);
    driver.core.abi.expand(BUCKETS - 7 - 1);
    expect(isExpanding()).toBe(true);
    driver.core.abi.expand(1);
    expect([isExpanding(), driver.check()]).toEqual([false, 0]);
  });

  test("waits where it is told to expand", () => {
    store(LINKS_PER_CHECK);
    setLock(driver.core, lockOfBucket7, HELD);
    const sleeps = sleepsDuring(() => driver.core.abi.expand(BUCKETS), free);
    expect(sleeps).toEqual([lockOfBucket7]);
    expect([isExpanding(), driver.check()]).toEqual([false, 0]);
  });
});

// ── The order ────────────────────────────────────────────────────────────────────────────────────

function outbox(): number {
  return driver.core.outboxPtr;
}

/** Calls by the rank of the lock that each one waits for first, on its way to all later ones. */
const CALLS: readonly (readonly [rank: number, name: string, call: () => unknown])[] = [
  [0, "expand", () => driver.core.abi.expand(1)],
  [0, "dump", () => driver.core.abi.dump(CLASS_ID, 0)],
  [0, "juggle", () => driver.core.abi.juggle(CLASS_ID)],
  [0, "bumpItems", () => driver.core.abi.bumpItems()],
  [0, "crawlExpired", () => driver.core.abi.crawlExpired(CLASS_ID, 1)],
  [0, "moveChunks", () => driver.core.abi.moveChunks(1)],
  [0, "check", () => driver.core.abi.check()],
  [1, "fetch", () => driver.read("a")],
  [1, "touch", () => driver.touch("a", 0)],
  [1, "remove", () => driver.remove("a")],
  [1, "incr", () => driver.change("a", true, 1n)],
  [1, "hold", () => driver.hold("a")],
  [1, "release", () => driver.release(held)],
  [1, "endSet", () => driver.end(filled, StoreMode.SET)],
  [1, "crawlTable", () => driver.core.abi.crawlTable(0, outbox(), outbox() + 10_000, 1, 0, -1, 0)],
  [2, "beginCrawl", () => driver.core.abi.beginCrawl(CLASS_ID, 0)],
  [2, "crawlDump", () => driver.core.abi.crawlDump(CLASS_ID, outbox(), outbox() + 10_000, 1, 0)],
  [2, "flush_all", () => driver.flush(999, true)],
  // Of a class without items: at the tail of another one it would look for dead ones.
  [3, "beginSet", () => driver.begin(StoreMode.SET, "new", 500_000)],
];

/** An item that is held, and one that is being filled. */
let held = 0;
let filled = 0;

describe.each([...CALLS])("rank %i: %s", (rank, _, call) => {
  beforeEach(() => {
    start("core.debug");
    driver.set("a", LENGTH);
    held = driver.hold("a");
    filled = driver.begin(StoreMode.SET, "b", LENGTH);
  });

  test.each(RANKS.map((name, index) => [name, index] as const))("holding %s", (_, heldRank) => {
    heldCounts(driver.core)[heldRank] = 1;
    const isViolation = heldRank >= rank;
    if (isViolation) expect(call).toThrow("core assertion failed");
    else expect(call).not.toThrow();
  });

  test("holding nothing", () => {
    expect(call).not.toThrow();
    const counts = [...heldCounts(driver.core)];
    // The dump area is the caller's now, and locked.
    expect(counts).toEqual([
      rank === 0 && lockWord(driver.core, DUMP_LOCK) === HELD ? 1 : 0,
      0,
      0,
      0,
    ]);
  });
});

test("giving back a lock that is free is found", () => {
  start("core.debug");
  expect(() => driver.core.abi.dumpEnd()).toThrow("core assertion failed");
});
