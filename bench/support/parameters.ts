/**
 * The sizes of the micro-benchmarks, each with two values.
 *
 * `smoke` is for every run of the tests: it shows that a benchmark still works and still gives the
 * same results, and says nothing about speed. `full` is for measuring. Nothing else may differ
 * between the two, so that what was checked is what is measured.
 */

export type Mode = "smoke" | "full";

interface Parameter {
  readonly smoke: number;
  readonly full: number;
}

const PARAMETERS = {
  /** Keys in the store: in full more than the processor's caches hold. */
  keyCount: { smoke: 500, full: 60_000 },
  valueLength: { smoke: 32, full: 32 },
  /** Values of the store that evicts. Its keys have to be more than fit. */
  evictedValueLength: { smoke: 8000, full: 32 },
  /** Memory of that store; the smallest whose classes have a slab page each to give away. */
  evictingMebibytes: { smoke: 1, full: 2 },
  memoryMebibytes: { smoke: 4, full: 64 },
  /** Calls whose results are hashed before anything is timed. */
  checkedCalls: { smoke: 1000, full: 100_000 },
  /** Time each benchmark gets. */
  minCpuMs: { smoke: 1, full: 1000 },
  /** Calls of one sample. */
  samplesPerBatch: { smoke: 64, full: 4096 },
} as const satisfies Record<string, Parameter>;

export type Values = Readonly<Record<keyof typeof PARAMETERS, number>>;

export function valuesOf(mode: Mode): Values {
  const entries = Object.entries(PARAMETERS).map(([name, values]) => [name, values[mode]]);
  return Object.fromEntries(entries) as Values;
}

/** Of everything random here: two runs do the same. */
export const SEED = 20_250_614;
