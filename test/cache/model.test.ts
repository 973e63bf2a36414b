/**
 * The embedded cache against a plain Map, through its public API, with random calls.
 *
 * Goal: what a Map and the rules of memcached's commands say is what the cache says, in any order
 * of calls, of unshared caches, of two views of a shared one and of a server's, while time goes on
 * and with snapshots in between; in a full cache exactly that is gone which the cache has told.
 * Method: fast-check's commands on a clock of the test's own (model-world.ts, model-steps.ts);
 * after each the core checks its memory. The seed is printed by fast-check when it fails.
 */
import { describe, expect, test } from "bun:test";
import * as fc from "fast-check";
import { KINDS, type Kind, type Value, World } from "./model-world.ts";
import { type Step, fillingOf, stepsOf } from "./model-steps.ts";

const LIMIT_MS = 60_000;

/** MiB in which nothing has to be evicted, and what holds some twenty values of a length. */
const AMPLE = 16;
const FULL: Readonly<Record<Kind, { mebibytes: number; length: number }>> = {
  unshared: { mebibytes: 1, length: 40_000 },
  shared: { mebibytes: 1, length: 40_000 },
  "a server's": { mebibytes: 2, length: 160_000 },
};

const few = fc.constantFrom("a", "b", "ä", "k".repeat(250));
const short = fc.oneof(
  fc.string({ unit: "grapheme", maxLength: 60 }),
  fc.uint8Array({ maxLength: 60 }),
  fc.nat().map(String),
);
const any: fc.Arbitrary<Value> = fc.oneof(
  short,
  fc.integer({ min: 30_000, max: 40_000 }).map((length) => "v".repeat(length)),
  fc.constantFrom(200_000, 300_000).map((length) => new Uint8Array(length).fill(length)),
);

/** More than fit into a full one. */
const KEYS = 60;
const many = fc.nat(KEYS - 1).map((n) => `key${n}`);
/** Values of one slab class. */
function filling(length: number): fc.Arbitrary<Value> {
  const long = fc.integer({ min: length * 0.95, max: length });
  return fc.oneof(
    { weight: 1, arbitrary: short },
    { weight: 9, arbitrary: long.map((n) => new Uint8Array(n).fill(n)) },
  );
}

/** Runs any of the steps, `begin` first; how many items were evicted, in the run with fewest. */
async function play(
  numRuns: number,
  steps: fc.Arbitrary<Step>[],
  begin: () => World,
): Promise<number> {
  let evicted = Infinity;
  await fc.assert(
    fc.asyncProperty(fc.commands(steps, { maxCommands: 80, size: "max" }), async (commands) => {
      const world = begin();
      await fc.asyncModelRun(() => ({ model: world, real: world }), commands);
      world.compare();
      evicted = Math.min(evicted, world.evicted);
    }),
    { numRuns },
  );
  return evicted;
}

describe.each([...KINDS])("%s", (kind) => {
  test(
    "any calls say what a Map says",
    async () => {
      await play(40, stepsOf(few, any), () => new World(kind, AMPLE));
    },
    LIMIT_MS,
  );

  test(
    "a full cache lacks what it has told, and nothing else",
    async () => {
      const { mebibytes, length } = FULL[kind];
      const evicted = await play(15, fillingOf(many, filling(length)), () => {
        const world = new World(kind, mebibytes);
        world.fill(KEYS, length);
        return world;
      });
      expect(evicted).toBeGreaterThan(KEYS / 2);
    },
    LIMIT_MS,
  );
});
