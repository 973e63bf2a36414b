/**
 * A store with segments against its model, in every shape, with the maintainer, the crawler and the
 * page mover at work.
 *
 * Goal: whatever moves items in the background, no command answers something else than a plain Map
 * would, no live item is lost but by an eviction that had to be, and no structure breaks. Method:
 * tapes of commands and background steps by fast-check; the debug build, its full check and all
 * sums after each of them. A failure prints the seed and the shortest tape that fails.
 */
import { describe, expect, test } from "bun:test";
import * as fc from "fast-check";
import { type AnyOperation, maintainOperations } from "./maintain-operation.ts";
import { SEGMENTED_PLENTIFUL, SEGMENTED_TINY } from "./segments-shapes.ts";
import { keyText } from "./store-operation.ts";
import { type TapeShape, operations } from "./store-arbitraries.ts";
import { SegmentsWorld } from "./segments-world.ts";
import type { WorldShape } from "./store-world.ts";

const TIMEOUT_MS = 60_000;

function anyTapes(shape: TapeShape): fc.Arbitrary<AnyOperation[]> {
  const operation = fc.oneof<fc.MaybeWeightedArbitrary<AnyOperation>[]>(
    { weight: 3, arbitrary: operations(shape) },
    { weight: 2, arbitrary: maintainOperations },
  );
  return fc.array(operation, { maxLength: shape.operationCountMax, size: "max" });
}

function holds(shape: WorldShape, tapeShape: TapeShape, numRuns: number): void {
  const property = fc.property(anyTapes(tapeShape), (tape) => {
    const world = new SegmentsWorld(shape);
    for (const operation of tape) {
      // The limit may only move where evictions are expected.
      if (operation.kind === "limit" && shape.isTiny !== true) continue;
      world.runAny(operation);
    }
    world.settle(tapeShape.keyCount);
  });
  fc.assert(property, { numRuns });
}

describe("with room for everything", () => {
  const lengths = [0, 1, 20, 90, 400, 3000, 30_000];
  const small = { keyCount: 12, lengths, operationCountMax: 150 };
  test.each(Object.keys(SEGMENTED_PLENTIFUL))(
    "%s",
    (name) => holds(SEGMENTED_PLENTIFUL[name] as WorldShape, small, 40),
    TIMEOUT_MS,
  );
});

describe("with hardly any memory", () => {
  const lengths = [1, 300, 25_000, 100_000, 190_000, 290_000, 400_000];
  const full = { keyCount: 24, lengths, operationCountMax: 150 };
  test.each(Object.keys(SEGMENTED_TINY))(
    "%s",
    (name) => holds(SEGMENTED_TINY[name] as WorldShape, full, 40),
    TIMEOUT_MS,
  );
});

/** One item, which the core and the model know. */
function stored(): SegmentsWorld {
  const world = new SegmentsWorld(SEGMENTED_PLENTIFUL["defaults"] as WorldShape);
  const content = { length: 10 };
  const guess = "real";
  world.run({ kind: "store", mode: 0, key: 1, content, clientFlags: 0, expiry: 0, guess });
  return world;
}

describe("the model tests would notice", () => {
  test("a live item that is lost", () => {
    const world = stored();
    expect(world.driver.remove(keyText(1))).toBe(true);
    expect(() => world.run({ kind: "sweep" })).toThrow("not listed");
  });

  test("a value that another one has overwritten", () => {
    const world = stored();
    const itemPtr = world.driver.hold(keyText(1));
    world.driver.release(itemPtr);
    const headerSize = 38;
    world.driver.core.bytes[itemPtr + headerSize + keyText(1).length + 5] ^= 1;
    expect(() => world.run({ kind: "sweep" })).toThrow("value of");
  });
});
