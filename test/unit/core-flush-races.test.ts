/**
 * flush_all by one thread while another one has an item in its hands.
 *
 * Goal: what was stored before the flush is gone after it, and what is stored after it stays,
 * wherever the maintainer or a fetch was with an item just then. Method: both threads live here.
 * One of them comes to a queue's lock that is held, and the flush happens where it would sleep.
 */
import {
  CLASS_ID,
  NOW,
  THREADED_BUILDS,
  atLock,
  pair,
  segmentLock,
} from "../support/core-races.ts";
import { SEGMENT_COLD, SEGMENT_WARM } from "../../assembly/shared/limits.ts";
import { describe, expect, test } from "bun:test";
import type { CoreDriver } from "../support/core-driver.ts";

function juggle({ core }: CoreDriver): () => void {
  return () => expect(core.abi.juggle(CLASS_ID)).toBeGreaterThan(0);
}

/** How the clock may tick during the flush. */
const TICKS = [
  ["in one second", 0, 0],
  ["when the clock ticks before the item arrives", 0, 1],
  ["when the clock has ticked, but not for the one who flushes", 1, 0],
] as const;

describe.each(THREADED_BUILDS)("%s", (build) => {
  describe.each(TICKS)("%s", (_, before, after) => {
    /** All of the flush, with the clock as it is for its client. */
    const flush = (driver: CoreDriver): void => {
      driver.now = NOW + before;
      driver.flush(NOW - 1, true);
      driver.now = NOW + before + after;
    };

    test.each([
      ["stored in this second", 0],
      ["stored in this second, after another flush", 1],
    ])("an item %s, on its way from HOT to COLD, is flushed", (_title, flushes) => {
      const [mover, other] = pair(build);
      for (let i = 0; i < flushes; i++) mover.flush(NOW - 1, true);
      mover.set("a", "value");
      atLock(mover, segmentLock(SEGMENT_COLD), juggle(mover), () => flush(other));
      expect(other.read("a")).toBeNull();
      other.set("b", "value");
      other.flush(NOW - 1 + before + after, true);
      expect([other.read("b"), other.items, other.check()]).toEqual([null, 0, 0]);
    });

    test("an item on its way from COLD to WARM is flushed", () => {
      const [mover, other] = pair(build);
      mover.now = NOW - 5;
      mover.set("a", "value");
      juggle(mover)();
      mover.now = NOW;
      mover.read("a");
      mover.read("a");
      const bump = (): void => expect(mover.core.abi.bumpItems()).toBe(1);
      atLock(mover, segmentLock(SEGMENT_WARM), bump, () => flush(other));
      expect(other.read("a")).toBeNull();
      expect(other.check()).toBe(0);
    });

    test("an item that a fetch of the flat LRU moves to the head is flushed", () => {
      const [mover, other] = pair(build, { lruSegmented: false });
      mover.now = NOW - 100;
      mover.set("a", "value");
      mover.now = NOW;
      const read = (): void => expect(mover.read("a")).not.toBeNull();
      atLock(mover, segmentLock(SEGMENT_COLD), read, () => flush(other));
      expect(other.read("a")).toBeNull();
      expect(other.check()).toBe(0);
    });

    test("what is stored after it stays, though it moves on in the same second", () => {
      const [mover, other] = pair(build);
      flush(other);
      mover.set("a", "value");
      juggle(mover)();
      for (let i = 0; i < 2; i++) expect(mover.read("a")).not.toBeNull();
      expect(mover.core.abi.bumpItems()).toBe(1);
      juggle(mover)();
      other.now = NOW + 5;
      expect(other.read("a")).not.toBeNull();
      expect(other.check()).toBe(0);
    });
  });

  test("an item that does not stand at a head, since its second is over, is flushed", () => {
    const [mover, other] = pair(build);
    mover.set("old", "value");
    mover.flush(NOW - 1, true);
    mover.set("a", "value");
    mover.now = NOW + 1;
    mover.core.abi.setLruShares(40, 40, 1e9, 1e9);
    mover.set("b", "value");
    // For whom flushes, it is still the second before.
    other.flush(NOW - 1, true);
    expect(["a", "b"].map((key) => other.read(key))).toEqual([null, null]);
  });
});
