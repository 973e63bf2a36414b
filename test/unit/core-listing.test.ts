/**
 * What admin commands list: the records of `dump`, and the histogram of sizes.
 */
import { describe, expect, test } from "bun:test";
import { CLASS_ID, SegmentedStore } from "../support/segmented-store.ts";
import { CoreDriver } from "../support/core-driver.ts";
import { fromLatin1, latin1 } from "../support/bytes.ts";

const DUMP_SIZE = 2 * 1024 * 1024;
const RECORD_HEADER_SIZE = 9;

describe("dump", () => {
  test("tells key, length of the value and expiry, newest first", () => {
    const driver = new CoreDriver();
    driver.now = 100;
    driver.set("a", "1");
    driver.set("bb", "", 700);
    driver.set("c\u00ff", "22");
    expect(driver.core.dump(1, 0)).toEqual([
      { key: latin1("c\u00ff"), valueLength: 2, expiresAt: 0 },
      { key: latin1("bb"), valueLength: 0, expiresAt: 700 },
      { key: latin1("a"), valueLength: 1, expiresAt: 0 },
    ]);
  });

  test("stops at the limit", () => {
    const driver = new CoreDriver();
    for (const key of ["a", "b", "c"]) driver.set(key, "v");
    expect(driver.core.dump(1, 2).map(({ key }) => fromLatin1(key))).toEqual(["c", "b"]);
    expect(driver.core.dump(1, 100)).toHaveLength(3);
  });

  test("leaves out the dead, and does not count them against the limit", () => {
    const driver = new CoreDriver();
    driver.now = 100;
    driver.set("live", "v");
    driver.set("dead", "v", 150);
    driver.now = 150;
    expect(driver.core.dump(1, 1).map(({ key }) => fromLatin1(key))).toEqual(["live"]);
    expect(driver.items).toBe(2);
    driver.flush(149, true);
    expect(driver.core.dump(1, 0)).toEqual([]);
  });

  test("lists what is in COLD only", () => {
    const store = new SegmentedStore();
    store.setCold("a", "b");
    store.set("c");
    expect(store.order("hot")).toEqual(["c"]);
    expect(store.driver.core.dump(CLASS_ID, 0).map(({ key }) => fromLatin1(key))).toEqual([
      "b",
      "a",
    ]);
  });

  test("knows classes without items, and ids that are none", () => {
    const driver = new CoreDriver();
    driver.set("a", "v");
    for (const classId of [0, 2, 63, 64, 255, 0xffffffff]) {
      expect(driver.core.dump(classId, 0)).toEqual([]);
    }
  });

  test("ends where the area is full", () => {
    const driver = new CoreDriver({ memoryMiB: 8 }, "core");
    const recordSize = RECORD_HEADER_SIZE + 250;
    const most = Math.floor(DUMP_SIZE / recordSize);
    for (let index = 0; index <= most; index++) driver.set(`${index}:`.padEnd(250, "k"), "");
    // 38 + 250 bytes: the class of 352.
    const records = driver.core.dump(8, 0);
    expect(records).toHaveLength(most);
    // The oldest item is the one that found no place.
    expect(fromLatin1(records[most - 1].key)).toStartWith("1:");
  });

  test("changes nothing", () => {
    const driver = new CoreDriver();
    driver.set("a", "v");
    const before = Bun.hash.wyhash(driver.core.bytes.subarray(0, driver.core.abi.dumpPtr()));
    driver.core.dump(1, 0);
    expect(Bun.hash.wyhash(driver.core.bytes.subarray(0, driver.core.abi.dumpPtr()))).toBe(before);
  });
});

/** Buckets that are not empty: the largest size that belongs there, and how many items do. */
function histogram(driver: CoreDriver): Record<number, number> {
  const found: Record<number, number> = {};
  driver.core.sizeHistogram(driver.settings.itemSizeMax).forEach((count, bucket) => {
    if (count !== 0) found[32 * bucket] = count;
  });
  return found;
}

const CLASSIC = { classicSizes: true, chunkSizeMin: 48, slabChunkMax: 512 * 1024 };

describe("the size histogram", () => {
  test("rounds sizes up to a multiple of 32", () => {
    const driver = new CoreDriver({ ...CLASSIC, trackSizes: true });
    driver.set("k", 1);
    driver.set("l", 4);
    driver.set("m", 5);
    driver.set("n", 100);
    expect(histogram(driver)).toEqual({ 64: 2, 96: 1, 160: 1 });
  });

  test("follows items that are replaced, changed, removed and evicted", () => {
    const driver = new CoreDriver({ trackSizes: true, memoryMiB: 1, slabSizes: [200_000] });
    driver.set("a", 10);
    driver.set("a", 100);
    expect(histogram(driver)).toEqual({ 160: 1 });
    driver.set("a", "9".repeat(10));
    driver.change("a", true, 10n ** 10n);
    expect(histogram(driver)).toEqual({ 64: 1 });
    driver.remove("a");
    expect(histogram(driver)).toEqual({});
    for (let index = 0; index < 20; index++) driver.set(`key:${index}`, 150_000);
    expect(Object.values(histogram(driver))).toEqual([driver.items]);
  });

  test("has a bucket for the largest item there can be", () => {
    const driver = new CoreDriver({ ...CLASSIC, trackSizes: true });
    driver.set("abc", 1_048_514);
    expect(histogram(driver)).toEqual({ 1_048_576: 1 });
  });

  test("goes as far as -I does", () => {
    const itemSizeMax = 4 * 1024 * 1024;
    const driver = new CoreDriver({ ...CLASSIC, itemSizeMax, trackSizes: true });
    driver.set("abc", 2_000_000);
    driver.set("def", itemSizeMax - 62);
    expect(histogram(driver)).toEqual({ 2_000_064: 1, [itemSizeMax]: 1 });
    for (let index = 0; index < 100; index++) driver.set(`key:${index}`, 700_000);
    expect(driver.check()).toBe(0);
    driver.remove("abc");
    driver.remove("def");
    const rest = driver.items;
    expect(histogram(driver)).toEqual({ 700_096: rest });
  });

  test("stays empty where it is not wanted", () => {
    const driver = new CoreDriver();
    driver.set("k", 1);
    expect(histogram(driver)).toEqual({});
    expect(driver.core.abi.sizesPtr()).toBe(0);
  });
});
