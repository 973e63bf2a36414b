/**
 * The layout of embedded caches in the core: small slab pages, a page limit without exceptions, and
 * pages that move to the class that wants them.
 *
 * Goal: with `compact` no class is ever locked out, every page is used, and the memory stays whole
 * whatever is held meanwhile. Method: the debug build, which checks the lock order and every free
 * chunk, and `check` after each step; two threads in turn where holds matter.
 */
import { describe, expect, test } from "bun:test";
import { ClassCounter, ClassGauge, Gauge } from "../../assembly/shared/counters.ts";
import { Core } from "../../src/core/core.ts";
import { Fetch, Option, Result, Status, StoreMode } from "../../assembly/shared/status.ts";
import { instantiate, moduleOf, takeMemory } from "../../src/core/load.ts";
import { Random, freshSeed } from "../support/random.ts";

const PAGE_SIZE = 16 * 1024;
const PAGES = 8;
const KEY_LENGTH = 8;

/** An item may fill a page: the limit goes by the larger header of memcached. */
const WHOLE_PAGE = PAGE_SIZE + 21;

/** Two threads' facades of one compact store. */
function start(
  options = Option.EVICT | Option.CAS | Option.HASH_EXPAND,
  itemSizeMax = WHOLE_PAGE,
): [Core, Core] {
  const memory = takeMemory("core.debug", 160, 160);
  const module = moduleOf("core.debug");
  const abi = instantiate(module, memory);
  abi.init(160, options, 0, 12, itemSizeMax, 64, 2);
  abi.compact(PAGES, PAGE_SIZE, 10, 12);
  abi.classesByFactor(16, 1.25, PAGE_SIZE);
  abi.setNow(100);
  const share = { module, memory, threads: 2 };
  return [Core.join(share, 0), Core.join(share, 1)];
}

function putKey(core: Core, key: number): void {
  const text = String(key).padStart(KEY_LENGTH, "0");
  for (let i = 0; i < KEY_LENGTH; i++) core.inbox[i] = text.charCodeAt(i);
}

/** An item with its value that is held and not yet stored, or 0. */
function begin(core: Core, key: number, length: number): number {
  putKey(core, key);
  const { abi, bytes, result } = core;
  const item = abi.beginSet(core.inboxPtr, KEY_LENGTH, 0, 0, length, StoreMode.SET) >>> 0;
  if (item === 0) return 0;
  const isChunked = result[Result.VALUE_PTR] === 0;
  for (let left = length; left > 0;) {
    const run = isChunked ? abi.addRun(item, left) : left;
    if (run === 0) {
      abi.release(item);
      return 0;
    }
    const start = result[Result.VALUE_PTR] as number;
    bytes.fill(key, start, start + run);
    left -= run;
  }
  return item;
}

function set(core: Core, key: number, length: number): boolean {
  const item = begin(core, key, length);
  return item !== 0 && core.abi.endSet(item, StoreMode.SET, 0, 0) === Status.OK;
}

function append(core: Core, key: number, length: number): boolean {
  const item = begin(core, key, length);
  return item !== 0 && core.abi.endSet(item, StoreMode.APPEND, 0, 0) === Status.OK;
}

function has(core: Core, key: number): boolean {
  putKey(core, key);
  return core.abi.fetchItem(core.inboxPtr, KEY_LENGTH, core.outboxPtr, 0, 0) === Status.OK;
}

/** The same without a use of it. */
function isThere(core: Core, key: number): boolean {
  putKey(core, key);
  return core.abi.fetchItem(core.inboxPtr, KEY_LENGTH, 0, Fetch.LOOK, 0) === Status.OK;
}

/** Slab pages of each class that has some. */
function pagesByClass(core: Core): Record<number, number> {
  const pages: Record<number, number> = {};
  for (let id = 1; id <= core.gauge(Gauge.CLASS_LARGEST); id++) {
    const count = core.abi.classGauge(id, ClassGauge.PAGES);
    if (count > 0) pages[id] = count;
  }
  return pages;
}

/** Keys that a walk meets, and what `between` does while an item is not held. */
function walk(core: Core, between: () => void = () => undefined): number[] {
  const met: number[] = [];
  for (let from = 0; ;) {
    const item = core.abi.scan(from, core.outboxPtr) >>> 0;
    if (item === 0) return met;
    const length = core.result[Result.OUT_LENGTH] as number;
    met.push(Number(Buffer.from(core.outbox.slice(0, length)).toString()));
    core.abi.release(item);
    from = item + 1;
    between();
  }
}

