/**
 * Evictions and what is counted of them; stores that find no memory.
 *
 * Method: a class of which the only page holds five chunks.
 */
import { ClassCounter, ClassGauge, Counter } from "../../assembly/shared/counters.ts";
import { Status, StoreMode } from "../../assembly/shared/status.ts";
import { beforeEach, describe, expect, test } from "bun:test";
import { CoreDriver } from "../support/core-driver.ts";

const SHAPE = { memoryMiB: 1, slabSizes: [200_000] };
const LENGTH = 150_000;
const CLASS_ID = 1;
const KEYS = ["a", "b", "c", "d", "e"];

let driver: CoreDriver;

function classCounter(which: ClassCounter): number {
  return driver.core.classCounter(CLASS_ID, which);
}

function fill(expiresAt = 0): void {
  for (const key of KEYS) expect(driver.set(key, LENGTH, expiresAt)).toBe(Status.OK);
}

beforeEach(() => {
  driver = new CoreDriver(SHAPE);
  driver.now = 1000;
});

describe("counters of an eviction", () => {
  test("evicted, and what it took to get the chunk", () => {
    fill();
    expect(classCounter(ClassCounter.EVICTED)).toBe(0);
    driver.set("f", LENGTH);
    expect(classCounter(ClassCounter.EVICTED)).toBe(1);
    expect(classCounter(ClassCounter.DIRECT_RECLAIMS)).toBe(1);
    expect(classCounter(ClassCounter.RECLAIMED)).toBe(0);
    expect(driver.items).toBe(KEYS.length);
    expect(driver.keys(CLASS_ID)).toEqual(["f", "e", "d", "c", "b"]);
  });

  test("evicted_time is the idle time of the last victim, not a sum", () => {
    fill();
    driver.now = 1007;
    driver.set("f", LENGTH);
    expect(driver.classGauge(CLASS_ID, ClassGauge.EVICTED_IDLE)).toBe(7);
    driver.now = 1010;
    driver.set("g", LENGTH);
    expect(driver.classGauge(CLASS_ID, ClassGauge.EVICTED_IDLE)).toBe(10);
    driver.core.abi.resetCounters();
    expect(driver.classGauge(CLASS_ID, ClassGauge.EVICTED_IDLE)).toBe(0);
  });

  test("evicted_nonzero counts victims that had an expiry", () => {
    driver.set("a", LENGTH, 5000);
    for (const key of ["b", "c", "d", "e", "f", "g"]) driver.set(key, LENGTH);
    expect(classCounter(ClassCounter.EVICTED)).toBe(2);
    expect(classCounter(ClassCounter.EVICTED_NONZERO)).toBe(1);
  });

  test("evicted_unfetched counts victims that nobody had read", () => {
    fill();
    driver.read("a");
    driver.set("f", LENGTH);
    driver.set("g", LENGTH);
    expect(classCounter(ClassCounter.EVICTED)).toBe(2);
    expect(classCounter(ClassCounter.EVICTED_UNFETCHED)).toBe(1);
    expect(classCounter(ClassCounter.EVICTED_ACTIVE)).toBe(0);
  });

  test("a stored-over item starts unfetched again", () => {
    fill();
    driver.read("a");
    driver.set("a", LENGTH);
    // That set itself needed a chunk, so it evicted the oldest: the old a.
    expect(classCounter(ClassCounter.EVICTED_UNFETCHED)).toBe(0);
    for (const key of ["f", "g", "h", "i", "j"]) driver.set(key, LENGTH);
    expect(classCounter(ClassCounter.EVICTED)).toBe(6);
    expect(classCounter(ClassCounter.EVICTED_UNFETCHED)).toBe(5);
  });
});

describe("no memory", () => {
  beforeEach(() => {
    fill();
    for (const key of KEYS) driver.hold(key);
  });

  test("a store is refused when every item is held", () => {
    expect(driver.set("f", LENGTH)).toBe(Status.NO_MEMORY);
    expect(classCounter(ClassCounter.OUT_OF_MEMORY)).toBe(1);
    expect(driver.counter(Counter.STORE_NO_MEMORY)).toBe(1);
    expect(driver.items).toBe(KEYS.length);
  });

  test("a refused set removes the old item, so that no stale value stays", () => {
    expect(driver.set("a", LENGTH)).toBe(Status.NO_MEMORY);
    expect(driver.read("a")).toBeNull();
  });

  test.each([StoreMode.ADD, StoreMode.REPLACE, StoreMode.APPEND, StoreMode.PREPEND, StoreMode.CAS])(
    "mode %i leaves the old item",
    (mode) => {
      const value = new Uint8Array(LENGTH);
      expect(driver.store(mode, { key: "a", value })).toBe(Status.NO_MEMORY);
      expect(driver.read("a")?.length).toBe(LENGTH);
    },
  );
});

describe("without evictions", () => {
  beforeEach(() => {
    driver = new CoreDriver({ ...SHAPE, evictions: false });
    driver.now = 1000;
  });

  test("a full store refuses, and evicts nothing", () => {
    fill();
    expect(driver.set("f", LENGTH)).toBe(Status.NO_MEMORY);
    expect(driver.set("f", LENGTH)).toBe(Status.NO_MEMORY);
    expect(classCounter(ClassCounter.OUT_OF_MEMORY)).toBe(2);
    expect(classCounter(ClassCounter.EVICTED)).toBe(0);
    expect(driver.items).toBe(KEYS.length);
  });

  test("expired items at the tail make room all the same", () => {
    fill(1500);
    driver.now = 1500;
    expect(driver.set("f", LENGTH)).toBe(Status.OK);
    expect(classCounter(ClassCounter.RECLAIMED)).toBe(KEYS.length);
  });
});

test("an append whose result finds no memory leaves the item as it was", () => {
  // Both parts are of the small class, which has room; their sum is of the full one.
  driver = new CoreDriver({ memoryMiB: 1, slabSizes: [100_000, 200_000] });
  driver.set("part", 90_000);
  for (const key of KEYS) driver.set(key, LENGTH);
  for (const key of KEYS) driver.hold(key);
  const value = new Uint8Array(90_000).fill(1);
  expect(driver.store(StoreMode.APPEND, { key: "part", value })).toBe(Status.NOT_STORED);
  expect(driver.read("part")).toEqual(new Uint8Array(90_000));
  // memcached counts this failure in the class alone.
  expect(driver.counter(Counter.STORE_NO_MEMORY)).toBe(0);
  expect(driver.core.classCounter(2, ClassCounter.OUT_OF_MEMORY)).toBe(1);
  expect(driver.check()).toBe(0);
});
