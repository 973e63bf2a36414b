/**
 * All micro-benchmarks, in the order in which they are run.
 */
import type { Benchmark } from "../support/benchmark.ts";
import { BASELINES } from "./baselines.ts";
import { HASHING } from "./hashing.ts";
import { ITEMS } from "./items.ts";
import { REQUESTS } from "./requests.ts";

export const BENCHMARKS: readonly Benchmark[] = [...HASHING, ...ITEMS, ...REQUESTS, ...BASELINES];