describe("the limit", () => {
  test("is a number of pages, without one more for each class", () => {
    const [core] = start(Option.CAS);
    expect(core.gauge(Gauge.PAGES_LIMIT)).toBe(PAGES);
    let stored = 0;
    while (set(core, stored, 3000)) stored++;
    expect(core.gauge(Gauge.PAGES_TAKEN)).toBe(PAGES);
    expect(stored).toBe(PAGES * Math.floor(PAGE_SIZE / 3376));
    // Nothing may be evicted, so nothing is seized either.
    expect(set(core, 999_999, 10)).toBe(false);
    expect(core.abi.check()).toBe(0);
  });

  test("a chunk fills a page, and no more", () => {
    const [core] = start();
    expect(set(core, 1, PAGE_SIZE - 38 - KEY_LENGTH)).toBe(true);
    expect(set(core, 2, PAGE_SIZE - 38 - KEY_LENGTH + 1)).toBe(false);
    expect(core.result[Result.STATUS]).toBe(Status.TOO_LARGE);
  });
});

describe("a class without a page", () => {
  test("takes that of the item that was used longest ago", () => {
    const [core] = start();
    for (let key = 0; key < 20; key++) set(core, key, 3000);
    core.abi.setNow(200);
    for (let key = 20; key < 60; key++) set(core, key, 1000);
    expect(Object.values(pagesByClass(core)).toSorted()).toEqual([3, 5]);
    expect(set(core, 99, 100)).toBe(true);
    expect(Object.values(pagesByClass(core)).toSorted()).toEqual([1, 3, 4]);
    // The oldest page held items 0 to 3; nobody else went.
    expect(Array.from({ length: 60 }, (_, key) => has(core, key)).indexOf(true)).toBe(4);
    expect(core.classCounterSum(ClassCounter.EVICTED)).toBe(4);
    expect(core.abi.check()).toBe(0);
  });

  test("leaves a class its last page while another one has two", () => {
    const [core] = start();
    set(core, 1, 10);
    core.abi.setNow(200);
    for (let key = 100; key < 100 + PAGES * 4; key++) set(core, key, 3000);
    expect(set(core, 99, 1000)).toBe(true);
    expect([has(core, 1), has(core, 99)]).toEqual([true, true]);
    expect(core.abi.check()).toBe(0);
  });

  test("passes over a page of which somebody holds an item", () => {
    const [core, other] = start();
    for (let key = 0; key < PAGES * 4; key++) set(core, key, 3000);
    putKey(other, 0);
    const held = other.abi.hold(other.inboxPtr, KEY_LENGTH);
    expect(held).not.toBe(0);
    expect(set(core, 99, 100)).toBe(true);
    expect([has(core, 0), has(core, 1), has(core, 4)]).toEqual([true, false, false]);
    expect(core.abi.check()).toBe(0);
    other.abi.release(held);
    expect(core.abi.check()).toBe(0);
  });

  test("passes over a page in which a value is just being written", () => {
    const [core, other] = start();
    const filled = begin(other, 1000, 3000);
    for (let key = 0; key < PAGES * 4 - 1; key++) set(core, key, 3000);
    expect(set(core, 99, 100)).toBe(true);
    expect(core.abi.check()).toBe(0);
    expect(other.abi.endSet(filled, StoreMode.SET, 0, 0)).toBe(Status.OK);
    expect([has(core, 1000), has(core, 99)]).toEqual([true, true]);
    expect(core.abi.check()).toBe(0);
  });

  test("gets none where every page is held, and all goes on after", () => {
    const [core, other] = start();
    const items = Array.from({ length: PAGES * 4 }, (_, key) => begin(other, key, 3000));
    expect(items).not.toContain(0);
    expect(set(core, 99, 100)).toBe(false);
    expect(core.result[Result.STATUS]).toBe(Status.NO_MEMORY);
    for (const item of items) other.abi.endSet(item, StoreMode.SET, 0, 0);
    expect(core.abi.check()).toBe(0);
    expect(set(core, 99, 100)).toBe(true);
  });
});

test("pages go to the class that evicts young items while another's lie idle", () => {
  const [core] = start();
  for (let key = 0; key < PAGES * 4; key++) set(core, key, 3000);
  for (let now = 200, key = 1000; now < 400; now++) {
    core.abi.setNow(now);
    for (let i = 0; i < 40; i++) set(core, key++, 1000);
  }
  const [few, many] = Object.values(pagesByClass(core)).toSorted();
  expect([few, many]).toEqual([1, PAGES - 1]);
  expect(core.abi.check()).toBe(0);
});

const seed = freshSeed();

