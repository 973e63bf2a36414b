/**
 * The segmented LRU: every way from one segment to another (specification §8.6).
 *
 * Method: one class, most of whose items stay in COLD, so that a few in HOT and WARM are below
 * their shares and stay there too, unless the test says otherwise. Orders are read oldest first.
 */
import { CLASS_ID, SegmentedStore } from "../support/segmented-store.ts";
import { describe, expect, test } from "bun:test";
import { ClassCounter } from "../../assembly/shared/counters.ts";
import { Fetch, StoreMode } from "../../assembly/shared/status.ts";
import { latin1 } from "../support/bytes.ts";

describe("a new item", () => {
  test("enters HOT, and stays there as long as nothing says otherwise", () => {
    const store = SegmentedStore.roomy();
    store.set("a", "b");
    expect(store.juggle()).toBe(0);
    expect(store.own("hot")).toEqual(["a", "b"]);
    expect([store.own("warm"), store.own("cold"), store.own("temp")]).toEqual([[], [], []]);
  });

  test.each([
    ["of no expiry enters HOT", 0, "hot"],
    ["of a short life enters TEMP", 10, "temp"],
    ["of the longest such life does too", 60, "temp"],
    ["of a longer life enters HOT", 61, "hot"],
  ] as const)("%s while TEMP is on", (_, seconds, segment) => {
    const store = SegmentedStore.roomy();
    store.mode(true, 60);
    store.driver.set("a", "value", seconds === 0 ? 0 : store.now + seconds);
    expect(store.own(segment)).toEqual(["a"]);
  });

  test("that replaces one enters HOT, wherever that was", () => {
    const store = SegmentedStore.roomy();
    store.set("filler3");
    expect(store.order("hot")).toEqual(["filler3"]);
    expect(store.order("cold")).not.toContain("filler3");
  });
});

describe("HOT", () => {
  test("gives what is beyond its share to COLD, oldest first", () => {
    const store = new SegmentedStore();
    store.set("a", "b", "c", "d", "e", "f", "g", "h", "i", "j");
    store.tune(20, 40);
    store.juggle();
    expect(store.order("cold")).toEqual(["a", "b", "c", "d", "e", "f", "g", "h"]);
    expect(store.order("hot")).toEqual(["i", "j"]);
    expect(store.counter(ClassCounter.MOVES_TO_COLD)).toBe(8);
    expect(store.juggle()).toBe(0);
  });

  test("gives active items to WARM, where they are inactive again", () => {
    const store = SegmentedStore.roomy();
    store.set("a", "b", "c");
    store.fetch("a", 2);
    store.fetch("b", 1);
    expect(store.juggle()).toBe(1);
    expect([store.own("hot"), store.own("warm")]).toEqual([["b", "c"], ["a"]]);
    expect(store.counter(ClassCounter.MOVES_TO_WARM)).toBe(1);
    store.fetch("b", 1);
    store.juggle();
    expect([store.own("hot"), store.own("warm")]).toEqual([["c"], ["a", "b"]]);
    expect(store.counter(ClassCounter.MOVES_WITHIN_LRU)).toBe(0);
  });

  test("keeps an active item that is not at the tail", () => {
    const store = SegmentedStore.roomy();
    store.set("a", "b");
    store.fetch("b", 5);
    expect(store.juggle()).toBe(0);
    expect(store.own("hot")).toEqual(["a", "b"]);
  });

  test.each([
    [39, false],
    [40, false],
    [41, true],
  ])("gives an item that is idle for %i of COLD's hundred seconds to COLD: %j", (idle, isMoved) => {
    const store = SegmentedStore.roomy();
    store.tune(40, 40, 0.4, 1e9);
    store.wait(60);
    store.set("a");
    store.wait(idle);
    // One second more: a move does not say that it was in this very one.
    expect(store.idle("filler0")).toBe(61 + idle);
    expect(store.juggle()).toBe(isMoved ? 1 : 0);
    expect(store.own("cold")).toEqual(isMoved ? ["a"] : []);
  });
});

/** A store with a, b and c in WARM, and nothing in HOT. */
function warmed(): SegmentedStore {
  const store = SegmentedStore.roomy();
  store.set("a", "b", "c");
  for (const key of ["a", "b", "c"]) store.fetch(key, 2);
  store.juggle();
  expect(store.own("warm")).toEqual(["a", "b", "c"]);
  return store;
}

