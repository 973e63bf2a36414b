/**
 * The store against its model, in every shape.
 *
 * Goal: no sequence of commands makes the core answer something else than a plain Map would, lose
 * count, or break a structure. Method: tapes of operations by fast-check, run on the debug build
 * (all its asserts on) and on the model; the core's full check and all sums after each operation. A
 * failure prints the seed and the shortest tape that fails.
 */
import { describe, expect, test } from "bun:test";
import * as fc from "fast-check";
import { PLENTIFUL_SHAPES, TINY_SHAPES } from "./store-shapes.ts";
import { StoreWorld, type WorldShape } from "./store-world.ts";
import { type TapeShape, tapes } from "./store-arbitraries.ts";

const TIMEOUT_MS = 60_000;

function holds(shape: WorldShape, tapeShape: TapeShape, numRuns: number): void {
  const property = fc.property(tapes(tapeShape), (tape) => {
    const world = new StoreWorld(shape);
    for (const operation of tape) {
      // The limit may only move where evictions are expected.
      if (operation.kind === "limit" && shape.isTiny !== true) continue;
      world.run(operation);
    }
    world.settle(tapeShape.keyCount);
  });
  fc.assert(property, { numRuns });
}

describe("with room for everything", () => {
  const small = { keyCount: 8, lengths: [0, 1, 20, 90, 400, 3000], operationCountMax: 150 };
  test.each(Object.keys(PLENTIFUL_SHAPES))(
    "%s",
    (name) => holds(PLENTIFUL_SHAPES[name], small, 40),
    TIMEOUT_MS,
  );

  const large = {
    keyCount: 6,
    lengths: [10, 16300, 32764, 300_000, 524_200, 700_000, 1_048_400, 1_048_510, 2_000_000],
    operationCountMax: 40,
  };
  test.each(["defaults", "classic sizes", "small chunks", "large items"])(
    "%s, large values",
    (name) => holds(PLENTIFUL_SHAPES[name], large, 20),
    TIMEOUT_MS,
  );
});

describe("with hardly any memory", () => {
  const lengths = [1, 300, 25_000, 100_000, 190_000, 290_000, 400_000];
  const full = { keyCount: 24, lengths, operationCountMax: 120 };
  test.each(Object.keys(TINY_SHAPES))(
    "%s",
    (name) => holds(TINY_SHAPES[name], full, 40),
    TIMEOUT_MS,
  );
});

test("the model tests would notice a core that forgets an item", () => {
  const world = new StoreWorld(PLENTIFUL_SHAPES.defaults);
  const content = { length: 10 };
  const guess = "real";
  world.run({ kind: "store", mode: 0, key: 1, content, clientFlags: 0, expiry: 0, guess });
  world.driver.remove("1:\u00e9");
  expect(() => world.run({ kind: "fetch", key: 1, options: 0, expiry: 0 })).toThrow();
});
