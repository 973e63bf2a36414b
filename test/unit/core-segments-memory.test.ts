/**
 * The segmented LRU when memory is full: what is evicted, and what makes room for it
 * (specification §8.5).
 *
 * Method: a class of which the only page holds eight chunks; nobody juggles unless the test does.
 */
import { describe, expect, test } from "bun:test";
import { ClassCounter } from "../../assembly/shared/counters.ts";
import type { CoreShape } from "../support/core-driver.ts";
import { SegmentedStore } from "../support/segmented-store.ts";
import { Status } from "../../assembly/shared/status.ts";

const LENGTH = 100_000;
const KEYS = ["a", "b", "c", "d", "e", "f", "g", "h"];

/** All of `KEYS`, each fetched so often, in HOT. */
function full(fetches: number, shape: CoreShape = {}): SegmentedStore {
  const store = new SegmentedStore({ memoryMiB: 1, slabSizes: [130_000], ...shape });
  for (const key of KEYS) expect(store.driver.set(key, LENGTH)).toBe(Status.OK);
  for (const key of KEYS) store.fetch(key, fetches);
  return store;
}

/** Another item of the class: there is no room for it. */
function put(store: SegmentedStore, key: string, expiresAt = 0): Status {
  const status = store.driver.set(key, LENGTH, expiresAt);
  expect(store.driver.check()).toBe(0);
  return status;
}

describe("an allocation evicts from COLD", () => {
  test("its oldest item, while there is one", () => {
    const store = full(0);
    store.tune(40, 40);
    store.juggle();
    expect(store.order("cold")).toEqual(["a", "b", "c", "d", "e"]);
    expect(put(store, "new")).toBe(Status.OK);
    expect(store.order("cold")).toEqual(["b", "c", "d", "e"]);
    expect(store.order("hot")).toEqual(["f", "g", "h", "new"]);
    expect(store.counter(ClassCounter.EVICTED)).toBe(1);
    expect(store.counter(ClassCounter.EVICTED_UNFETCHED)).toBe(1);
    expect(store.counter(ClassCounter.DIRECT_RECLAIMS)).toBe(1);
  });

  test("an active item too, and says so", () => {
    const store = full(0);
    store.tune(40, 40);
    store.juggle();
    store.fetch("a", 2);
    expect(put(store, "new")).toBe(Status.OK);
    expect(store.counter(ClassCounter.EVICTED_ACTIVE)).toBe(1);
    expect(store.counter(ClassCounter.EVICTED_UNFETCHED)).toBe(0);
    // What it left in the bump buffer moves nothing.
    expect(store.bump()).toBe(1);
    expect(store.order("warm")).toEqual([]);
  });

  test("what is dead before what lives, uncounted as eviction", () => {
    const store = full(0);
    store.tune(0, 0);
    store.juggle();
    store.driver.touch("c", store.now + 10);
    for (const key of ["a", "b"]) store.driver.hold(key);
    store.wait(10);
    expect(put(store, "new")).toBe(Status.OK);
    // The search goes on behind a dead one: the next item is evicted along with it.
    expect(store.order("cold")).toEqual(["a", "b", "e", "f", "g", "h"]);
    expect(store.counter(ClassCounter.RECLAIMED)).toBe(1);
    expect(store.counter(ClassCounter.EVICTED)).toBe(1);
  });
});

describe("where COLD is empty", () => {
  test("HOT's oldest item goes there, and is evicted", () => {
    const store = full(0);
    expect(put(store, "new")).toBe(Status.OK);
    expect(store.order("hot")).toEqual(["b", "c", "d", "e", "f", "g", "h", "new"]);
    expect(store.counter(ClassCounter.MOVES_TO_COLD)).toBe(1);
    expect(store.counter(ClassCounter.EVICTED)).toBe(1);
    // One round for the move, one for the eviction.
    expect(store.counter(ClassCounter.DIRECT_RECLAIMS)).toBe(2);
  });

  test("and HOT too, WARM's does", () => {
    const store = full(0);
    store.tune(0, 0);
    store.juggle();
    for (const key of KEYS) store.fetch(key, 2);
    store.bump();
    expect(store.order("warm")).toEqual(KEYS);
    expect(put(store, "new")).toBe(Status.OK);
    expect(store.order("warm")).toEqual(KEYS.slice(1));
    expect(store.counter(ClassCounter.EVICTED)).toBe(1);
  });

  test.each([0, 1, 2, 3])("and all others were fetched %i times, there is room", (fetches) => {
    const store = full(fetches);
    expect(put(store, "new")).toBe(Status.OK);
    expect(store.driver.items).toBe(KEYS.length);
    expect(store.counter(ClassCounter.OUT_OF_MEMORY)).toBe(0);
  });

  test("and all items of a larger class are active, there is room", () => {
    const store = new SegmentedStore({ memoryMiB: 1, slabSizes: [10_000] });
    for (let i = 0; i < 104; i++) {
      expect(store.driver.set(`key${i}`, 9000)).toBe(Status.OK);
      store.driver.read(`key${i}`);
      store.driver.read(`key${i}`);
    }
    expect(store.driver.set("new", 9000)).toBe(Status.OK);
    expect([store.driver.check(), store.driver.read("new")?.length]).toEqual([0, 9000]);
  });

  test.each([0, 1, 2])("in the second of a flush there is room, too: %i fetches", (fetches) => {
    const store = full(0);
    store.driver.flush(store.now - 1, true);
    for (let i = 0; i < 30; i++) {
      expect(put(store, `key${i}`)).toBe(Status.OK);
      store.fetch(`key${i}`, fetches);
    }
    expect(store.driver.read("key29")?.length).toBe(LENGTH);
    store.driver.flush(store.now - 1, true);
    for (let i = 0; i < 30; i++) expect(store.driver.read(`key${i}`)).toBeNull();
  });
});

