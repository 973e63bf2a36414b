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
import { runEpoch, runEpochs } from "./epoch.ts";

/** One epoch; throws with the last operations when core and model differ. */
function epoch(random: Random, operationCount: number): void {
  const shapes = Object.entries(random.oneIn(2) ? PLENTIFUL_SHAPES : TINY_SHAPES);
  const [name, shape] = random.pick(shapes);
  const source = new OperationSource(random, shape.isTiny === true);
  const world = new StoreWorld(shape);
  runEpoch<Operation>(name, operationCount, {
    isTiny: world.isTiny,
    next: () => source.next(),
    run: (operation, isChecked) => world.run(operation, isChecked),
    settle: () => world.settle(source.keyCount),
  });
}

export function fuzzStore(random: Random, events: number): void {
  runEpochs(random, events, epoch);
}