describe("items in several chunks", () => {
  test("go as a whole with any of their pages, the oldest first", () => {
    const [core] = start(undefined, 3 * PAGE_SIZE);
    expect(set(core, 1, 2 * PAGE_SIZE)).toBe(true);
    core.abi.setNow(200);
    expect(set(core, 2, 2 * PAGE_SIZE)).toBe(true);
    core.abi.setNow(300);
    for (let key = 3; set(core, key, 3000) && isThere(core, 1);) key++;
    expect([isThere(core, 1), isThere(core, 2)]).toEqual([false, true]);
    expect(core.abi.check()).toBe(0);
  });

  test("stay while somebody holds them, and their pages with them", () => {
    const [core, other] = start(undefined, 3 * PAGE_SIZE);
    expect(set(core, 1, 2 * PAGE_SIZE)).toBe(true);
    putKey(other, 1);
    const held = other.abi.hold(other.inboxPtr, KEY_LENGTH);
    core.abi.setNow(200);
    for (let key = 3; key < 60; key++) expect(set(core, key, 3000)).toBe(true);
    expect(set(core, 99, 1000)).toBe(true);
    expect(has(core, 1)).toBe(true);
    other.abi.release(held);
    expect(core.abi.check()).toBe(0);
  });

  test("stay while they are in use, whatever small ones come and go", () => {
    const [core] = start(undefined, 3 * PAGE_SIZE);
    // Two whole pages, and a third for the rest that is not filled by it.
    for (const key of [1, 2]) expect(set(core, key, 2 * PAGE_SIZE + 5000)).toBe(true);
    for (let now = 200, key = 3; now < 2000; now += 10) {
      core.abi.setNow(now);
      expect([has(core, 1), has(core, 2)]).toEqual([true, true]);
      for (let i = 0; i < 40; i++) expect(set(core, key++, 1000)).toBe(true);
    }
    expect(core.abi.check()).toBe(0);
  });

  test("an append that finds no room says so, and leaves what was there", () => {
    const [core, other] = start(undefined, 6 * PAGE_SIZE);
    expect(set(core, 7, 2 * PAGE_SIZE)).toBe(true);
    const held = begin(other, 1, 2 * PAGE_SIZE);
    expect(append(core, 7, 1000)).toBe(false);
    expect(core.result[Result.STATUS]).toBe(Status.NO_MEMORY);
    expect(core.abi.check()).toBe(0);
    other.abi.release(held);
    expect(has(core, 7)).toBe(true);
    expect(append(core, 7, 1000)).toBe(true);
    expect(core.abi.check()).toBe(0);
  });
});

const LIMITS = { "a page": WHOLE_PAGE, "three pages": 3 * PAGE_SIZE };

test.each(Object.entries(LIMITS))(
  `of up to %s at random (seed ${seed}), with holds and two threads, the memory stays whole`,
  (_, itemSizeMax) => atRandom(itemSizeMax),
);

function atRandom(itemSizeMax: number): void {
  const random = new Random(seed);
  const threads = start(undefined, itemSizeMax);
  const held: { core: Core; item: number; isFilled: boolean }[] = [];
  for (let step = 0; step < 4000; step++) {
    const core = threads[random.below(2)] as Core;
    if (step % 10 === 0) core.abi.setNow(100 + step / 10);
    const key = random.below(300);
    const length = 2 ** random.below(itemSizeMax > WHOLE_PAGE ? 16 : 14);
    const what = random.below(10);
    if (what < 5) set(core, key, length);
    else if (what === 5) append(core, key, length);
    else if (what === 6) has(core, key);
    else if (held.length < 6) {
      const isFilled = what === 7;
      putKey(core, key);
      const item = isFilled
        ? begin(core, key, length)
        : core.abi.hold(core.inboxPtr, KEY_LENGTH) >>> 0;
      if (item !== 0) held.push({ core, item, isFilled });
    } else {
      const [one] = held.splice(random.below(held.length), 1);
      if (one?.isFilled === true) one.core.abi.endSet(one.item, StoreMode.SET, 0, 0);
      else one?.core.abi.release(one.item);
    }
    if (step % 50 === 0) expect(core.abi.check()).toBe(0);
  }
  expect(threads[0].classCounterSum(ClassCounter.EVICTED)).toBeGreaterThan(100);
}

describe("scan", () => {
  test("meets every live item once, and no other", () => {
    const [core, other] = start();
    for (let key = 0; key < 60; key++) set(core, key, (key % 4) * 300);
    for (let key = 0; key < 60; key += 3) {
      putKey(core, key);
      core.abi.remove(core.inboxPtr, KEY_LENGTH);
    }
    const filled = begin(other, 500, 40);
    const live = Array.from({ length: 60 }, (_, key) => key).filter((key) => key % 3 !== 0);
    expect(walk(core).toSorted((a, b) => a - b)).toEqual(live);
    expect(core.abi.check()).toBe(0);
    other.abi.endSet(filled, StoreMode.SET, 0, 0);
  });

  test("passes over what has expired", () => {
    const [core] = start();
    set(core, 1, 10);
    set(core, 2, 10);
    putKey(core, 2);
    core.abi.touch(core.inboxPtr, KEY_LENGTH, 150);
    core.abi.setNow(150);
    expect(walk(core)).toEqual([1]);
  });

  test("goes on while others store, evict and seize", () => {
    const [core, other] = start();
    for (let key = 0; key < 40; key++) set(core, key, 1000);
    let next = 1000;
    const met = walk(core, () => set(other, next++, (next * 37) % 4000));
    expect(met.length).toBeGreaterThan(10);
    expect(core.abi.check()).toBe(0);
  });
});