describe("TEMP is not evicted from", () => {
  test("an item of a short life stays until it has expired", () => {
    const store = full(0);
    store.mode(true, 60);
    expect(put(store, "temp", store.now + 60)).toBe(Status.OK);
    for (let i = 0; i < 20; i++) expect(put(store, `key${i}`)).toBe(Status.OK);
    expect(store.order("temp")).toEqual(["temp"]);
    store.wait(60);
    store.juggle();
    expect(store.driver.items).toBe(KEYS.length - 1);
  });

  test("nor is there room where all of a class is in it", () => {
    const store = new SegmentedStore({ memoryMiB: 1, slabSizes: [130_000] });
    store.mode(true, 60);
    for (const key of KEYS) expect(put(store, key, store.now + 60)).toBe(Status.OK);
    expect(put(store, "new")).toBe(Status.NO_MEMORY);
    expect(store.order("temp")).toEqual(KEYS);
    expect(store.counter(ClassCounter.OUT_OF_MEMORY)).toBe(1);
    store.wait(60);
    store.juggle();
    expect(put(store, "new")).toBe(Status.OK);
  });
});

describe("without evictions (-M)", () => {
  test("nothing is evicted, and the store fails", () => {
    const store = full(1, { evictions: false });
    expect(put(store, "new")).toBe(Status.NO_MEMORY);
    expect(store.driver.allKeys().toSorted()).toEqual(KEYS);
    expect(store.counter(ClassCounter.EVICTED)).toBe(0);
    expect(store.counter(ClassCounter.DIRECT_RECLAIMS)).toBe(10);
  });

  test("what has expired at COLD's tail makes room", () => {
    const store = full(0, { evictions: false });
    store.tune(0, 0);
    store.juggle();
    store.driver.touch("a", store.now + 10);
    store.wait(10);
    expect(put(store, "new")).toBe(Status.OK);
    expect(store.counter(ClassCounter.RECLAIMED)).toBe(1);
    expect(store.counter(ClassCounter.EVICTED)).toBe(0);
  });
});

test("held items are passed over, in every segment", () => {
  const store = full(0);
  const held = ["a", "b"].map((key) => store.driver.hold(key));
  expect(put(store, "new")).toBe(Status.OK);
  expect(store.order("hot")).toEqual(["a", "b", "d", "e", "f", "g", "h", "new"]);
  expect(store.counter(ClassCounter.LRU_TAIL_REFLOCKED)).toBeGreaterThan(0);
  for (const itemPtr of held) store.driver.release(itemPtr);
});

/** `KEYS` in TEMP, where no other item of the class has a place; they live on for long. */
function fullOfTemporary(count: number): SegmentedStore {
  const store = new SegmentedStore({ memoryMiB: 1, slabSizes: [130_000] });
  store.mode(true, 60);
  for (const key of KEYS.slice(0, count)) {
    expect(put(store, key, store.now + 50)).toBe(Status.OK);
    expect(store.driver.touch(key, 0)).toBe(true);
  }
  expect(store.order("temp")).toEqual(KEYS.slice(0, count));
  store.wait(1000);
  return store;
}

describe("TEMP, whose items are only reclaimed", () => {
  test("keeps those that were touched to a long life, and others are evicted", () => {
    const store = fullOfTemporary(3);
    for (let i = 0; i < 40; i++) expect(put(store, `new${i}`)).toBe(Status.OK);
    store.juggle();
    expect(store.order("temp")).toEqual(["a", "b", "c"]);
    expect(store.counter(ClassCounter.EVICTED)).toBe(35);
    for (const key of ["a", "b", "c"]) expect(store.driver.read(key)).not.toBeNull();
  });

  test("leaves no room where it has all of it, until its items are stored anew or deleted", () => {
    const store = fullOfTemporary(KEYS.length);
    store.juggle();
    expect(put(store, "new")).toBe(Status.NO_MEMORY);
    expect(store.counter(ClassCounter.EVICTED)).toBe(0);
    expect(store.order("temp")).toEqual(KEYS);
    store.driver.remove("a");
    expect(put(store, "b")).toBe(Status.OK);
    expect(store.order("temp")).toEqual(KEYS.slice(2));
    expect(store.order("hot")).toEqual(["b"]);
  });
});
