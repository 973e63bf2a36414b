/**
 * Runs that alternate between native memcached and ours, and what comes out of them.
 *
 * Place: between the tasks and the report. Both sides of a run follow on one another, so that
 * whatever else happens on the machine hits both; ratios are taken run by run, and the figure is
 * their median.
 */
import { median, percentile } from "./statistics.ts";
import type { Side } from "./server-process.ts";

export interface Run<T> {
  readonly native: T;
  readonly ours: T;
}

export interface Ratio {
  readonly median: number;
  /** Of many runs, where the lowest and the highest tenth end. */
  readonly low: number;
  readonly high: number;
}

/** So much at both ends is left out of a spread: with few runs that is none. */
const OUTSIDE = 0.1;

export const SIDES: readonly Side[] = ["native", "ours"];

/** Each pair of runs is handed over as it is done: what was measured outlives a failure. */
export async function alternate<T>(
  runs: number,
  measure: (side: Side, run: number) => T | Promise<T>,
  done: (run: Run<T>) => void,
): Promise<void> {
  for (let run = 0; run < runs; run++) {
    const native = await measure("native", run);
    const ours = await measure("ours", run);
    done({ native, ours });
  }
}

/** The median of a figure on one side. */
export function medianOf<T>(
  runs: readonly Run<T>[],
  side: Side,
  figure: (result: T) => number,
): number {
  return median(runs.map((run) => figure(run[side])));
}

/** Ours over native. */
export function ratioOf<T>(runs: readonly Run<T>[], figure: (result: T) => number): Ratio {
  const ratios = Float64Array.from(runs, (run) => figure(run.ours) / figure(run.native)).sort();
  return {
    median: median([...ratios]),
    low: percentile(ratios, OUTSIDE),
    high: percentile(ratios, 1 - OUTSIDE),
  };
}
