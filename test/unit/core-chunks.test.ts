/**
 * Goal: values above the largest chunk are stored in chunks, of the classes and in the number that
 * memcached takes with classic sizes; nothing of them is lost or left over, whatever ends them.
 * Method: the core's calls; how many chunks of which class are in use; the full check after each.
 */
import { afterEach, describe, expect, test } from "bun:test";
import { ClassCounter, ClassGauge } from "../../assembly/shared/counters.ts";
import { CoreDriver, type CoreShape } from "../support/core-driver.ts";
import { Fetch, Result, Status, StoreMode } from "../../assembly/shared/status.ts";

const KIBIBYTE = 1024;
const MEBIBYTE = 1024 * KIBIBYTE;

/** `-I 4m -o classic_sizes`. */
const CLASSIC: CoreShape = {
  classicSizes: true,
  chunkSizeMin: 48,
  itemSizeMax: 4 * MEBIBYTE,
  slabChunkMax: 512 * KIBIBYTE,
};

const SMALL: CoreShape = { slabChunkMax: KIBIBYTE };
const TABLE_LARGEST = 39;

/** Bytes of the value in a chunk of 512 KiB, as memcached counts. */
const FULL = 512 * KIBIBYTE - 48;

let driver: CoreDriver;

afterEach(() => {
  expect(driver.check()).toBe(0);
});

/** Used chunks by class, those that have none left out. */
function used(): Record<number, number> {
  const found: Record<number, number> = {};
  for (let id = 1; id <= driver.core.classIdMax; id++) {
    const count = driver.classGauge(id, ClassGauge.USED_CHUNKS);
    if (count !== 0) found[id] = count;
  }
  return found;
}

/** Bytes that tell where they stand. */
function pattern(length: number, seed = 0): Uint8Array {
  return Uint8Array.from({ length }, (_, at) => at * 7 + (at >> 8) + seed);
}

function store(mode: StoreMode, key: string, length: number, seed = 0): Status {
  return driver.store(mode, { key, value: pattern(length, seed) });
}

// What memcached 1.6.18 has in use after the same commands, with -I 4m.
describe("chunks are memcached's with classic sizes", () => {
  test.each([
    ["the largest value in one chunk", "b", 524_228, { 39: 1 }],
    ["one byte more", "b", 524_229, { 2: 1, 39: 1 }],
    ["a full chunk", "b", FULL - 2, { 2: 1, 39: 1 }],
    ["LF alone in a chunk", "b", FULL - 1, { 1: 1, 2: 1, 39: 1 }],
    ["CR LF alone in a chunk", "b", FULL, { 1: 1, 2: 1, 39: 1 }],
    ["600,000 bytes", "a", 600_000, { 2: 1, 31: 1, 39: 1 }],
    ["a long key", "k".repeat(200), 600_000, { 7: 1, 31: 1, 39: 1 }],
    ["a whole MiB", "c", MEBIBYTE, { 2: 1, 3: 1, 39: 2 }],
    ["the largest value", "d", 4 * MEBIBYTE - 80, { 2: 1, 7: 1, 39: 8 }],
  ])("%s", (_, key, length, chunks) => {
    driver = new CoreDriver(CLASSIC);
    expect(store(StoreMode.SET, key, length)).toBe(Status.OK);
    expect(used()).toEqual(chunks);
    expect(driver.read(key)).toEqual(pattern(length));
  });

  test("append and prepend leave a chunk at each end that is just full", () => {
    driver = new CoreDriver(CLASSIC);
    store(StoreMode.SET, "a", 600_000);
    store(StoreMode.APPEND, "a", 10);
    expect(used()).toEqual({ 1: 3, 2: 1, 31: 1, 39: 1 });
    store(StoreMode.APPEND, "a", 10);
    expect(used()).toEqual({ 1: 3, 2: 1, 31: 1, 39: 1 });
    store(StoreMode.PREPEND, "a", 600_000);
    expect(used()).toEqual({ 1: 2, 2: 1, 31: 2, 39: 2 });
    expect(driver.bytes).toBe(1_200_080);
    driver.remove("a");
    expect(used()).toEqual({});
  });

  test("the item is one of the largest class", () => {
    driver = new CoreDriver(CLASSIC);
    store(StoreMode.SET, "a", 600_000);
    expect(driver.keys(TABLE_LARGEST)).toEqual(["a"]);
    expect(driver.classGauge(TABLE_LARGEST, ClassGauge.REQUESTED_LOW)).toBe(600_060);
    expect(driver.classSum(ClassCounter.CMD_SET)).toBe(1);
  });
});

