/**
 * The segments fuzzer: commands and steps of the background on stores with segments, beside the
 * model of test/property/segments-world.ts. Epochs as those of the store fuzzer; how often the
 * background has its turn differs from epoch to epoch as well.
 */
import {
  type AnyOperation,
  CHOICE_MAX,
  type MaintainOperation,
  STEPS,
  STEP_WEIGHTS,
} from "../property/maintain-operation.ts";
import { SEGMENTED_PLENTIFUL, SEGMENTED_TINY } from "../property/segments-shapes.ts";
import { OperationSource } from "./operation-source.ts";
import type { Random } from "../support/random.ts";
import { SegmentsWorld } from "../property/segments-world.ts";
import { runEpoch, runEpochs } from "./epoch.ts";

/** One operation in so many is a step of the background. */
const SHARES = [2, 3, 10, 50];

function weightsOf(random: Random): (readonly [MaintainOperation["step"], number])[] {
  const weights = STEPS.map((step) => {
    const weight = random.oneIn(4) ? 0 : STEP_WEIGHTS[step] * (1 + random.below(4));
    return [step, weight] as const;
  });
  return weights.some(([, weight]) => weight > 0) ? weights : [["juggle", 1]];
}

function epoch(random: Random, operationCount: number): void {
  const shapes = Object.entries(random.oneIn(3) ? SEGMENTED_PLENTIFUL : SEGMENTED_TINY);
  const [name, shape] = random.pick(shapes);
  const source = new OperationSource(random, shape.isTiny === true);
  const world = new SegmentsWorld(shape);
  const share = random.pick(SHARES);
  const weights = weightsOf(random);
  const choice = (): number => random.below(CHOICE_MAX + 1);
  runEpoch<AnyOperation>(name, operationCount, {
    isTiny: world.isTiny,
    next: () => {
      if (!random.oneIn(share)) return source.next();
      return { kind: "maintain", step: random.weighted(weights), a: choice(), b: choice() };
    },
    run: (operation, isChecked) => world.runAny(operation, isChecked),
    settle: () => world.settle(source.keyCount),
  });
}

export function fuzzSegments(random: Random, events: number): void {
  runEpochs(random, events, epoch);
}
