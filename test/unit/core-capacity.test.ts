/**
 * How many items fit `-m 64`: memcached's numbers exactly with classic sizes, more with our own.
 *
 * Goal: the smaller header is an advantage that users have, and one that nobody loses by accident.
 * Method: store values of one length, 14-byte keys, until the first eviction.
 */
import { describe, expect, test } from "bun:test";
import { ClassCounter } from "../../assembly/shared/counters.ts";
import { CoreDriver, type CoreShape } from "../support/core-driver.ts";
import { StoreMode } from "../../assembly/shared/status.ts";

const TIMEOUT_MS = 60_000;

/** Value length, what memcached 1.6.45 holds, and what we hold at least, in parts of that. */
const CAPACITIES = [
  [8, 699_008, 1.15],
  [32, 559_232, 1.1],
  [100, 349_504, 1.05],
  [500, 111_808, 1],
  [2000, 28_864, 1],
] as const;

const CLASSIC: CoreShape = { classicSizes: true, chunkSizeMin: 48, slabChunkMax: 512 * 1024 };

/** Items there are when the first one would be evicted. */
function capacity(shape: CoreShape, valueLength: number): number {
  const driver = new CoreDriver({ ...shape, hashPower: 20 }, "core");
  driver.now = 100;
  for (let index = 0; ; index++) {
    const key = `key:${index.toString().padStart(10, "0")}`;
    const itemPtr = driver.begin(StoreMode.SET, key, valueLength);
    // Most sets cannot evict; looking at the counters of all classes each time would take longer.
    if (driver.items < index) {
      expect(driver.classSum(ClassCounter.EVICTED)).toBe(1);
      driver.release(itemPtr);
      return driver.items + 1;
    }
    driver.end(itemPtr, StoreMode.SET);
  }
}

describe("classic sizes hold just what memcached holds", () => {
  test.each(CAPACITIES)(
    "values of %i bytes: %i items",
    (length, native) => {
      expect(capacity(CLASSIC, length)).toBe(native);
    },
    TIMEOUT_MS,
  );
});

describe("our sizes hold more", () => {
  test.each(CAPACITIES)(
    "values of %i bytes: memcached's %i items, times %d at least",
    (length, native, factor) => {
      expect(capacity({}, length)).toBeGreaterThanOrEqual(native * factor);
    },
    TIMEOUT_MS,
  );
});