describe("a value in chunks", () => {
  test.each([986, 987, 994, 1988, 1989, 100_000])("of %i bytes comes back", (length) => {
    driver = new CoreDriver(SMALL);
    expect(store(StoreMode.SET, "key", length)).toBe(Status.OK);
    expect(driver.read("key")).toEqual(pattern(length));
    const held = driver.fetch("key", Fetch.PIN)!.held!;
    const isChunked = length + 38 + 3 > KIBIBYTE;
    expect(held.valuePtr === 0).toBe(isChunked);
    const runs = Array.from({ length: Math.ceil(length / 994) }, (_, index) =>
      Math.min(994, length - 994 * index),
    );
    if (isChunked) expect(driver.runsOf(held.itemPtr)).toEqual(runs);
  });

  test("takes a place only for what has come", () => {
    driver = new CoreDriver(SMALL);
    const itemPtr = driver.begin(StoreMode.SET, "key", 500_000);
    expect(driver.valuePtr).toBe(0);
    const all = (): number => Object.values(used()).reduce((sum, count) => sum + count, 0);
    expect(all()).toBe(1);
    expect(driver.core.abi.addRun(itemPtr, 500_000)).toBe(994);
    expect(all()).toBe(2);
    expect(driver.classSum(ClassCounter.CMD_SET)).toBe(0);
    driver.release(itemPtr);
    expect(used()).toEqual({});
  });

  test("stays as it is for who holds it", () => {
    driver = new CoreDriver(SMALL);
    store(StoreMode.SET, "key", 10_000);
    const held = driver.fetch("key")!.held!;
    store(StoreMode.APPEND, "key", 5);
    store(StoreMode.SET, "key", 20_000, 9);
    driver.remove("key");
    expect(driver.valueOf(held)).toEqual(pattern(10_000));
    expect(driver.check()).toBe(0);
    driver.release(held.itemPtr);
    expect(used()).toEqual({});
  });

  test.each([
    [500, 500],
    [500, 486],
    [500, 487],
    [10, 5000],
    [5000, 10],
    [5000, 5000],
    [994, 994],
    [994 * 3, 0],
    [5000, 0],
    [0, 5000],
  ])("of %i bytes and one of %i become one", (old, more) => {
    for (const shape of [SMALL, { ...SMALL, classicSizes: true, chunkSizeMin: 48 }]) {
      for (const mode of [StoreMode.APPEND, StoreMode.PREPEND]) {
        driver = new CoreDriver(shape);
        store(StoreMode.SET, "key", old);
        expect(store(mode, "key", more, 3)).toBe(Status.OK);
        const values = [pattern(old), pattern(more, 3)];
        if (mode === StoreMode.PREPEND) values.reverse();
        expect(Buffer.from(driver.read("key")!)).toEqual(Buffer.concat(values));
        expect(driver.check()).toBe(0);
      }
    }
  });

  test("is joined into one chunk where the new one is in several for its flags alone", () => {
    driver = new CoreDriver(SMALL);
    driver.set("key", 0);
    const value = pattern(KIBIBYTE - 38 - 3);
    const key = "key";
    expect(driver.store(StoreMode.APPEND, { key, value, clientFlags: 7 })).toBe(Status.OK);
    expect(driver.fetch("key", Fetch.PIN)!.held!.valuePtr).not.toBe(0);
    expect(driver.read("key")).toEqual(value);
  });

  test("is no number", () => {
    driver = new CoreDriver(SMALL);
    driver.set("n", "5".padEnd(2000));
    expect(driver.change("n", true, 1n)).toBe(Status.NOT_NUMERIC);
  });

  test("is reported with the size that it has as a whole", () => {
    driver = new CoreDriver(SMALL);
    store(StoreMode.SET, "key", 10_000);
    const { abi, inboxPtr } = driver.core;
    driver.hold("key");
    expect(abi.fetchItem(inboxPtr, 3, 0, Fetch.LOOK, 0)).toBe(Status.OK);
    expect(driver.result(Result.SIZE)).toBe(10_041);
    expect(driver.result(Result.CLASS_ID)).toBe(driver.core.classIdMax);
    expect(driver.bytes).toBe(10_041);
  });
});

