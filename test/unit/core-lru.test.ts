/**
 * The flat LRU's order, for every way in which up to five items can be accessed.
 *
 * Method: a class of which a page holds just five chunks, so that the sixth item evicts. Accesses
 * are more than a minute apart, the time within which an item is not moved again.
 */
import { describe, expect, test } from "bun:test";
import { CoreDriver } from "../support/core-driver.ts";
import { ClassCounter, ClassGauge } from "../../assembly/shared/counters.ts";
import { Fetch, StoreMode } from "../../assembly/shared/status.ts";

const KEYS = ["a", "b", "c", "d", "e"];
const SHAPE = { memoryMiB: 1, slabSizes: [200_000] };
const LENGTH = 150_000;
const CLASS_ID = 1;
const FIRST_SECOND = 1000;

/** Every sequence of different keys, from the empty one to all orders of all of them. */
function sequences(keys: readonly string[]): string[][] {
  const found: string[][] = [[]];
  for (const key of keys) {
    const others = keys.filter((other) => other !== key);
    for (const rest of sequences(others)) found.push([key, ...rest]);
  }
  return found;
}

/** A driver that can be filled again and again with the first keys, "a" first. */
class Queue {
  readonly driver = new CoreDriver(SHAPE);
  #now = FIRST_SECOND;

  constructor() {
    this.wait(0);
  }

  fill(count: number): void {
    for (const key of this.driver.allKeys()) this.driver.remove(key);
    for (const key of KEYS.slice(0, count)) this.driver.set(key, LENGTH);
  }

  /** Fetches the keys, a minute and a second apart. */
  access(keys: readonly string[]): void {
    for (const key of keys) {
      this.wait(61);
      this.driver.read(key);
    }
  }

  wait(seconds: number): void {
    this.#now += seconds;
    this.driver.now = this.#now;
  }

  /** Newest first. */
  get order(): string {
    return this.driver.keys(CLASS_ID).join("");
  }
}

test("a page of this shape holds five items", () => {
  const { driver } = new Queue();
  expect(driver.classGauge(CLASS_ID, ClassGauge.CHUNKS_PER_PAGE)).toBe(5);
});

describe.each([1, 2, 3, 4, 5])("%i items", (count) => {
  const keys = KEYS.slice(0, count);
  const fresh = keys.toReversed();

  test("accessed ones come first, the last one in front", () => {
    const queue = new Queue();
    for (const accessed of sequences(keys)) {
      queue.fill(count);
      queue.access(accessed);
      const rest = fresh.filter((key) => !accessed.includes(key));
      const expected = [...accessed.toReversed(), ...rest].join("");
      expect([accessed, queue.order]).toEqual([accessed, expected]);
      expect(queue.driver.check()).toBe(0);
    }
  });

  test("removing any of them, in any order, keeps the order of the rest", () => {
    const queue = new Queue();
    for (const removed of sequences(keys)) {
      queue.fill(count);
      for (const key of removed) expect(queue.driver.remove(key)).toBe(true);
      const expected = fresh.filter((key) => !removed.includes(key)).join("");
      expect([removed, queue.order]).toEqual([removed, expected]);
      expect(queue.driver.check()).toBe(0);
    }
  });
});

test("five items are evicted from the tail, whatever the order of access was", () => {
  const queue = new Queue();
  for (const accessed of sequences(KEYS).filter(({ length }) => length === KEYS.length)) {
    queue.fill(KEYS.length);
    queue.access(accessed);
    const before = queue.driver.classSum(ClassCounter.EVICTED);
    accessed.forEach((victim, index) => {
      queue.driver.set(`new ${index}`, LENGTH);
      expect([accessed, queue.driver.hold(victim)]).toEqual([accessed, 0]);
    });
    expect(queue.driver.classSum(ClassCounter.EVICTED) - before).toBe(KEYS.length);
  }
});

describe("the minute between two moves", () => {
  test.each([
    [0, false],
    [59, false],
    [60, false],
    [61, true],
    [1000, true],
  ])("%i seconds after it was stored a fetch moves an item: %j", (seconds, isMoved) => {
    const queue = new Queue();
    queue.fill(2);
    queue.wait(seconds);
    queue.driver.read("a");
    expect(queue.order).toBe(isMoved ? "ab" : "ba");
  });

  test("counts from the last move, not from the last fetch", () => {
    const queue = new Queue();
    queue.fill(2);
    queue.access(["a", "b"]);
    for (const seconds of [20, 20, 20]) {
      queue.wait(seconds);
      queue.driver.read("a");
    }
    // 121 seconds since a was moved, though it was fetched all the time.
    expect(queue.order).toBe("ab");
  });

  test.each([
    ["touch", (driver: CoreDriver) => driver.touch("a", 0)],
    ["gat", (driver: CoreDriver) => driver.fetch("a", Fetch.TOUCH)],
    [
      "an add that is refused",
      (driver: CoreDriver) => driver.store(StoreMode.ADD, given("a", "1")),
    ],
    ["incr in place", (driver: CoreDriver) => driver.change("a", true, 1n)],
  ] as const)("%s moves an item too", (_, access) => {
    const queue = new Queue();
    for (const key of ["a", "b"]) queue.driver.set(key, "5".padEnd(LENGTH));
    queue.wait(61);
    access(queue.driver);
    expect(queue.order).toBe("ab");
  });

  test.each([
    ["a failed cas", (driver: CoreDriver) => driver.store(StoreMode.CAS, given("a", "1"))],
    ["hold", (driver: CoreDriver) => driver.release(driver.hold("a"))],
    ["incr of what is no number", (driver: CoreDriver) => driver.change("a", true, 1n)],
  ] as const)("%s moves nothing", (_, access) => {
    const queue = new Queue();
    queue.fill(2);
    queue.wait(61);
    access(queue.driver);
    expect(queue.order).toBe("ba");
  });
});

function given(key: string, text: string): { key: string; value: Uint8Array } {
  return { key, value: new TextEncoder().encode(text) };
}
