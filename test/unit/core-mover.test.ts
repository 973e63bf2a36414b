/**
 * The page mover: what lives in a page that moves is found afterwards, unchanged, wherever it is.
 *
 * Method: a cache of a few pages in the debug build, with the full check after every slice. Slices
 * are small, so that commands come in between.
 */
import { ClassCounter, ClassGauge, Counter, Gauge } from "../../assembly/shared/counters.ts";
import { describe, expect, test } from "bun:test";
import { CoreDriver } from "../support/core-driver.ts";
import { MoveStatus } from "../../assembly/shared/status.ts";
import { Random, freshSeed } from "../support/random.ts";

const SMALL = 200;
const SMALL_CLASS = 1;
const LARGE_CLASS = 2;
const SHAPE = {
  memoryMiB: 4,
  slabSizes: [400, 20_000],
  slabChunkMax: 100_000,
  itemSizeMax: 1 << 22,
};
const POOL = 0;
/** What a slice tells. */
const [IDLE, WAITING, STUCK] = [0, 2, 4];
/** After so many rounds a page that has not emptied is given up. */
const ROUNDS_MAX = 10_000;

function valueOf(index: number): string {
  return `${index}`.padEnd(SMALL, String.fromCodePoint(97 + (index % 26)));
}

/** Stores items of the small class until it has so many pages; how many. */
function fillPages(driver: CoreDriver, pages: number): number {
  let index = 0;
  while (driver.classGauge(SMALL_CLASS, ClassGauge.PAGES) < pages) {
    driver.set(`key${index}`, valueOf(index), 0, index);
    index++;
  }
  return index;
}

/** Carries the move on until it ends, looking at the whole store after each slice. */
function finish(driver: CoreDriver, slices = 1000): void {
  for (let i = 0; i < slices; i++) {
    const state = driver.core.abi.moveChunks(64 * 1024);
    expect(driver.check()).toBe(0);
    if (state === IDLE) return;
  }
  throw new Error("the move does not end");
}

function textOf(bytes: Uint8Array | null): string | null {
  return bytes === null ? null : Buffer.from(bytes).toString("latin1");
}