describe("where memory is short", () => {
  const TINY: CoreShape = { memoryMiB: 2, slabChunkMax: 64 * KIBIBYTE, slabSizes: [200] };

  test("the oldest go, chunks and all", () => {
    driver = new CoreDriver(TINY);
    for (let index = 0; index < 20; index++) {
      expect(store(StoreMode.SET, `key:${index}`, 200_000, index)).toBe(Status.OK);
    }
    expect(driver.items).toBe(4);
    expect(driver.classSum(ClassCounter.EVICTED)).toBe(16);
    expect(driver.read("key:15")).toBeNull();
    for (let index = 16; index < 20; index++) {
      expect(driver.read(`key:${index}`)).toEqual(pattern(200_000, index));
    }
  });

  test("an upload for which there is no more room leaves nothing behind", () => {
    driver = new CoreDriver({ ...TINY, evictions: false });
    for (let index = 0; index < 4; index++) store(StoreMode.SET, `key:${index}`, 200_000);
    const before = used();
    expect(store(StoreMode.SET, "key:0", 200_000)).toBe(Status.NO_MEMORY);
    expect(used()).toEqual(before);
    // What was there stays: memcached notices too late to drop it.
    expect(driver.read("key:0")).toEqual(pattern(200_000));
    expect(store(StoreMode.APPEND, "key:0", 100)).toBe(Status.NOT_STORED);
    expect(driver.read("key:0")).toEqual(pattern(200_000));
    expect(used()).toEqual(before);
  });

  test("what is being appended to is not evicted for it", () => {
    driver = new CoreDriver({ ...TINY, memoryMiB: 3, tailRepairSeconds: 5 });
    store(StoreMode.SET, "key", 700_000);
    driver.now = 1000;
    expect(store(StoreMode.APPEND, "key", 700_000)).toBe(Status.NOT_STORED);
    expect(driver.read("key")).toEqual(pattern(700_000));
  });

  test("a last chunk of its own class missing, one of the largest does", () => {
    driver = new CoreDriver({
      memoryMiB: 2,
      slabChunkMax: 64 * KIBIBYTE,
      slabSizes: [200, 20_000],
      evictions: false,
    });
    for (let index = 0; index < 52; index++) driver.set(`filler:${index}`, 15_000);
    expect(store(StoreMode.SET, "key", 65_506 + 10_000)).toBe(Status.OK);
    expect(driver.runsOf(driver.hold("key"))).toEqual([65_506, 10_000]);
    expect(used()).toEqual({ 1: 1, 2: 52, 3: 2 });
    expect(driver.read("key")).toEqual(pattern(75_506));
  });
});

describe("the check notices", () => {
  const [NEXT, PREV, USED, FLAGS] = [4, 8, 20, 26];

  test.each([
    ["a chunk that is lost", NEXT, 0],
    ["a chunk that points elsewhere", PREV, 8],
    ["a length that is wrong", USED, 5],
    ["a chunk that is none", FLAGS, 0],
  ])("%s", (_, at, wrong) => {
    driver = new CoreDriver(SMALL);
    store(StoreMode.SET, "key", 3000);
    const { abi, bytes } = driver.core;
    const chunk = abi.nextRun(driver.hold("key")) >>> 0;
    expect(driver.check()).toBe(0);
    new DataView(bytes.buffer).setUint16(chunk + at, wrong, true);
    expect(driver.check()).not.toBe(0);
    driver = new CoreDriver(SMALL);
  });
});
