/**
 * Sizes of items: memcached's formula with classic sizes (specification §8.1), our own otherwise;
 * and the limit of `-I`, which is memcached's in both.
 */
import { describe, expect, test } from "bun:test";
import { CoreDriver, type CoreShape } from "../support/core-driver.ts";
import { Status } from "../../assembly/shared/status.ts";

const CLASSIC: CoreShape = { classicSizes: true, chunkSizeMin: 48, slabChunkMax: 512 * 1024 };

/** Size that the store counts for one item. */
function sizeOf(shape: CoreShape, key: string, length: number, clientFlags = 0): number {
  const driver = new CoreDriver(shape);
  expect(driver.set(key, length, 0, clientFlags)).toBe(Status.OK);
  return driver.bytes;
}

describe("classic sizes", () => {
  test.each([
    ["1-byte key and value", "k", 1, 0, 61],
    ["foo = bar", "foo", 3, 0, 65],
    ["foo = bar with client flags", "foo", 3, 5, 69],
    ["250-byte key and 10-byte value", "k".repeat(250), 10, 0, 319],
    ["empty value", "k", 0, 0, 60],
  ] as const)("%s", (_, key, length, clientFlags, size) => {
    expect(sizeOf(CLASSIC, key, length, clientFlags)).toBe(size);
  });

  test("without CAS, 8 bytes less", () => {
    expect(sizeOf({ ...CLASSIC, casEnabled: false }, "k", 1)).toBe(53);
  });
});

describe("our sizes", () => {
  test.each([
    ["1-byte key and value", "k", 1, 0, 40],
    ["client flags", "k", 1, 1, 44],
    ["client flags of 32 bits", "k", 1, 0xffffffff, 44],
    ["250-byte key and 10-byte value", "k".repeat(250), 10, 0, 298],
  ] as const)("%s", (_, key, length, clientFlags, size) => {
    expect(sizeOf({}, key, length, clientFlags)).toBe(size);
  });

  test("without CAS, 8 bytes less", () => {
    expect(sizeOf({ casEnabled: false }, "k", 1)).toBe(32);
  });
});

describe.each([
  ["classic sizes", CLASSIC],
  ["our sizes", {}],
] as const)("the largest value with %s", (_, shape) => {
  test.each([
    ["3-byte key", {}, "abc", 0, 1_048_514],
    ["250-byte key", {}, "k".repeat(250), 0, 1_048_267],
    ["client flags", {}, "abc", 1, 1_048_510],
    ["no CAS", { casEnabled: false }, "abc", 0, 1_048_522],
    ["-I 1024", { itemSizeMax: 1024 }, "abc", 0, 962],
  ] as const)("%s", (_, more, key, clientFlags, largest) => {
    const driver = new CoreDriver({ ...shape, ...more });
    expect(driver.set(key, largest, 0, clientFlags)).toBe(Status.OK);
    expect(driver.set(key, largest + 1, 0, clientFlags)).toBe(Status.TOO_LARGE);
    expect(driver.items).toBe(0);
  });
});

test("the whole of the sums goes away with the items", () => {
  const driver = new CoreDriver();
  for (let index = 0; index < 50; index++) driver.set(`key:${index}`, index * 1000);
  expect(driver.bytes).toBeGreaterThan(1_000_000);
  for (let index = 0; index < 50; index++) driver.remove(`key:${index}`);
  expect([driver.items, driver.bytes, driver.check()]).toEqual([0, 0, 0]);
});
