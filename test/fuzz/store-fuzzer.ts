/**
 * The store fuzzer: the model of test/property, driven for long by one seeded generator.
 *
 * Each epoch takes a fresh core of a random shape, a random number of keys, a few lengths of
 * values, and random weights of the kinds of operations, many of them 0 (swarm testing: what is
 * left out makes room for long runs of the rest). With tiny memories the full check follows each
 * operation; with more items it is made more rarely, so that it takes about half of the time.
 */
import { PLENTIFUL_SHAPES, TINY_SHAPES } from "../property/store-shapes.ts";
import { StoreWorld } from "../property/store-world.ts";
import type { Operation } from "../property/store-operation.ts";
import type { Random } from "../support/random.ts";
import { OperationSource } from "./operation-source.ts";

/** Short ones try many shapes; long ones reach states that take long. */
const EPOCH_LENGTHS = [100, 500, 2000, 10_000];
const TAIL_LENGTH = 12;

/** Operations between two checks: grows with what a check costs against an operation. */
class CheckInterval {
  #operationMs = 0;
  #operations = 0;
  #left = 1;

  /** Runs one operation, with the check if it is due. */
  run(world: StoreWorld, operation: Operation): void {
    const isDue = world.isTiny || --this.#left <= 0;
    const start = performance.now();
    world.run(operation, isDue);
    const elapsed = performance.now() - start;
    if (!isDue) {
      this.#operationMs += elapsed;
      this.#operations++;
      return;
    }
    const each = this.#operations === 0 ? elapsed : this.#operationMs / this.#operations;
    this.#left = Math.min(1000, Math.max(1, Math.round(elapsed / Math.max(each, 1e-4))));
  }
}

function shown(operation: Operation): string {
  return JSON.stringify(operation, (_, value: unknown) =>
    typeof value === "bigint" ? `${value}n` : value,
  );
}

/** One epoch; throws with the last operations when core and model differ. */
function epoch(random: Random, operationCount: number): void {
  const shapes = Object.entries(random.oneIn(2) ? PLENTIFUL_SHAPES : TINY_SHAPES);
  const [name, shape] = random.pick(shapes);
  const source = new OperationSource(random, shape.isTiny === true);
  const world = new StoreWorld(shape);
  const interval = new CheckInterval();
  const tail: Operation[] = [];
  let done = 0;
  try {
    for (; done < operationCount; done++) {
      const operation = source.next();
      tail.push(operation);
      if (tail.length > TAIL_LENGTH) tail.shift();
      interval.run(world, operation);
    }
    world.settle(source.keyCount);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const operations = tail.map(shown).join("\n  ");
    throw new Error(`shape "${name}", operation ${done}: ${message}\n  ${operations}`, {
      cause: error,
    });
  }
}

export function fuzzStore(random: Random, events: number): void {
  let left = events;
  while (left > 0) {
    const length = Math.min(left, random.pick(EPOCH_LENGTHS));
    epoch(random, length);
    left -= length;
  }
}