describe.each([false, true])("segmented: %j", (lruSegmented) => {
  test("live items are rescued, and nothing about them changes", () => {
    const driver = new CoreDriver({ ...SHAPE, lruSegmented });
    const count = fillPages(driver, 3);
    const before = Array.from({ length: count }, (_, i) => driver.fetch(`key${i}`, 1)?.casUnique);
    expect(driver.core.abi.startMove(SMALL_CLASS, LARGE_CLASS)).toBe(MoveStatus.OK);
    expect(driver.core.abi.startMove(SMALL_CLASS, LARGE_CLASS)).toBe(MoveStatus.RUNNING);
    finish(driver);
    for (let i = 0; i < count; i++) {
      const item = driver.fetch(`key${i}`, 1);
      expect([i, textOf(item?.value ?? null), item?.clientFlags, item?.casUnique]).toEqual([
        i,
        valueOf(i),
        i,
        before[i],
      ]);
    }
    expect(driver.classGauge(SMALL_CLASS, ClassGauge.PAGES)).toBe(3);
    expect(driver.classGauge(LARGE_CLASS, ClassGauge.PAGES)).toBe(1);
    expect(driver.counter(Counter.SLABS_MOVED)).toBe(1);
    expect(driver.counter(Counter.SLAB_RESCUES)).toBeGreaterThan(2000);
    expect(driver.classSum(ClassCounter.EVICTED)).toBe(0);
    driver.set("large", 15_000);
    expect(driver.check()).toBe(0);
  });

  test("where memory is full some are evicted, and the rest is rescued", () => {
    const driver = new CoreDriver({ ...SHAPE, lruSegmented });
    const count = fillPages(driver, 4) + 2500;
    for (let i = 0; i < count; i++) driver.set(`key${i}`, valueOf(i));
    expect(driver.core.abi.startMove(SMALL_CLASS, LARGE_CLASS)).toBe(MoveStatus.OK);
    finish(driver);
    expect(driver.classGauge(SMALL_CLASS, ClassGauge.PAGES)).toBe(3);
    let found = 0;
    for (let i = 0; i < count; i++) {
      const text = textOf(driver.read(`key${i}`));
      if (text === null) continue;
      expect(text).toBe(valueOf(i));
      found++;
    }
    expect(found).toBe(driver.items);
    expect(found).toBeGreaterThan(2 * driver.classGauge(SMALL_CLASS, ClassGauge.CHUNKS_PER_PAGE));
  });

  test("a set finds room while the page with all the oldest items moves", () => {
    const driver = new CoreDriver({ ...SHAPE, lruSegmented });
    fillPages(driver, 4);
    while (driver.classSum(ClassCounter.EVICTED) === 0) {
      const index = driver.counter(Counter.TOTAL_ITEMS);
      driver.set(`key${index}`, valueOf(index));
    }
    driver.core.abi.startMove(SMALL_CLASS, LARGE_CLASS);
    for (let i = 0; i < 100; i++) {
      const before = driver.classSum(ClassCounter.EVICTED);
      driver.set(`late${i}`, valueOf(i));
      // Not all that is in the page: nobody is to wait for thousands of evictions.
      expect(driver.classSum(ClassCounter.EVICTED) - before).toBeLessThan(12);
      expect(textOf(driver.read(`late${i}`))).toBe(valueOf(i));
    }
    expect(driver.counter(Counter.STORE_NO_MEMORY)).toBe(0);
    expect(driver.check()).toBe(0);
    finish(driver);
  });

  test("a page of the pool is any class's", () => {
    const driver = new CoreDriver({ ...SHAPE, lruSegmented });
    fillPages(driver, 3);
    driver.core.abi.startMove(SMALL_CLASS, POOL);
    finish(driver);
    expect(driver.core.gauge(Gauge.PAGES_POOLED)).toBe(1);
    expect(driver.core.abi.startMove(POOL, LARGE_CLASS)).toBe(MoveStatus.OK);
    expect(driver.core.gauge(Gauge.PAGES_POOLED)).toBe(0);
    expect(driver.core.abi.startMove(POOL, LARGE_CLASS)).toBe(MoveStatus.NO_SPARE);
    expect(driver.classGauge(LARGE_CLASS, ClassGauge.PAGES)).toBe(1);
    expect(driver.check()).toBe(0);
  });
});

test("the page that a class has had for longest is the one to go", () => {
  const driver = new CoreDriver({ ...SHAPE, memoryMiB: 16 });
  fillPages(driver, 2);
  const perPage = driver.classGauge(LARGE_CLASS, ClassGauge.CHUNKS_PER_PAGE);
  for (let i = 0; i < perPage + 1; i++) driver.set(`large${i}`, 15_000);
  // The first page of all becomes the last one of the large class. Nothing is in it.
  driver.core.abi.startMove(SMALL_CLASS, LARGE_CLASS);
  finish(driver);
  for (const expected of [perPage, 1]) {
    const before = driver.counter(Counter.SLAB_RESCUES);
    expect(driver.core.abi.startMove(LARGE_CLASS, POOL)).toBe(MoveStatus.OK);
    finish(driver);
    expect(driver.counter(Counter.SLAB_RESCUES) - before).toBe(expected);
  }
  expect(driver.check()).toBe(0);
});

test("what somebody holds stays until it is given back", () => {
  const driver = new CoreDriver(SHAPE);
  fillPages(driver, 3);
  const held = driver.hold("key5");
  driver.core.abi.startMove(SMALL_CLASS, POOL);
  for (let i = 0; i < 100; i++) driver.core.abi.moveChunks(1 << 20);
  expect(driver.core.gauge(Gauge.IS_MOVING)).toBe(1);
  expect(driver.check()).toBe(0);
  expect(driver.counter(Counter.SLAB_BUSY_ITEMS)).toBeGreaterThan(50);
  driver.release(held);
  finish(driver);
  expect(driver.core.gauge(Gauge.IS_MOVING)).toBe(0);
  expect(textOf(driver.read("key5"))).toBe(valueOf(5));
});

