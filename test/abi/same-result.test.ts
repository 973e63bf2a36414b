/**
 * One tape of calls, four builds: the same answers, the same memory.
 *
 * Goal: what is tested on the debug build is true of the ones that serve; and a snapshot, which is
 * nothing but a copy of the memory, is complete. Method: a seeded tape on small memory with
 * evictions; memories are compared byte by byte, whole.
 */
import { describe, expect, test } from "bun:test";
import { TAPE_KEYS, TAPE_SHAPE, play, record } from "./tape.ts";
import { ClassCounter } from "../../assembly/shared/counters.ts";
import { CoreDriver } from "../support/core-driver.ts";
import { freshSeed } from "../support/random.ts";
import { itemLockOf } from "../support/core-locks.ts";

const CALLS = 8000;
const MEBIBYTE = 1024 * 1024;

/** The area of the debug build's constant texts (assembly/base/region.ts). */
const TEXTS_FROM = 768 * 1024;
const TEXTS_TO = MEBIBYTE;

/** What the debug build writes over freed chunks (assembly/base/verify.ts). */
const FREED_BYTE = 0xdb;

const seed = freshSeed();
const release = record("core", seed, CALLS);

/** First address at which two memories differ, or -1. */
function firstDifference(a: CoreDriver, b: CoreDriver): number {
  const [left, right] = [a.core.bytes, b.core.bytes];
  if (left.length !== right.length) return 0;
  for (let at = 0; at < left.length; at += MEBIBYTE) {
    const end = Math.min(at + MEBIBYTE, left.length);
    if (Buffer.compare(left.subarray(at, end), right.subarray(at, end)) === 0) continue;
    for (let byte = at; byte < end; byte++) if (left[byte] !== right[byte]) return byte;
  }
  return -1;
}

/** The first address at which they differ although the debug build may not write there. */
function firstOddDifference(plain: CoreDriver, debug: CoreDriver): number {
  const [left, right] = [plain.core.bytes, debug.core.bytes];
  for (let at = 0; at < left.length; at += MEBIBYTE) {
    const end = Math.min(at + MEBIBYTE, left.length);
    if (Buffer.compare(left.subarray(at, end), right.subarray(at, end)) === 0) continue;
    for (let byte = at; byte < end; byte++) {
      if (left[byte] === right[byte]) continue;
      if (byte >= TEXTS_FROM && byte < TEXTS_TO) continue;
      if (at < debug.core.abi.dumpPtr() || right[byte] !== FREED_BYTE) return byte;
    }
  }
  return -1;
}

describe(`builds, seed ${seed}`, () => {
  test("the tape stores, misses and evicts", () => {
    expect(release.driver.classSum(ClassCounter.EVICTED)).toBeGreaterThan(0);
    expect(release.answers).toContain("fetch miss");
    // At its end a flush may have left none.
    expect(release.answers.some((answer) => /^items [1-9]/.test(answer))).toBe(true);
  });

  test("each key of the tape has an item lock of its own", () => {
    const { core } = new CoreDriver(TAPE_SHAPE, "core");
    expect(new Set(TAPE_KEYS.map((key) => itemLockOf(core, key))).size).toBe(TAPE_KEYS.length);
  });

  test.each(["core.server", "core.threads"] as const)(
    "core and %s leave the same memory to the byte",
    (build) => {
      const other = record(build, seed, CALLS);
      expect(other.answers).toEqual(release.answers);
      expect(firstDifference(release.driver, other.driver)).toBe(-1);
    },
  );

  test("debug differs only in its texts and in what it writes over freed chunks", () => {
    const debug = record("core.debug", seed, CALLS);
    expect(debug.answers).toEqual(release.answers);
    expect(firstOddDifference(release.driver, debug.driver)).toBe(-1);
    expect(debug.driver.check()).toBe(0);
  });
});

describe(`determinism, seed ${seed}`, () => {
  test("the same calls give the same memory", () => {
    const again = record("core", seed, CALLS);
    expect(again.answers).toEqual(release.answers);
    expect(firstDifference(release.driver, again.driver)).toBe(-1);
  });

  test("other calls give another memory", () => {
    const other = record("core", seed + 1, 100);
    expect(firstDifference(release.driver, other.driver)).not.toBe(-1);
  });

  test("a copy of the memory is a complete snapshot", () => {
    const restored = new CoreDriver(TAPE_SHAPE, "core");
    restored.core.bytes.set(release.driver.core.bytes);
    expect(restored.check()).toBe(0);
    const later = 10_000_000;
    const answers = play(restored, seed + 2, 1000, later);
    expect(answers).toEqual(play(release.driver, seed + 2, 1000, later));
    expect(firstDifference(release.driver, restored)).toBe(-1);
  });
});
