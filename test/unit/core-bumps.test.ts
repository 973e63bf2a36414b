/**
 * Bump buffers: wishes of fetches to have an item moved from COLD to WARM (lru/bump-buffer.ts).
 *
 * Nothing holds an item until its wish is worked off, so most tests change it meanwhile.
 */
import { describe, expect, test } from "bun:test";
import { CoreDriver } from "../support/core-driver.ts";
import { Counter } from "../../assembly/shared/counters.ts";
import { SegmentedStore } from "../support/segmented-store.ts";
import { Status } from "../../assembly/shared/status.ts";

/** Entries of a buffer: memcached's number. */
const ROOM = 8192;

/** A store with a in COLD, for which there is a wish. */
function wished(): SegmentedStore {
  const store = SegmentedStore.roomy();
  store.setCold("a");
  store.fetch("a", 2);
  return store;
}

describe("a wish for an item that meanwhile", () => {
  test("was deleted does nothing", () => {
    const store = wished();
    store.driver.remove("a");
    expect(store.bump()).toBe(1);
    expect([store.order("warm"), store.driver.items]).toEqual([[], 20]);
  });

  test("was deleted, and whose chunk has another key, moves nothing", () => {
    const store = wished();
    const before = store.driver.hold("a");
    store.driver.release(before);
    store.driver.remove("a");
    store.setCold("b");
    const after = store.driver.hold("b");
    store.driver.release(after);
    expect(after).toBe(before);
    expect(store.bump()).toBe(1);
    expect([store.order("warm"), store.own("cold")]).toEqual([[], ["b"]]);
  });

  test("was stored anew, in the same chunk and in COLD, moves nothing that was not fetched", () => {
    const store = wished();
    store.driver.remove("a");
    store.setCold("a");
    expect(store.bump()).toBe(1);
    expect([store.order("warm"), store.own("cold")]).toEqual([[], ["a"]]);
  });

  test("was replaced leaves the new one in HOT", () => {
    const store = wished();
    store.set("a");
    expect(store.bump()).toBe(1);
    expect([store.own("hot"), store.order("warm")]).toEqual([["a"], []]);
  });

  test("was unlinked, but is held, does nothing", () => {
    const store = wished();
    const held = store.driver.hold("a");
    store.driver.remove("a");
    expect(store.bump()).toBe(1);
    expect(store.driver.check()).toBe(0);
    store.driver.release(held);
    expect(store.driver.check()).toBe(0);
  });

  test("has expired moves nothing", () => {
    const store = wished();
    store.driver.touch("a", store.now + 5);
    store.wait(5);
    expect(store.bump()).toBe(1);
    expect(store.driver.read("a")).toBeNull();
  });

  test.each([0, 1, 2])("was flushed does not bring it back, %i seconds later", (seconds) => {
    const store = wished();
    store.wait(10);
    store.driver.flush(store.now - 1, true);
    store.wait(seconds);
    expect(store.bump()).toBe(1);
    expect(store.driver.read("a")).toBeNull();
    expect(store.driver.check()).toBe(0);
  });

  test("is held moves it all the same", () => {
    const store = wished();
    const held = store.driver.hold("a");
    expect(store.bump()).toBe(1);
    expect(store.order("warm")).toEqual(["a"]);
    store.driver.release(held);
  });
});

function overflown(): SegmentedStore {
  const store = new SegmentedStore({ slabSizes: [200] });
  for (let i = 0; i < ROOM + 10; i++) store.driver.set(`key${i}`, "v");
  store.tune(0, 0);
  while (store.driver.core.abi.juggle(1) !== 0);
  store.tune(40, 40);
  for (let i = 0; i < ROOM + 10; i++) {
    store.driver.read(`key${i}`);
    store.driver.read(`key${i}`);
  }
  return store;
}

function dropped({ driver }: SegmentedStore): number {
  return driver.counter(Counter.LRU_BUMPS_DROPPED);
}

describe("a buffer that is full", () => {
  test("drops wishes, and counts them", () => {
    const store = overflown();
    expect(dropped(store)).toBe(10);
    expect(store.bump()).toBe(ROOM);
    expect(store.order("warm")).toHaveLength(ROOM);
    // The next fetch wishes again.
    store.fetch(`key${ROOM + 9}`, 1);
    expect(store.bump()).toBe(1);
    expect(store.order("warm")).toHaveLength(ROOM + 1);
    expect(dropped(store)).toBe(10);
  });

  test("goes on where it was, time and again", () => {
    const store = new SegmentedStore({ slabSizes: [1000] });
    store.setCold(...Array.from({ length: 20 }, (_, index) => `key${index}`));
    for (let i = 0; i < 3 * ROOM; i++) {
      store.tune(0, 0);
      store.driver.core.abi.juggle(1);
      store.driver.read(`key${i % 20}`);
      store.driver.read(`key${i % 20}`);
      store.tune(40, 40);
      if (store.driver.core.abi.bumpItems() !== 1) throw new Error(`round ${i}`);
    }
    expect(dropped(store)).toBe(0);
    expect(store.driver.check()).toBe(0);
  });
});

test("every thread has a buffer of its own, and one call works off all", () => {
  const threads = CoreDriver.threads({ lruSegmented: true, slabSizes: [1000] }, "core.debug", 3);
  const [first] = threads as [CoreDriver];
  first.now = 1000;
  for (const key of ["a", "b", "c", "d"]) expect(first.set(key, "value")).toBe(Status.OK);
  first.core.abi.setLruShares(0, 0, 1e9, 1e9);
  first.core.abi.juggle(1);
  for (const [index, thread] of threads.entries()) {
    for (let i = 0; i < 2; i++) thread.read(["a", "b", "c"][index] as string);
  }
  expect(first.core.abi.bumpItems()).toBe(3);
  expect(first.core.abi.bumpItems()).toBe(0);
  first.core.abi.setLruShares(40, 40, 1e9, 1e9);
  expect(first.check()).toBe(0);
});
