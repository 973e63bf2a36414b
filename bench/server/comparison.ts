/**
 * Runs that alternate between native memcached and ours, and what comes out of them.
 *
 * Place: between the tasks and the report. Both sides of a run follow on one another, so that
 * whatever else happens on the machine hits both; ratios are taken run by run, and the figure is
 * their median.
 */
import { median } from "./statistics.ts";
import type { Side } from "./server-process.ts";

export interface Run<T> {
  readonly native: T;
  readonly ours: T;
}

export interface Ratio {
  readonly median: number;
  readonly lowest: number;
  readonly highest: number;
}

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
  const ratios = runs.map((run) => figure(run.ours) / figure(run.native));
  return { median: median(ratios), lowest: Math.min(...ratios), highest: Math.max(...ratios) };
}