/** Rounds of a page that does not empty; what the last one told. */
function goRound(driver: CoreDriver, rounds: number): number {
  let state = 0;
  for (let i = 0; i < rounds; i++) state = driver.core.abi.moveChunks(1 << 20);
  expect(driver.check()).toBe(0);
  return state;
}

test("what is held for long gets a copy: others meet that, and nothing is lost", () => {
  const driver = new CoreDriver(SHAPE);
  fillPages(driver, 3);
  const before = driver.fetch("key5", 1);
  const held = driver.hold("key5");
  const heldBytes = (): string =>
    Buffer.from(driver.core.bytes.subarray(held, held + 300)).toString("latin1");
  driver.core.abi.startMove(SMALL_CLASS, POOL);
  expect(goRound(driver, 300)).toBe(WAITING);
  const again = driver.hold("key5");
  expect(again).not.toBe(held);
  driver.release(again);
  expect(heldBytes()).toContain(valueOf(5));
  expect(driver.fetch("key5", 1)).toEqual(before);
  expect(driver.set("key5", valueOf(6))).toBe(0);
  expect(heldBytes()).toContain(valueOf(5));
  driver.release(held);
  finish(driver);
  expect(textOf(driver.read("key5"))).toBe(valueOf(6));
  expect(driver.classSum(ClassCounter.EVICTED)).toBe(0);
  expect(driver.counter(Counter.SLABS_MOVED)).toBe(1);
});

test("an upload that does not go on has its page given up, and others move", () => {
  const driver = new CoreDriver(SHAPE);
  const upload = driver.begin(0, "upload", SMALL);
  const { valuePtr } = driver;
  const count = fillPages(driver, 4);
  const pages = driver.classGauge(SMALL_CLASS, ClassGauge.PAGES);
  driver.core.abi.startMove(SMALL_CLASS, LARGE_CLASS);
  expect(goRound(driver, ROUNDS_MAX - 1)).toBe(WAITING);
  expect(goRound(driver, 1)).toBe(STUCK);
  expect(driver.core.gauge(Gauge.IS_MOVING)).toBe(0);
  expect(driver.classGauge(SMALL_CLASS, ClassGauge.PAGES)).toBe(pages);
  for (let i = 0; i < pages - 1; i++) {
    expect(driver.core.abi.startMove(SMALL_CLASS, LARGE_CLASS)).toBe(MoveStatus.OK);
    if (driver.classGauge(SMALL_CLASS, ClassGauge.PAGES) === 1) break;
    finish(driver);
  }
  expect(driver.counter(Counter.SLABS_MOVED)).toBeGreaterThan(1);
  driver.core.bytes.fill(0x78, valuePtr, valuePtr + SMALL);
  expect(driver.end(upload, 0)).toBe(0);
  expect(textOf(driver.read("upload"))).toBe("x".repeat(SMALL));
  const found = Array.from({ length: count }, (_, i) => textOf(driver.read(`key${i}`)));
  for (const [i, text] of found.entries()) if (text !== null) expect(text).toBe(valueOf(i));
  expect(driver.check()).toBe(0);
});

test("expired items are reclaimed, not rescued", () => {
  const driver = new CoreDriver(SHAPE);
  driver.now = 100;
  for (let i = 0; driver.classGauge(SMALL_CLASS, ClassGauge.PAGES) < 2; i++) {
    driver.set(`key${i}`, valueOf(i), 150);
  }
  driver.now = 200;
  driver.core.abi.startMove(SMALL_CLASS, POOL);
  finish(driver);
  expect(driver.counter(Counter.SLAB_INLINE_RECLAIM)).toBeGreaterThan(2000);
  expect(driver.counter(Counter.SLAB_RESCUES)).toBe(0);
});

/** Stores a value in chunks. */
function storeLarge(driver: CoreDriver, key: string, value: Uint8Array): void {
  const ptr = driver.begin(0, key, value.length);
  let at = 0;
  while (at < value.length) {
    const length = driver.core.abi.addRun(ptr, value.length - at) >>> 0;
    driver.core.bytes.set(value.subarray(at, at + length), driver.valuePtr);
    at += length;
  }
  expect(driver.end(ptr, 0)).toBe(0);
}

