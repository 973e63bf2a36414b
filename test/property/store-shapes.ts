/**
 * Shapes of stores for the model tests and fuzzers: every option of the core that steers where
 * items go, once with room for everything and once with hardly any.
 */
import type { WorldShape } from "./store-world.ts";

/** Room enough that nothing is ever evicted. */
const PLENTY = 256;

const CLASSIC = { classicSizes: true, slabChunkMax: 512 * 1024, chunkSizeMin: 48 };

export const PLENTIFUL_SHAPES: Readonly<Record<string, WorldShape>> = {
  defaults: { memoryMiB: PLENTY },
  "classic sizes": { memoryMiB: PLENTY, ...CLASSIC },
  "classic sizes without CAS": { memoryMiB: PLENTY, ...CLASSIC, casEnabled: false },
  "no CAS": { memoryMiB: PLENTY, casEnabled: false },
  "no evictions": { memoryMiB: PLENTY, evictions: false },
  "hostile hash": { memoryMiB: PLENTY, hostileHash: true },
  jenkins: { memoryMiB: PLENTY, hashAlgorithm: "jenkins" },
  xxh3: { memoryMiB: PLENTY, hashAlgorithm: "xxh3" },
  "no hash expansion": { memoryMiB: PLENTY, hashExpand: false },
  "tracked sizes": { memoryMiB: PLENTY, trackSizes: true },
  "growth by two": { memoryMiB: PLENTY, growthFactor: 2, chunkSizeMin: 1 },
  "small growth": { memoryMiB: PLENTY, growthFactor: 1.08, chunkSizeMin: 500 },
  "given sizes": { memoryMiB: PLENTY, slabSizes: [100, 200, 304, 1000, 40000] },
  "small chunks": { memoryMiB: PLENTY, slabChunkMax: 16384 },
  "smallest chunks": { memoryMiB: PLENTY, slabChunkMax: 1024, growthFactor: 1.5 },
  "small chunks, classic sizes": { memoryMiB: PLENTY, ...CLASSIC, slabChunkMax: 1024 },
  "large items": { memoryMiB: PLENTY, itemSizeMax: 4 * 1024 * 1024, slabChunkMax: 512 * 1024 },
  "small items only": { memoryMiB: PLENTY, itemSizeMax: 2048 },
};

export const TINY_SHAPES: Readonly<Record<string, WorldShape>> = {
  "one MiB": { isTiny: true, memoryMiB: 1, slabSizes: [400, 40000, 200000] },
  "two MiB": { isTiny: true, memoryMiB: 2, growthFactor: 2, trackSizes: true },
  "three MiB": { isTiny: true, memoryMiB: 3, slabSizes: [30000, 120000, 300000] },
  "classic sizes": { isTiny: true, memoryMiB: 2, ...CLASSIC, growthFactor: 2 },
  "no evictions": { isTiny: true, memoryMiB: 1, evictions: false, slabSizes: [30000, 200000] },
  chunked: { isTiny: true, memoryMiB: 2, slabChunkMax: 32768, growthFactor: 3 },
  "chunked, no evictions": {
    isTiny: true,
    memoryMiB: 2,
    evictions: false,
    slabChunkMax: 65536,
    slabSizes: [200, 30000],
  },
  "chunked, classic sizes": { isTiny: true, memoryMiB: 2, ...CLASSIC, slabChunkMax: 16384 },
  "no CAS": { isTiny: true, memoryMiB: 1, casEnabled: false, slabSizes: [50000, 400000] },
  "hostile hash": { isTiny: true, memoryMiB: 1, hostileHash: true, growthFactor: 4 },
  "taken whole": { isTiny: true, memoryMiB: 3, preallocate: true, slabSizes: [30000, 120000] },
  "tail repair": { isTiny: true, memoryMiB: 1, tailRepairSeconds: 10, slabSizes: [100000, 300000] },
};
