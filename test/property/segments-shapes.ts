/**
 * Shapes of stores with segments: those of store-shapes.ts in which pages and segments matter.
 */
import { PLENTIFUL_SHAPES, TINY_SHAPES } from "./store-shapes.ts";
import type { WorldShape } from "./store-world.ts";

type Shapes = Readonly<Record<string, WorldShape>>;

function some(shapes: Shapes, names: readonly string[]): Shapes {
  return Object.fromEntries(names.map((name) => [name, shapes[name] as WorldShape]));
}

export const SEGMENTED_PLENTIFUL: Shapes = some(PLENTIFUL_SHAPES, [
  "defaults",
  "classic sizes",
  "no CAS",
  "hostile hash",
  "tracked sizes",
  "growth by two",
  "small chunks",
  "small chunks, classic sizes",
]);

/** The tail repair hides what the model still has: it is left out. */
export const SEGMENTED_TINY: Shapes = {
  ...some(
    TINY_SHAPES,
    Object.keys(TINY_SHAPES).filter((name) => name !== "tail repair"),
  ),
  "one class": { isTiny: true, memoryMiB: 2, slabSizes: [100_000] },
  "chunked, no CAS": { isTiny: true, memoryMiB: 3, casEnabled: false, slabChunkMax: 32768 },
};
