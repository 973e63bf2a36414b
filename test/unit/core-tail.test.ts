/**
 * The tail of the flat LRU: how far it is searched, what is reclaimed there, and its repair
 * (specification §8.5).
 *
 * Method: a class of which the only page holds eight chunks; the oldest items are "a", "b", …
 */
import { beforeEach, describe, expect, test } from "bun:test";
import { ClassCounter, Counter } from "../../assembly/shared/counters.ts";
import { CoreDriver } from "../support/core-driver.ts";
import { Status, StoreMode } from "../../assembly/shared/status.ts";

const SHAPE = { memoryMiB: 1, slabSizes: [130_000] };
const LENGTH = 100_000;
const CLASS_ID = 1;
const KEYS = ["a", "b", "c", "d", "e", "f", "g", "h"];
const TRIES = 5;

let driver: CoreDriver;

function classCounter(which: ClassCounter): number {
  return driver.core.classCounter(CLASS_ID, which);
}

function start(more: object = {}): void {
  driver = new CoreDriver({ ...SHAPE, ...more });
  driver.now = 1000;
}

beforeEach(() => start());

describe("held items", () => {
  test("are passed over: the first idle one goes", () => {
    for (const key of KEYS) driver.set(key, LENGTH);
    for (const key of KEYS.slice(0, TRIES - 1)) driver.hold(key);
    expect(driver.set("new", LENGTH)).toBe(Status.OK);
    expect(driver.keys(CLASS_ID)).toEqual(["new", "h", "g", "f", "d", "c", "b", "a"]);
    // Twice: the search for dead items comes first.
    expect(classCounter(ClassCounter.LRU_TAIL_REFLOCKED)).toBe(3 * (TRIES - 1));
  });

  test("five of them hide what is behind them", () => {
    for (const key of KEYS) driver.set(key, LENGTH);
    for (const key of KEYS.slice(0, TRIES)) driver.hold(key);
    expect(driver.set("new", LENGTH)).toBe(Status.NO_MEMORY);
    expect(classCounter(ClassCounter.LRU_TAIL_REFLOCKED)).toBe(2 * TRIES);
    expect(driver.items).toBe(KEYS.length);
  });

  test("are not reclaimed when they expire, but later", () => {
    driver.set("a", LENGTH, 1100);
    const itemPtr = driver.hold("a");
    driver.now = 1100;
    driver.set("b", LENGTH);
    expect(driver.items).toBe(2);
    driver.release(itemPtr);
    driver.set("c", LENGTH);
    expect(driver.items).toBe(2);
    expect(classCounter(ClassCounter.RECLAIMED)).toBe(1);
  });
});

describe("dead items", () => {
  test("up to five are reclaimed at once, though there is memory", () => {
    for (const key of KEYS.slice(0, 7)) driver.set(key, LENGTH, 1100);
    driver.now = 1100;
    driver.set("new", LENGTH);
    expect(driver.items).toBe(3);
    expect(classCounter(ClassCounter.RECLAIMED)).toBe(TRIES);
    driver.set("newer", LENGTH);
    expect(driver.items).toBe(2);
    expect(classCounter(ClassCounter.RECLAIMED)).toBe(7);
    expect(classCounter(ClassCounter.EVICTED)).toBe(0);
  });

  test("behind a live one they stay", () => {
    driver.set("a", LENGTH);
    driver.set("b", LENGTH, 1100);
    driver.now = 1100;
    driver.set("new", LENGTH);
    expect(driver.items).toBe(3);
    expect(classCounter(ClassCounter.RECLAIMED)).toBe(0);
  });

  test("expired_unfetched counts those that nobody had read", () => {
    driver.set("a", LENGTH, 1100);
    driver.set("b", LENGTH, 1100);
    driver.read("a");
    driver.now = 1100;
    driver.set("new", LENGTH);
    expect(classCounter(ClassCounter.RECLAIMED)).toBe(2);
    expect(classCounter(ClassCounter.EXPIRED_UNFETCHED)).toBe(1);
  });

  test("flushed ones are reclaimed like expired ones", () => {
    driver.set("a", LENGTH);
    driver.now = 1010;
    driver.flush(1009, true);
    expect(driver.items).toBe(1);
    driver.set("new", LENGTH);
    expect(driver.items).toBe(1);
    expect(classCounter(ClassCounter.RECLAIMED)).toBe(1);
  });

  test("a lookup that meets one counts it as expired or flushed, not as reclaimed", () => {
    driver.set("a", LENGTH, 1100);
    driver.set("b", LENGTH);
    driver.now = 1100;
    expect(driver.read("a")).toBeNull();
    driver.flush(1099, true);
    expect(driver.read("b")).toBeNull();
    expect(driver.counter(Counter.GET_EXPIRED)).toBe(1);
    expect(driver.counter(Counter.GET_FLUSHED)).toBe(1);
    expect(classCounter(ClassCounter.RECLAIMED)).toBe(0);
    expect(driver.items).toBe(0);
  });
});

describe("tail repair", () => {
  beforeEach(() => start({ tailRepairSeconds: 100 }));

  test("takes an item that was held for longer than its time", () => {
    driver.set("a", LENGTH);
    driver.hold("a");
    driver.now = 1100;
    driver.set("b", LENGTH);
    expect([driver.items, classCounter(ClassCounter.TAIL_REPAIRS)]).toEqual([2, 0]);
    driver.now = 1101;
    driver.set("c", LENGTH);
    expect([driver.items, classCounter(ClassCounter.TAIL_REPAIRS)]).toEqual([2, 1]);
    expect(driver.read("a")).toBeNull();
    expect(driver.check()).toBe(0);
  });

  test("hides it only: the chunk stays with whoever holds it until it is let go", () => {
    driver.set("a", LENGTH);
    const held = driver.hold("a");
    driver.now = 1101;
    driver.set("b", LENGTH);
    driver.set("c", LENGTH);
    expect(classCounter(ClassCounter.TAIL_REPAIRS)).toBe(1);
    const { bytes, abi } = driver.core;
    const before = bytes.slice(held, held + LENGTH);
    for (let i = 0; i < 50; i++) driver.set(`n${i}`, LENGTH);
    expect(bytes.slice(held, held + LENGTH)).toEqual(before);
    abi.release(held);
    expect(driver.check()).toBe(0);
  });

  test("takes nothing where it is switched off", () => {
    start();
    driver.set("a", LENGTH);
    driver.hold("a");
    driver.now = 1_000_000;
    driver.set("b", LENGTH);
    expect([driver.items, classCounter(ClassCounter.TAIL_REPAIRS)]).toEqual([2, 0]);
  });

  // These commands hold the item at the tail while they allocate its successor in the same class.
  test.each([
    [StoreMode.APPEND, "oldnew"],
    [StoreMode.PREPEND, "newold"],
  ])("does not take an item from under the command that extends it, mode %i", (mode, text) => {
    driver.set("a", "old");
    driver.now = 5000;
    const value = new TextEncoder().encode("new");
    expect(driver.store(mode, { key: "a", value })).toBe(Status.OK);
    expect(Buffer.from(driver.read("a") ?? []).toString()).toBe(text);
    expect([driver.items, driver.check()]).toEqual([1, 0]);
  });

  test("does not take an item from under an incr that makes it longer", () => {
    driver.set("a", "9");
    driver.now = 5000;
    expect(driver.change("a", true, 1n)).toBe("10");
    expect([driver.items, driver.check()]).toEqual([1, 0]);
  });
});
