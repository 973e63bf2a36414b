/**
 * flush_all by one thread while another one puts an item in the place of an old one, whose value it
 * may hold: append, prepend, incr, md with x.
 *
 * Goal: a command that met an item which the flush hides came before the flush, so what it has
 * stored is gone too; nothing carries old data over as new. Method: both threads live here. The
 * flush happens where the command waits for a queue's lock, or the command where the flush does.
 */
import { Argument, Status, StoreMode, With } from "../../assembly/shared/status.ts";
import { NOW, THREADED_BUILDS, atLock, pair, segmentLock } from "../support/core-races.ts";
import { SEGMENT_COLD, SEGMENT_HOT, SEGMENT_TEMP } from "../../assembly/shared/limits.ts";
import { describe, expect, test } from "bun:test";
import type { CoreDriver } from "../support/core-driver.ts";

/** Class 1 for small items, class 2 for those that have grown. */
const TWO_CLASSES = { slabSizes: [100, 1000] };
const LONG = 500;

type Change = (driver: CoreDriver) => void;

function extend(mode: StoreMode, length: number): Change {
  return (driver) => {
    const status = driver.store(mode, { key: "a", value: new Uint8Array(length) });
    expect(status).toBe(Status.OK);
  };
}

const appendLong = extend(StoreMode.APPEND, LONG);

const dropValue: Change = ({ core }) => {
  core.inbox[0] = 0x61;
  core.argument[Argument.CLIENT_FLAGS] = 0;
  expect(core.abi.removeItem(core.inboxPtr, 1, With.DROP_VALUE)).toBe(Status.OK);
};

/** What is within one class, and so goes from HOT to HOT. */
const CHANGES: readonly (readonly [string, Change])[] = [
  ["append", extend(StoreMode.APPEND, 1)],
  ["prepend", extend(StoreMode.PREPEND, 1)],
  ["incr of a number that grows", (driver) => expect(driver.change("a", true, 1n)).toBe("10")],
  ["md x", dropValue],
];

const flush = (driver: CoreDriver): void => driver.flush(NOW - 1, true);

function expectGone(driver: CoreDriver): void {
  expect(driver.check()).toBe(0);
  expect(driver.read("a")).toBeNull();
  expect([driver.items, driver.check()]).toEqual([0, 0]);
}

describe.each(THREADED_BUILDS)("%s", (build) => {
  test.each(CHANGES)("%s of an older item that is flushed meanwhile", (_, change) => {
    const [changer, other] = pair(build, TWO_CLASSES);
    changer.now = NOW - 5;
    changer.set("a", "9");
    changer.now = NOW;
    // What the flush has to find behind that item.
    changer.set("b", "new");
    atLock(
      changer,
      segmentLock(SEGMENT_HOT),
      () => change(changer),
      () => {
        other.now = NOW + 1;
        other.flush(NOW, true);
      },
    );
    expect(other.read("b")).toBeNull();
    expectGone(other);
  });

  test.each([
    ["older", NOW - 5],
    ["of this very second", NOW],
  ])("append to an item %s, on its way to a larger class", (_, storedAt) => {
    const [changer, other] = pair(build, TWO_CLASSES);
    changer.now = storedAt;
    changer.set("a", "old");
    changer.now = NOW;
    const lock = segmentLock(SEGMENT_HOT, 2);
    atLock(
      changer,
      lock,
      () => appendLong(changer),
      () => flush(other),
    );
    expectGone(other);
  });

  test("append while the flush is past the new item's place, and not yet at the old one", () => {
    const [changer, other] = pair(build, TWO_CLASSES);
    changer.core.abi.setLruMode(1, 60);
    changer.set("a", "old", NOW + 50);
    changer.touch("a", NOW + 5000);
    atLock(
      other,
      segmentLock(SEGMENT_TEMP),
      () => flush(other),
      () => appendLong(changer),
    );
    expectGone(other);
  });

  test("md x while the flush is past the smaller class", () => {
    const [changer, other] = pair(build, TWO_CLASSES);
    changer.set("a", LONG);
    atLock(
      other,
      segmentLock(SEGMENT_HOT, 2),
      () => flush(other),
      () => dropValue(changer),
    );
    expectGone(other);
  });

  test("what is stored after the flush stays, and so does what is made of it", () => {
    const [changer, other] = pair(build, TWO_CLASSES);
    changer.set("a", "old");
    flush(other);
    changer.set("a", "9");
    expect(changer.change("a", true, 1n)).toBe("10");
    appendLong(changer);
    changer.now = NOW + 5;
    extend(StoreMode.PREPEND, 1)(changer);
    expect(other.read("a")).toHaveLength(LONG + 3);
    expect(other.check()).toBe(0);
  });

  test("items of the flat LRU are no different", () => {
    const [changer, other] = pair(build, { ...TWO_CLASSES, lruSegmented: false });
    changer.set("a", "old");
    const lock = segmentLock(SEGMENT_COLD, 2);
    atLock(
      changer,
      lock,
      () => appendLong(changer),
      () => flush(other),
    );
    expectGone(other);
  });
});