test("a large item that is held for very long is deleted, and its holder has it still", () => {
  const driver = new CoreDriver({ ...SHAPE, memoryMiB: 8, slabSizes: [400, 20_000] });
  const largest = driver.core.gauge(Gauge.CLASS_LARGEST);
  const value = new Uint8Array(950_000).fill(7);
  for (const key of ["held", "other"]) storeLarge(driver, key, value);
  const held = driver.hold("held");
  driver.core.abi.startMove(largest, POOL);
  expect(goRound(driver, 5000)).toBe(WAITING);
  expect(driver.read("held")).not.toBeNull();
  expect(driver.counter(Counter.SLAB_BUSY_DELETES)).toBe(0);
  expect(goRound(driver, 2)).toBe(WAITING);
  expect(driver.read("held")).toBeNull();
  expect(driver.counter(Counter.SLAB_BUSY_DELETES)).toBe(1);
  driver.release(held);
  finish(driver);
  expect(driver.counter(Counter.SLABS_MOVED)).toBe(1);
  expect(Buffer.compare(Buffer.from(driver.read("other") ?? []), value)).toBe(0);
});

test("heads and chunks of large items move one by one", () => {
  const driver = new CoreDriver({ ...SHAPE, memoryMiB: 8, slabSizes: [400, 20_000] });
  const largest = driver.core.gauge(Gauge.CLASS_LARGEST);
  const values = [250_000, 333_333, 700_001].map((length) => {
    return Uint8Array.from({ length }, (_, at) => (at * 31 + length) & 0xff);
  });
  for (const [index, value] of values.entries()) storeLarge(driver, `large${index}`, value);
  for (const classId of [largest, SMALL_CLASS, largest]) {
    driver.core.abi.startMove(classId, LARGE_CLASS);
    finish(driver);
  }
  expect(driver.counter(Counter.SLAB_CHUNK_RESCUES)).toBeGreaterThan(5);
  for (const [index, value] of values.entries()) {
    expect(Buffer.compare(Buffer.from(driver.read(`large${index}`) ?? []), value)).toBe(0);
  }
});

test("pages beyond a lowered limit go back, and may be taken again", () => {
  const driver = new CoreDriver({ ...SHAPE, memoryMiB: 16 });
  const { abi } = driver.core;
  fillPages(driver, 12);
  abi.setMemoryLimit(8);
  const discarded = new Set<number>();
  while (driver.core.gauge(Gauge.PAGES_TAKEN) > 8) {
    expect(abi.startMove(-1, POOL)).toBe(MoveStatus.OK);
    finish(driver);
    for (let ptr = abi.dirtyPage() >>> 0; ptr !== 0; ptr = abi.dirtyPage() >>> 0) {
      driver.core.bytes.fill(0, ptr, ptr + (1 << 20));
      discarded.add(ptr);
      abi.pageDiscarded(ptr);
    }
  }
  expect(discarded.size).toBe(4);
  expect(driver.check()).toBe(0);
  abi.setMemoryLimit(16);
  for (let i = 0; i < 60_000; i++) driver.set(`again${i}`, valueOf(i));
  expect(driver.core.gauge(Gauge.PAGES_TAKEN)).toBe(16);
  expect(driver.check()).toBe(0);
});

const seed = freshSeed();

test(`commands between the slices lose nothing, seed ${seed}`, () => {
  const random = new Random(seed);
  const driver = new CoreDriver({ ...SHAPE, memoryMiB: 6, lruSegmented: true });
  const known = new Map<string, string>();
  const act = (): void => {
    const key = `key${random.below(4000)}`;
    const value = `${random.below(1e9)}`.padEnd(random.oneIn(20) ? 12_000 : SMALL, "x");
    if (random.oneIn(4)) {
      driver.remove(key);
      known.delete(key);
    } else if (driver.set(key, value) === 0) {
      known.set(key, value);
    } else {
      known.delete(key);
    }
  };
  for (let i = 0; i < 4000; i++) act();
  for (let round = 0; round < 30; round++) {
    const source = random.below(4) - 1;
    driver.core.abi.startMove(source, random.below(4));
    for (let i = 0; i < 40; i++) {
      act();
      driver.core.abi.moveChunks(16 * 1024);
      if (i % 10 === 0) expect([round, i, driver.check()]).toEqual([round, i, 0]);
    }
    driver.core.abi.juggle(SMALL_CLASS);
  }
  const evicted = driver.classSum(ClassCounter.EVICTED);
  let missing = 0;
  for (const [key, value] of known) {
    const text = textOf(driver.read(key));
    if (text === null) missing++;
    else expect(text).toBe(value);
  }
  expect(missing).toBeLessThanOrEqual(evicted);
});

