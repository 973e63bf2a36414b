/**
 * Goal: what outlived a collection and died later does not lie about for ever. Method: strings that
 * live just until a collection of what is new has seen them, as lines of the log do by chance.
 */
import { describe, expect, test } from "bun:test";
import { edenGC, fullGC, heapSize } from "bun:jsc";
import { OldGarbage } from "../../src/server/process/old-garbage.ts";

const MEBIBYTE = 2 ** 20;
const LIMIT = 8 * MEBIBYTE;

/** Leaves about so many bytes of dead strings behind, none of them new any more. */
function litter(bytes: number): void {
  const strings = Array.from({ length: bytes / 100 }, (_, i) => `${i}`.padEnd(100, "x"));
  edenGC();
  expect(strings.length).toBeGreaterThan(0);
}

describe("old garbage", () => {
  test("is collected once there is much of it", () => {
    fullGC();
    const garbage = new OldGarbage(LIMIT);
    const before = heapSize();
    const collected: boolean[] = [];
    for (let i = 0; i < 20; i++) {
      litter(MEBIBYTE);
      collected.push(garbage.tick());
    }
    expect(collected.filter(Boolean).length).toBeWithin(1, 8);
    // Without it 20 MiB would be left.
    expect(heapSize() - before).toBeLessThan(LIMIT + 4 * MEBIBYTE);
  });

  test("is left alone while there is little", () => {
    fullGC();
    const garbage = new OldGarbage(LIMIT);
    for (let i = 0; i < 10; i++) {
      litter(MEBIBYTE / 4);
      expect(garbage.tick()).toBe(false);
    }
  });

  test("is no longer counted when the engine has collected it by itself", () => {
    fullGC();
    const garbage = new OldGarbage(LIMIT);
    for (let i = 0; i < 20; i++) {
      litter(MEBIBYTE);
      fullGC();
      expect(garbage.tick()).toBe(false);
    }
  });

  test("what lives is no garbage: it is looked at once", () => {
    fullGC();
    const garbage = new OldGarbage(LIMIT);
    const strings = Array.from({ length: 200_000 }, (_, i) => `${i}`.padEnd(100, "x"));
    edenGC();
    expect([garbage.tick(), garbage.tick(), garbage.tick()]).toEqual([true, false, false]);
    expect(strings.length).toBe(200_000);
  });
});
