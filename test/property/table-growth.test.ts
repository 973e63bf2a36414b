/**
 * The hash table while it grows, with many items.
 *
 * Goal: no key is lost, doubled or found in the wrong place at any step of an expansion, whatever
 * is stored and removed meanwhile. Method: a table of 4096 buckets is filled until it has doubled
 * twice, with the core's full check at steps of a prime number and every key looked up at the end.
 */
import { describe, expect, test } from "bun:test";
import { CoreDriver } from "../support/core-driver.ts";
import { Gauge } from "../../assembly/shared/counters.ts";
import { Random, freshSeed } from "../support/random.ts";
import { fromLatin1 } from "../support/bytes.ts";

const POWER = 12;
const BUCKETS = 2 ** POWER;
const ITEM_COUNT = 13_000;
const CHECK_EVERY = 997;

const keyOf = (index: number): string => `key:${index}`;

function isExpanding(driver: CoreDriver): boolean {
  return driver.core.gauge(Gauge.IS_EXPANDING) === 1;
}

/** Stores items while removing some; returns which are there. */
function fill(driver: CoreDriver, random: Random): Set<number> {
  const present = new Set<number>();
  let seenExpanding = 0;
  for (let index = 0; index < ITEM_COUNT; index++) {
    driver.set(keyOf(index), `value ${index}`);
    present.add(index);
    if (random.oneIn(20)) {
      const gone = random.below(index + 1);
      expect(driver.remove(keyOf(gone))).toBe(present.delete(gone));
    }
    if (isExpanding(driver)) seenExpanding++;
    if (index % CHECK_EVERY === 0) expect([index, driver.check()]).toEqual([index, 0]);
  }
  expect(seenExpanding).toBeGreaterThan(BUCKETS / 4);
  return present;
}

describe.each(["murmur3", "jenkins", "xxh3"] as const)("%s", (hashAlgorithm) => {
  const seed = freshSeed();

  test(`every key is found after two expansions, seed ${seed}`, () => {
    const driver = new CoreDriver({ hashAlgorithm, hashPower: POWER });
    const present = fill(driver, new Random(seed));
    expect(driver.core.gauge(Gauge.HASH_POWER)).toBe(POWER + 2);
    expect(driver.items).toBe(present.size);
    for (let index = 0; index < ITEM_COUNT; index++) {
      const itemPtr = driver.hold(keyOf(index));
      if ((itemPtr !== 0) !== present.has(index)) throw new Error(`${keyOf(index)}, seed ${seed}`);
      if (itemPtr !== 0) driver.release(itemPtr);
    }
    expect(driver.check()).toBe(0);
  });
});

describe("the start of an expansion", () => {
  test("is at the first item beyond 1.5 for each bucket", () => {
    const driver = new CoreDriver({ hashPower: POWER });
    for (let index = 0; index < BUCKETS * 1.5; index++) driver.set(keyOf(index), "v");
    expect([driver.core.gauge(Gauge.HASH_POWER), isExpanding(driver)]).toEqual([POWER, false]);
    driver.set("one more", "v");
    expect([driver.core.gauge(Gauge.HASH_POWER), isExpanding(driver)]).toEqual([POWER + 1, true]);
    expect(driver.core.gauge(Gauge.HASH_BYTES)).toBe(4 * 2 * BUCKETS);
  });

  test("never comes where growth is switched off", () => {
    const driver = new CoreDriver({ hashPower: POWER, hashExpand: false });
    for (let index = 0; index < 2 * BUCKETS; index++) driver.set(keyOf(index), "v");
    expect(driver.core.gauge(Gauge.HASH_POWER)).toBe(POWER);
    expect(driver.check()).toBe(0);
  });
});

describe("expand", () => {
  test("splits just so many buckets, and ends the expansion", () => {
    const driver = new CoreDriver({ hashPower: POWER });
    for (let index = 0; index <= BUCKETS * 1.5; index++) driver.set(keyOf(index), "v");
    driver.core.abi.expand(BUCKETS - 1);
    expect([isExpanding(driver), driver.check()]).toEqual([true, 0]);
    driver.core.abi.expand(1);
    expect([isExpanding(driver), driver.check()]).toEqual([false, 0]);
    driver.core.abi.expand(1000);
    expect([isExpanding(driver), driver.check()]).toEqual([false, 0]);
  });

  test("is right after every single bucket", () => {
    const driver = new CoreDriver({ hashPower: POWER, hashAlgorithm: "xxh3" });
    for (let index = 0; index <= BUCKETS * 1.5; index++) driver.set(keyOf(index), "v");
    for (let step = 0; step < BUCKETS; step += 61) {
      driver.core.abi.expand(61);
      expect([step, driver.check()]).toEqual([step, 0]);
    }
    expect(isExpanding(driver)).toBe(false);
  });
});

test("keys that all share one bucket are still told apart", () => {
  const driver = new CoreDriver({ hostileHash: true });
  for (let index = 0; index < 300; index++) driver.set(keyOf(index), `value ${index}`);
  for (let index = 0; index < 300; index += 3) expect(driver.remove(keyOf(index))).toBe(true);
  expect(driver.check()).toBe(0);
  for (let index = 0; index < 300; index++) {
    const value = driver.read(keyOf(index));
    const text = value === null ? null : fromLatin1(value);
    expect(text).toBe(index % 3 === 0 ? null : `value ${index}`);
  }
});
