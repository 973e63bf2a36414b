/**
 * incr and decr at the edges of 64 bits and of the stored text's length (specification §2.8).
 */
import { ClassCounter, Counter } from "../../assembly/shared/counters.ts";
import { Fetch, Status } from "../../assembly/shared/status.ts";
import { beforeEach, describe, expect, test } from "bun:test";
import { CoreDriver } from "../support/core-driver.ts";
import { fromLatin1 } from "../support/bytes.ts";

const U64_MAX = 2n ** 64n - 1n;

let driver: CoreDriver;

beforeEach(() => {
  driver = new CoreDriver();
  driver.now = 100;
});

/** The stored text after a change of `text`, and the answer. */
function changed(text: string, isIncr: boolean, delta: bigint): [string | Status, string] {
  driver.set("n", text);
  const answer = driver.change("n", isIncr, delta);
  return [answer, fromLatin1(driver.read("n") ?? new Uint8Array())];
}

describe("incr", () => {
  test.each([
    ["0", 1n, "1", "1"],
    ["9", 1n, "10", "10"],
    ["99", 1n, "100", "100"],
    ["007", 1n, "8", "8  "],
    ["5", 0n, "5", "5"],
    ["4294967295", 1n, "4294967296", "4294967296"],
    ["1", U64_MAX - 1n, `${U64_MAX}`, `${U64_MAX}`],
    [`${U64_MAX}`, 1n, "0", "0".padEnd(20)],
    [`${U64_MAX}`, U64_MAX, `${U64_MAX - 1n}`, `${U64_MAX - 1n}`],
    [`${2n ** 63n}`, 2n ** 63n, "0", "0".padEnd(19)],
    ["9999999999999999999", 1n, "10000000000000000000", "10000000000000000000"],
  ])("%j by %d", (text, delta, answer, stored) => {
    expect(changed(text, true, delta)).toEqual([answer, stored]);
    expect(driver.check()).toBe(0);
  });
});

describe("decr", () => {
  test.each([
    ["1", 1n, "0", "0"],
    ["0", 1n, "0", "0"],
    ["5", 100n, "0", "0"],
    ["100", 1n, "99", "99 "],
    ["10", 0n, "10", "10"],
    [`${U64_MAX}`, U64_MAX, "0", "0".padEnd(20)],
    [`${U64_MAX}`, 1n, `${U64_MAX - 1n}`, `${U64_MAX - 1n}`],
    ["4294967296", 1n, "4294967295", "4294967295"],
  ])("%j by %d", (text, delta, answer, stored) => {
    expect(changed(text, false, delta)).toEqual([answer, stored]);
  });
});

describe("what counts as a number", () => {
  test.each([
    [" 5", "6 "],
    ["\t\n\v\f\r5", "6".padEnd(6)],
    ["+5", "6 "],
    ["5 ", "6 "],
    ["5 apples", "6".padEnd(8)],
    ["5\r\n", "6  "],
    ["00000000000000000005", "6".padEnd(20)],
    [" +5", "6  "],
  ])("%j does", (text, stored) => {
    expect(changed(text, true, 1n)).toEqual(["6", stored]);
  });

  test.each([
    "",
    " ",
    "-1",
    "+",
    "+ 5",
    "++5",
    "x",
    "5x",
    "5.0",
    "0x5",
    "1e3",
    "18446744073709551616",
    "99999999999999999999",
    "100000000000000000000",
    "000000000000000000005",
    "5\0",
    "\u00a05",
  ])("%j does not", (text) => {
    expect(changed(text, true, 1n)).toEqual([Status.NOT_NUMERIC, text]);
    expect(driver.classSum(ClassCounter.INCR_HITS)).toBe(0);
  });
});

test("an item above the largest chunk is never one", () => {
  driver = new CoreDriver({ classicSizes: true, chunkSizeMin: 48, slabChunkMax: 512 * 1024 });
  expect(changed("5".padEnd(500_000), true, 1n)[0]).toBe("6");
  expect(changed("5".padEnd(600_000), true, 1n)[0]).toBe(Status.NOT_NUMERIC);
});

describe("the item", () => {
  test("keeps client flags and expiry, in place and longer", () => {
    for (const text of ["5", "9"]) {
      driver.set("n", text, 500, 7);
      driver.change("n", true, 1n);
      expect(driver.fetch("n")?.clientFlags).toBe(7);
      expect(driver.core.dump(1, 0)[0].expiresAt).toBe(500);
    }
  });

  test("gets a new CAS unique each time", () => {
    driver.set("n", "8");
    const uniques = [1, 2, 3].map(() => {
      driver.change("n", true, 1n);
      return driver.fetch("n", Fetch.WITH_CAS)?.casUnique;
    });
    // The set took 2, the first one there is.
    expect(uniques).toEqual([3n, 4n, 5n]);
  });

  test("is replaced, not written over, while somebody reads it", () => {
    driver.set("n", "100");
    const held = driver.fetch("n", Fetch.PIN)?.held;
    expect(driver.change("n", false, 1n)).toBe("99");
    const { valuePtr, itemPtr, length } = held!;
    const old = driver.core.bytes.subarray(valuePtr, valuePtr + length);
    expect(fromLatin1(old)).toBe("100");
    // A new item has just the length of the number.
    expect(fromLatin1(driver.read("n")!)).toBe("99");
    driver.release(itemPtr);
    expect([driver.items, driver.check()]).toEqual([1, 0]);
  });

  test("is not touched by a change of what is no number", () => {
    driver.set("n", "text");
    driver.change("n", true, 1n);
    expect(driver.fetch("n", Fetch.WITH_CAS)?.casUnique).toBe(2n);
  });
});

test("a missing item is counted by the command's own counter", () => {
  expect(driver.change("n", true, 1n)).toBe(Status.NOT_FOUND);
  expect(driver.change("n", false, 1n)).toBe(Status.NOT_FOUND);
  expect(driver.change("n", false, 1n)).toBe(Status.NOT_FOUND);
  expect(driver.counter(Counter.INCR_MISSES)).toBe(1);
  expect(driver.counter(Counter.DECR_MISSES)).toBe(2);
});
