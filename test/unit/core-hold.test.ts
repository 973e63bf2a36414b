/**
 * Holds: bytes that somebody sends stay what they are, and no hold is lost or given twice.
 */
import { beforeEach, describe, expect, test } from "bun:test";
import { Fetch, Lookup, Result, Status, StoreMode } from "../../assembly/shared/status.ts";
import { ClassGauge, Counter } from "../../assembly/shared/counters.ts";
import { CoreDriver } from "../support/core-driver.ts";
import { fromLatin1 } from "../support/bytes.ts";

/** Holds of one item beyond which it is reported as a miss, as in memcached. */
const HOLD_COUNT_MAX = 60_000;
const COPY_LENGTH_MAX = 32_768;

let driver: CoreDriver;

beforeEach(() => {
  driver = new CoreDriver();
  driver.now = 100;
});

function usedChunks(): number {
  return driver.classGaugeSum(ClassGauge.USED_CHUNKS);
}

describe("fetch", () => {
  test("copies short values, holds long ones", () => {
    driver.set("short", COPY_LENGTH_MAX);
    driver.set("long", COPY_LENGTH_MAX + 1);
    expect(driver.fetch("short")?.held).toBeNull();
    expect(driver.fetch("long")?.held?.length).toBe(COPY_LENGTH_MAX + 1);
  });

  test("holds any value when asked to", () => {
    driver.set("empty", "");
    expect(driver.fetch("empty", Fetch.PIN)?.held?.length).toBe(0);
  });

  test("tells what the lookup met", () => {
    driver.set("a", "v", 150);
    driver.set("b", "v");
    const lookups = ["a", "none", "b"].map((key) => {
      driver.fetch(key);
      return driver.result(Result.LOOKUP);
    });
    expect(lookups).toEqual([Lookup.FOUND, Lookup.NOT_FOUND, Lookup.FOUND]);
    driver.now = 150;
    driver.fetch("a");
    expect(driver.result(Result.LOOKUP)).toBe(Lookup.EXPIRED);
    driver.flush(149, true);
    driver.fetch("b");
    expect(driver.result(Result.LOOKUP)).toBe(Lookup.FLUSHED);
  });
});

test.each([
  ["removed", () => driver.remove("a")],
  ["stored over", () => driver.set("a", "other")],
  ["appended to", () => driver.store(StoreMode.APPEND, { key: "a", value: new Uint8Array(2) })],
  ["flushed", () => driver.flush(99, true)],
  ["changed by incr", () => driver.change("a", true, 1n)],
])("a held value outlives its item being %s", (_, act) => {
  driver.set("a", "123");
  const held = driver.fetch("a", Fetch.PIN)?.held;
  const { itemPtr, valuePtr } = held!;
  act();
  driver.set("b", "999");
  expect(fromLatin1(driver.core.bytes.subarray(valuePtr, valuePtr + 3))).toBe("123");
  expect([driver.check(), usedChunks()]).toEqual([0, driver.items + 1]);
  driver.release(itemPtr);
  expect([driver.check(), usedChunks()]).toEqual([0, driver.items]);
});

describe("many holds of one item", () => {
  test("at 60000 it is a miss, until one is released", () => {
    driver.set("a", "v");
    const itemPtr = driver.hold("a");
    // The link counts as one of them.
    for (let holds = 2; holds < HOLD_COUNT_MAX; holds++) driver.hold("a");
    expect(driver.fetch("a")).toBeNull();
    expect(driver.counter(Counter.GET_MISSES)).toBe(1);
    driver.release(itemPtr);
    expect(driver.fetch("a")).not.toBeNull();
  });
});

describe("an upload", () => {
  test("is invisible, and takes a chunk, until it ends", () => {
    const itemPtr = driver.begin(StoreMode.SET, "a", 3);
    expect([driver.items, usedChunks()]).toEqual([0, 1]);
    expect(driver.fetch("a")).toBeNull();
    driver.end(itemPtr, StoreMode.SET);
    expect([driver.items, usedChunks()]).toEqual([1, 1]);
  });

  test("that is given up leaves nothing", () => {
    driver.release(driver.begin(StoreMode.SET, "a", 3));
    expect([driver.items, usedChunks(), driver.check()]).toEqual([0, 0, 0]);
  });

  test("of a key that is flushed meanwhile is stored all the same", () => {
    const itemPtr = driver.begin(StoreMode.SET, "a", 3);
    driver.now = 110;
    driver.flush(109, true);
    expect(driver.end(itemPtr, StoreMode.SET)).toBe(Status.OK);
    expect(driver.fetch("a")).not.toBeNull();
  });

  test("two of the same key: the last one to end wins", () => {
    const first = driver.begin(StoreMode.SET, "a", 1);
    driver.core.bytes[driver.valuePtr] = 0x31;
    const second = driver.begin(StoreMode.SET, "a", 1);
    driver.core.bytes[driver.valuePtr] = 0x32;
    driver.end(second, StoreMode.SET);
    driver.end(first, StoreMode.SET);
    expect(fromLatin1(driver.read("a")!)).toBe("1");
    expect([driver.items, usedChunks(), driver.check()]).toEqual([1, 1, 0]);
  });
});
