/**
 * Spares: the chunk of a class that a thread freed last, and uses first (assembly/slab/slabs.ts).
 *
 * Goal: a spare is as free as any other chunk in all figures and for its thread, and no other
 * thread gets it. Method: three instances over one memory, called one after the other; `hold` tells
 * an item's address. The debug build watches that nobody writes to a free chunk.
 */
import { ClassCounter, ClassGauge } from "../../assembly/shared/counters.ts";
import {
  FREE,
  HELD,
  SLABS_LOCK,
  setLock,
  sleepsDuring,
  withoutSleep,
} from "../support/core-locks.ts";
import { beforeEach, describe, expect, test } from "bun:test";
import { CoreDriver } from "../support/core-driver.ts";
import { Status } from "../../assembly/shared/status.ts";

/** The first class just has spares, with 64 chunks to a page. The second one has none. */
const SPARED = { classId: 1, length: 15_000, perPage: 64 };
const SPARELESS = { classId: 2, length: 16_400, perPage: 63 };
const SHAPE = { memoryMiB: 1, slabSizes: [16_384, 16_640] };

let threads: CoreDriver[];
let first: CoreDriver;
let second: CoreDriver;
let third: CoreDriver;

beforeEach(() => {
  threads = CoreDriver.threads(SHAPE, "core.debug", 3);
  [first, second, third] = threads;
  first.now = 100;
});

/** Where the item is. */
function addressOf(key: string): number {
  const itemPtr = first.hold(key);
  first.release(itemPtr);
  return itemPtr;
}

/** Stores an item; its address. */
function store(driver: CoreDriver, key: string, length: number): number {
  expect(driver.set(key, length)).toBe(Status.OK);
  return addressOf(key);
}

function amounts(classId: number): { used: number; free: number } {
  const used = first.classGauge(classId, ClassGauge.USED_CHUNKS);
  return { used, free: first.classGauge(classId, ClassGauge.FREE_CHUNKS) };
}

/** The figures, as every thread sees them, and the core's own check. */
function expectAmounts({ classId, perPage }: typeof SPARED, used: number): void {
  for (const driver of threads) {
    expect(driver.classGauge(classId, ClassGauge.USED_CHUNKS)).toBe(used);
    expect(driver.classGauge(classId, ClassGauge.FREE_CHUNKS)).toBe(perPage - used);
    expect(driver.check()).toBe(0);
  }
}

test("the shape is what this file wants", () => {
  for (const { classId, length, perPage } of [SPARED, SPARELESS]) {
    store(first, "a", length);
    expect(first.classGauge(classId, ClassGauge.CHUNKS_PER_PAGE)).toBe(perPage);
    expect(amounts(classId)).toEqual({ used: 1, free: perPage - 1 });
  }
});

describe("a freed chunk", () => {
  test("is free in all figures, spare or not", () => {
    for (const size of [SPARED, SPARELESS]) {
      for (const driver of threads) store(driver, `a key`, size.length);
      expectAmounts(size, 1);
      first.remove("a key");
      expectAmounts(size, 0);
    }
  });

  test("is what its thread takes next", () => {
    for (const { length } of [SPARED, SPARELESS]) {
      const address = store(second, "a", length);
      second.remove("a");
      expect(store(second, "b", length)).toBe(address);
      second.remove("b");
    }
  });

  test("is another thread's only where there are no spares", () => {
    const spare = store(first, "a", SPARED.length);
    first.remove("a");
    expect(store(second, "b", SPARED.length)).not.toBe(spare);
    expectAmounts(SPARED, 1);
    expect(store(first, "c", SPARED.length)).toBe(spare);
    expectAmounts(SPARED, 2);

    const chunk = store(first, "a", SPARELESS.length);
    first.remove("a");
    expect(store(second, "b", SPARELESS.length)).toBe(chunk);
  });

  test("makes room for a newer one: the last is the spare, the others are anybody's", () => {
    const addresses = ["a", "b", "c"].map((key) => store(first, key, SPARED.length));
    for (const key of ["a", "b", "c"]) first.remove(key);
    expectAmounts(SPARED, 0);
    // The free list is a stack.
    expect(store(second, "d", SPARED.length)).toBe(addresses[1]);
    expect(store(third, "e", SPARED.length)).toBe(addresses[0]);
    expect(addresses).not.toContain(store(second, "f", SPARED.length));
    expect(store(first, "g", SPARED.length)).toBe(addresses[2]);
    expectAmounts(SPARED, 4);
  });

  test("is the spare of who freed it, not of who filled it", () => {
    const address = store(first, "a", SPARED.length);
    second.remove("a");
    expect(store(first, "b", SPARED.length)).not.toBe(address);
    expect(store(second, "c", SPARED.length)).toBe(address);
  });
});

test("each thread has one spare of each class, and all of them count as free", () => {
  const keys = threads.map((_, index) => `key:${index}`);
  for (const key of keys) store(first, key, SPARED.length);
  expectAmounts(SPARED, 3);
  threads.forEach((driver, index) => expect(driver.remove(keys[index])).toBe(true));
  expectAmounts(SPARED, 0);
});

test("a full class with the others' spares in it evicts, and gets by with one chunk less", () => {
  const { length, perPage } = SPARED;
  for (let index = 0; index < perPage; index++) store(first, `key:${index}`, length);
  expectAmounts(SPARED, perPage);
  second.remove("key:7");
  expectAmounts(SPARED, perPage - 1);
  store(first, "new", length);
  expect(first.classSum(ClassCounter.EVICTED)).toBe(1);
  expect(first.items).toBe(perPage - 1);
  expectAmounts(SPARED, perPage - 1);
  store(second, "newer", length);
  expect(first.classSum(ClassCounter.EVICTED)).toBe(1);
  expectAmounts(SPARED, perPage);
});

test("a store over an item takes no lock of the slabs, once its thread has a spare", () => {
  store(first, "a", SPARED.length);
  store(first, "a", SPARED.length);
  setLock(first.core, SLABS_LOCK, HELD);
  withoutSleep(() => {
    for (let i = 0; i < 10; i++) store(first, "a", SPARED.length);
  });
  // Another thread has no spare yet.
  const wake = (): void => setLock(first.core, SLABS_LOCK, FREE);
  expect(sleepsDuring(() => second.set("b", SPARED.length), wake)).toEqual([SLABS_LOCK]);
  expectAmounts(SPARED, 2);
});

test("the check finds a spare that is in use", () => {
  store(first, "a", SPARED.length);
  first.remove("a");
  const spares = new Uint32Array(first.core.bytes.buffer, first.core.abi.resultPtr() + 0x200, 64);
  const spare = spares[SPARED.classId];
  expect(spare).not.toBe(0);
  const inUse = store(second, "b", SPARED.length);
  spares[SPARED.classId] = inUse;
  expect(first.check()).not.toBe(0);
});