describe("WARM", () => {
  test("moves active items to its head", () => {
    const store = warmed();
    store.fetch("a", 1);
    expect(store.juggle()).toBe(1);
    expect(store.own("warm")).toEqual(["b", "c", "a"]);
    expect(store.counter(ClassCounter.MOVES_WITHIN_LRU)).toBe(1);
    expect(store.juggle()).toBe(0);
  });

  test("gives what is beyond its share to COLD, which keeps it until it is fetched", () => {
    const store = warmed();
    store.tune(40, 5);
    store.juggle();
    expect(store.own("cold")).toEqual(["a", "b"]);
    expect(store.own("warm")).toEqual(["c"]);
    expect(store.counter(ClassCounter.MOVES_TO_COLD)).toBe(22);
  });

  test("gives what is idle for too long to COLD", () => {
    const store = warmed();
    store.wait(99);
    expect(store.idle("filler0")).toBe(100);
    store.tune(40, 40, 1e9, 1.01);
    expect(store.juggle()).toBe(0);
    store.tune(40, 40, 1e9, 0.98);
    expect(store.juggle()).toBe(3);
    expect([store.own("warm"), store.own("cold")]).toEqual([[], ["a", "b", "c"]]);
  });
});

describe("COLD", () => {
  test("gives items that were fetched twice to WARM, wherever they stand in it", () => {
    const store = SegmentedStore.roomy();
    store.setCold("a", "b", "c");
    store.fetch("b", 1);
    expect(store.bump()).toBe(0);
    store.fetch("b", 1);
    store.wait(5);
    expect(store.bump()).toBe(1);
    expect([store.own("warm"), store.own("cold")]).toEqual([["b"], ["a", "c"]]);
    expect(store.counter(ClassCounter.MOVES_TO_WARM)).toBe(1);
    // As accessed when it was moved.
    expect(store.idle("b")).toBe(1);
    expect(store.bump()).toBe(0);
  });

  test("asks once for an item, however often it is fetched", () => {
    const store = SegmentedStore.roomy();
    store.setCold("a");
    store.fetch("a", 20);
    expect(store.bump()).toBe(1);
  });

  test("gives an active item at its tail to WARM, and a wish that comes later does nothing", () => {
    const store = new SegmentedStore();
    store.setCold("a", "b", "c", "d");
    store.fetch("a", 2);
    expect(store.juggle()).toBe(1);
    expect([store.order("warm"), store.order("cold")]).toEqual([["a"], ["b", "c", "d"]]);
    expect(store.bump()).toBe(1);
    expect([store.order("warm"), store.order("cold")]).toEqual([["a"], ["b", "c", "d"]]);
    expect(store.counter(ClassCounter.MOVES_TO_WARM)).toBe(1);
  });

  test("keeps what is idle there", () => {
    const store = SegmentedStore.roomy();
    store.wait(100_000);
    expect(store.juggle()).toBe(0);
    expect(store.order("cold")).toHaveLength(20);
  });
});

describe("TEMP", () => {
  test("keeps items however often they are fetched", () => {
    const store = SegmentedStore.roomy();
    store.mode(true, 60);
    store.driver.set("a", "value", store.now + 50);
    store.fetch("a", 10);
    expect([store.bump(), store.juggle()]).toEqual([0, 0]);
    expect(store.own("temp")).toEqual(["a"]);
    expect(store.counter(ClassCounter.HITS_TO_TEMP)).toBe(10);
  });

  test("is emptied of what has expired, up to the first item that lives", () => {
    const store = SegmentedStore.roomy();
    store.mode(true, 60);
    for (const [key, seconds] of Object.entries({ a: 10, b: 10, c: 20, d: 10 })) {
      store.driver.set(key, "value", store.now + seconds);
    }
    store.wait(10);
    store.juggle();
    expect(store.own("temp")).toEqual(["c"]);
    expect(store.driver.items).toBe(22);
    expect(store.counter(ClassCounter.RECLAIMED)).toBe(2);
    expect(store.counter(ClassCounter.EXPIRED_UNFETCHED)).toBe(2);
    store.wait(10);
    store.juggle();
    expect(store.driver.items).toBe(20);
    expect(store.counter(ClassCounter.RECLAIMED)).toBe(4);
  });

  test("does not take what is stored after it was switched off", () => {
    const store = SegmentedStore.roomy();
    store.mode(true, 60);
    store.driver.set("a", "value", store.now + 50);
    store.mode(true);
    store.driver.set("b", "value", store.now + 50);
    expect([store.own("temp"), store.own("hot")]).toEqual([["a"], ["b"]]);
    store.wait(50);
    store.juggle();
    expect(store.driver.items).toBe(20);
  });
});

