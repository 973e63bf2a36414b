/**
 * flush_all under the segmented LRU: what was stored before it is gone, what is stored after it
 * stays.
 *
 * A flush finds the items of the running second at the heads of the queues, and moves must keep
 * them there (lru/queue.ts). Goal: no order of moves, fetches and flushes within a second breaks
 * that. Method: random operations on few keys, the clock moves rarely, and a set of keys that must
 * be there is the whole model.
 */
import { CoreDriver } from "../support/core-driver.ts";
import { expect, test } from "bun:test";
import { StoreMode } from "../../assembly/shared/status.ts";
import * as fc from "fast-check";

const CLASS_ID = 1;
const TIMEOUT_MS = 60_000;
const KEYS = ["a", "b", "c", "d", "e", "f"];

class World {
  readonly driver = new CoreDriver({ slabSizes: [1000], lruSegmented: true });
  readonly stored = new Set<string>();
  #now = 1000;

  constructor() {
    this.tick(0);
  }

  tick(seconds: number): void {
    this.#now += seconds;
    this.driver.now = this.#now;
  }

  set(key: string): void {
    this.driver.set(key, "1");
    this.stored.add(key);
  }

  /** A refused add is an access in place. */
  add(key: string): void {
    this.driver.store(StoreMode.ADD, { key, value: new Uint8Array(1) });
    this.stored.add(key);
  }

  remove(key: string): void {
    expect(this.driver.remove(key)).toBe(this.stored.delete(key));
  }

  read(key: string): void {
    expect([key, this.driver.read(key) !== null]).toEqual([key, this.stored.has(key)]);
  }

  flush(): void {
    this.driver.flush(this.#now - 1, true);
    this.stored.clear();
  }

  /** As much as the maintainer may do with these shares. */
  juggle(percent: number, factor: number): void {
    this.driver.core.abi.setLruShares(percent, percent, factor, factor);
    this.driver.core.abi.juggle(CLASS_ID);
  }

  mode(isSegmented: boolean): void {
    this.driver.core.abi.setLruMode(isSegmented ? 1 : 0, -1);
  }

  bump(): void {
    this.driver.core.abi.bumpItems();
  }
}

type Operation = readonly [text: string, run: (world: World) => void];

const onKey = (name: string, run: (world: World, key: string) => void): fc.Arbitrary<Operation> => {
  return fc.constantFrom(...KEYS).map((key) => [`${name} ${key}`, (world) => run(world, key)]);
};
const plain = (name: string, run: (world: World) => void): fc.Arbitrary<Operation> => {
  return fc.constant([name, run]);
};

const operation: fc.Arbitrary<Operation> = fc.oneof(
  { weight: 6, arbitrary: onKey("set", (world, key) => world.set(key)) },
  { weight: 8, arbitrary: onKey("read", (world, key) => world.read(key)) },
  { weight: 1, arbitrary: onKey("add", (world, key) => world.add(key)) },
  { weight: 1, arbitrary: onKey("remove", (world, key) => world.remove(key)) },
  { weight: 3, arbitrary: plain("juggle, no share", (world) => world.juggle(0, 1)) },
  { weight: 2, arbitrary: plain("juggle, shares", (world) => world.juggle(40, 1e9)) },
  { weight: 4, arbitrary: plain("bump", (world) => world.bump()) },
  { weight: 2, arbitrary: plain("flush", (world) => world.flush()) },
  { weight: 1, arbitrary: plain("tick", (world) => world.tick(1)) },
  { weight: 1, arbitrary: plain("flat", (world) => world.mode(false)) },
  { weight: 1, arbitrary: plain("segmented", (world) => world.mode(true)) },
);

test(
  "after any of these, the keys that are there are those stored since the last flush",
  () => {
    const property = fc.property(fc.array(operation, { maxLength: 60 }), (operations) => {
      const world = new World();
      for (const [, run] of operations) {
        run(world);
        expect(world.driver.check()).toBe(0);
      }
      for (const key of KEYS) world.read(key);
    });
    fc.assert(property, { numRuns: 1000 });
  },
  TIMEOUT_MS,
);
