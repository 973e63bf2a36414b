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
import { StoreMode } from "../../assembly/shared/status.ts";
import { fromLatin1, latin1 } from "../support/bytes.ts";

const POWER = 12;
const BUCKETS = 2 ** POWER;
const ITEM_COUNT = 13_000;
const CHECK_EVERY = 997;

/** A thread looks whether the table is too small after so many links (assembly/store/link.ts). */
const LINKS_PER_CHECK = 64;

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

/** Stores items up to the load factor and beyond, until the table begins to grow. */
function fillUntilExpanding(driver: CoreDriver): void {
  for (let index = 0; index < BUCKETS * 1.5 + LINKS_PER_CHECK; index++) {
    expect(isExpanding(driver)).toBe(false);
    driver.set(keyOf(index), "v");
  }
  expect(isExpanding(driver)).toBe(true);
}

describe("the start of an expansion", () => {
  test("is at the first look that finds more than 1.5 items for each bucket", () => {
    const driver = new CoreDriver({ hashPower: POWER });
    // One look is made with just 1.5 of them.
    expect((BUCKETS * 1.5) % LINKS_PER_CHECK).toBe(0);
    fillUntilExpanding(driver);
    expect(driver.items).toBe(BUCKETS * 1.5 + LINKS_PER_CHECK);
    expect(driver.core.gauge(Gauge.HASH_POWER)).toBe(POWER + 1);
    expect(driver.core.gauge(Gauge.HASH_BYTES)).toBe(4 * 2 * BUCKETS);
  });

  test("is looked for after so many links, whatever they were", () => {
    const driver = new CoreDriver({ hashPower: POWER });
    const value = latin1("v");
    for (let index = 0; index < BUCKETS * 1.5 + LINKS_PER_CHECK; index++) {
      // The second of two links takes the place of the first, so each look falls to such a one.
      driver.set(keyOf(index), "v");
      driver.store(StoreMode.APPEND, { key: keyOf(index), value });
    }
    expect(driver.core.gauge(Gauge.HASH_POWER)).toBe(POWER + 1);
    expect(driver.check()).toBe(0);
  });

  test("does not come from storing the same keys over and over", () => {
    const driver = new CoreDriver({ hashPower: POWER });
    for (let index = 0; index < BUCKETS * 4; index++) driver.set(keyOf(index % BUCKETS), "v");
    expect([driver.core.gauge(Gauge.HASH_POWER), isExpanding(driver)]).toEqual([POWER, false]);
  });

  test("comes from any of several threads, each of which counts its own links", () => {
    const threads = CoreDriver.threads({ hashPower: POWER }, "core.debug", 4);
    const [first, ...others] = threads;
    for (let index = 0; index < BUCKETS * 1.5; index++) first.set(keyOf(index), "v");
    const last = others.length * (LINKS_PER_CHECK - 1);
    for (let index = 0; index < last; index++) {
      others[index % others.length].set(`more ${index}`, "v");
      expect(isExpanding(first)).toBe(false);
    }
    others[1].set("one more", "v");
    expect(threads.map(isExpanding)).toEqual([true, true, true, true]);
    expect(first.check()).toBe(0);
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
    fillUntilExpanding(driver);
    driver.core.abi.expand(BUCKETS - 1);
    expect([isExpanding(driver), driver.check()]).toEqual([true, 0]);
    driver.core.abi.expand(1);
    expect([isExpanding(driver), driver.check()]).toEqual([false, 0]);
    driver.core.abi.expand(1000);
    expect([isExpanding(driver), driver.check()]).toEqual([false, 0]);
  });

  test("is right after every single bucket", () => {
    const driver = new CoreDriver({ hashPower: POWER, hashAlgorithm: "xxh3" });
    fillUntilExpanding(driver);
    for (let step = 0; step < BUCKETS; step += 61) {
      expect(isExpanding(driver)).toBe(true);
      driver.core.abi.expand(61);
      expect([step, driver.check()]).toEqual([step, 0]);
    }
    expect(isExpanding(driver)).toBe(false);
  });

  test("is not needed: each insertion splits two buckets", () => {
    const driver = new CoreDriver({ hashPower: POWER });
    fillUntilExpanding(driver);
    for (let index = 0; index < BUCKETS / 2; index++) {
      expect(isExpanding(driver)).toBe(true);
      driver.set(`more ${index}`, "v");
    }
    expect([isExpanding(driver), driver.check()]).toEqual([false, 0]);
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