describe("an access", () => {
  const accesses: readonly [string, (store: SegmentedStore) => unknown][] = [
    ["get", ({ driver }) => driver.fetch("a")],
    ["gat", ({ driver, now }) => driver.fetch("a", Fetch.TOUCH, now + 1000)],
    ["touch", ({ driver, now }) => driver.touch("a", now + 1000)],
  ];

  test.each(accesses)("by %s marks an item; the second one makes it active", (_, access) => {
    const store = SegmentedStore.roomy();
    store.set("a", "b");
    access(store);
    expect(store.juggle()).toBe(0);
    access(store);
    expect(store.juggle()).toBe(1);
    expect([store.own("warm"), store.own("hot")]).toEqual([["a"], ["b"]]);
  });

  test("renews an item's time when it becomes active, and not before or after", () => {
    const store = SegmentedStore.roomy();
    store.set("a");
    const idle: number[] = [];
    for (let i = 0; i < 3; i++) {
      store.wait(10);
      store.fetch("a", 1);
      idle.push(store.idle("a"));
    }
    // The second before: what has this very second stands at a head.
    expect(idle).toEqual([10, 1, 11]);
  });

  test.each([
    ["add", ({ driver }: SegmentedStore) => driver.store(StoreMode.ADD, given("a"))],
    ["incr", ({ driver }: SegmentedStore) => driver.change("a", true, 1n)],
  ])("by %s renews the time in place", (_, access) => {
    const store = SegmentedStore.roomy();
    store.driver.set("a", "5   ");
    store.set("b");
    store.wait(10);
    access(store);
    expect(store.idle("a")).toBe(1);
    access(store);
    expect(store.juggle()).toBe(0);
    expect(store.own("hot")).toEqual(["a", "b"]);
  });

  test("counts as a hit of the segment that it met", () => {
    const store = SegmentedStore.roomy();
    store.mode(true, 60);
    store.set("hot", "warm");
    store.driver.set("temp", "value", store.now + 50);
    store.driver.remove("hot");
    store.fetch("warm", 2);
    store.juggle();
    store.set("hot");
    store.fetch("hot", 1);
    store.fetch("warm", 2);
    store.fetch("filler4", 3);
    store.fetch("temp", 4);
    const { HITS_TO_HOT, HITS_TO_WARM, HITS_TO_COLD, HITS_TO_TEMP } = ClassCounter;
    const hits = [HITS_TO_HOT, HITS_TO_WARM, HITS_TO_COLD, HITS_TO_TEMP];
    expect(hits.map((which) => store.counter(which))).toEqual([3, 2, 3, 4]);
  });
});

describe("tuning", () => {
  test.each([
    [0, 0, 0],
    [20, 40, 4],
    [50, 10, 10],
    [80, 0, 16],
  ])("%i %% for HOT, %i %% for WARM: HOT keeps %i of 20 items", (hot, warm, kept) => {
    const store = new SegmentedStore();
    const keys = Array.from({ length: 20 }, (_, index) => `key${index + 10}`);
    store.set(...keys);
    store.tune(hot, warm);
    store.juggle();
    expect(store.order("hot")).toEqual(kept === 0 ? [] : keys.slice(-kept));
    expect(store.order("cold")).toEqual(keys.slice(0, 20 - kept));
  });
});

describe("switching to flat", () => {
  test("drains HOT and WARM, and new items enter COLD", () => {
    const store = SegmentedStore.roomy();
    store.set("a", "b", "c");
    store.fetch("a", 2);
    store.juggle();
    store.mode(false);
    store.wait(1);
    store.set("d");
    store.juggle();
    expect([store.order("hot"), store.order("warm")]).toEqual([[], []]);
    expect(store.own("cold").toSorted()).toEqual(["a", "b", "c", "d"]);
    // The newest one is where it belongs.
    expect(store.order("cold").at(-1)).toBe("d");
  });

  test("and back: items stay in COLD until they are fetched", () => {
    const store = new SegmentedStore();
    store.mode(false);
    store.set("a", "b", "c", "d", "e");
    store.fetch("a", 9);
    expect(store.bump()).toBe(0);
    store.mode(true);
    store.tune(40, 40);
    expect(store.juggle()).toBe(0);
    store.fetch("a", 1);
    expect(store.bump()).toBe(1);
    store.set("f");
    expect([store.order("hot"), store.order("warm")]).toEqual([["f"], ["a"]]);
    expect(store.order("cold")).toEqual(["b", "c", "d", "e"]);
  });

  test("with wishes still waiting loses nothing", () => {
    const store = SegmentedStore.roomy();
    store.setCold("a", "b");
    store.fetch("a", 2);
    store.mode(false);
    store.bump();
    store.juggle();
    expect([store.order("hot"), store.order("warm")]).toEqual([[], []]);
    expect(store.own("cold").toSorted()).toEqual(["a", "b"]);
  });
});

test("classes are juggled on their own", () => {
  const store = new SegmentedStore({ slabSizes: [200, 1000] });
  store.driver.set("a", 100);
  store.driver.set("b", 500);
  store.tune(0, 0);
  store.juggle(2);
  expect([store.order("hot", 1), store.order("cold", 2)]).toEqual([["a"], ["b"]]);
  store.juggle(CLASS_ID);
  expect(store.order("cold", 1)).toEqual(["a"]);
});

function given(key: string): { key: string; value: Uint8Array } {
  return { key, value: latin1("1") };
}