test(`what is held among commands stays as it was for its holder, seed ${seed}`, () => {
  const random = new Random(seed);
  const driver = new CoreDriver({ ...SHAPE, memoryMiB: 8 });
  const known = new Map<string, string>();
  const act = (): void => {
    const key = `key${random.below(9000)}`;
    const value = `${random.below(1e9)}`.padEnd(SMALL, "x");
    if (random.oneIn(4)) {
      driver.remove(key);
      known.delete(key);
    } else {
      expect(driver.set(key, value)).toBe(0);
      known.set(key, value);
    }
  };
  for (let i = 0; i < 12_000; i++) act();
  // Key and value, behind what others may write.
  const bytesOf = (ptr: number): string =>
    Buffer.from(driver.core.bytes.subarray(ptr + 38, ptr + 240)).toString("latin1");
  for (let move = 0; move < 12; move++) {
    const keys = [...known.keys()];
    const held = Array.from({ length: 40 }, () => driver.hold(random.pick(keys)));
    const before = held.map(bytesOf);
    const [from, to] = move % 2 === 0 ? [SMALL_CLASS, LARGE_CLASS] : [LARGE_CLASS, SMALL_CLASS];
    driver.core.abi.startMove(from, to);
    for (let round = 0; round < 260; round++) {
      driver.core.abi.moveChunks(1 << 20);
      if (round % 4 === 0) act();
    }
    expect(driver.check()).toBe(0);
    expect(held.map(bytesOf)).toEqual(before);
    for (const ptr of held) driver.release(ptr);
    finish(driver);
  }
  expect(driver.counter(Counter.SLAB_BUSY_ITEMS)).toBeGreaterThan(0);
  expect(driver.classSum(ClassCounter.EVICTED)).toBe(0);
  for (const [key, value] of known) expect(textOf(driver.read(key))).toBe(value);
});

test("without evictions and without room the move is given up, and nothing is lost", () => {
  const driver = new CoreDriver({ ...SHAPE, evictions: false });
  const known: string[] = [];
  for (let i = 0; driver.set(`key${i}`, valueOf(i)) === 0; i++) known.push(`key${i}`);
  const pages = driver.classGauge(SMALL_CLASS, ClassGauge.PAGES);
  expect(driver.core.abi.startMove(SMALL_CLASS, LARGE_CLASS)).toBe(MoveStatus.OK);
  // A few deletions while it moves: their chunks are the page's, or taken for others.
  for (const key of known.splice(0, 5)) driver.remove(key);
  let state = 1;
  for (let i = 0; i < 100_000 && (state === 1 || state === 2); i++) {
    state = driver.core.abi.moveChunks(1 << 20);
    if (i % 50 === 0) expect(driver.check()).toBe(0);
  }
  expect(state).toBe(3);
  expect(driver.check()).toBe(0);
  expect(driver.core.gauge(Gauge.IS_MOVING)).toBe(0);
  expect(driver.classGauge(SMALL_CLASS, ClassGauge.PAGES)).toBe(pages);
  expect(driver.counter(Counter.SLABS_MOVED)).toBe(0);
  for (const key of known) expect(textOf(driver.read(key))).toBe(valueOf(Number(key.slice(3))));
  // Its free chunks are the class's again.
  for (let i = 0; i < 5; i++) expect(driver.set(`new${i}`, valueOf(i))).toBe(0);
  expect(driver.set("one more", valueOf(0))).not.toBe(0);
});
