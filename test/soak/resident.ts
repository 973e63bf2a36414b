/**
 * Whether resident memory stays flat: samples over time, and the straight line under them.
 *
 *     MiB │      │  ╱│   ╱│ ╱│    ╱│      what waits for a collector goes up and down
 *         │   ╱│╱│ ╱ │ ╱╱ │╱ │  ╱╱ │╱
 *         │  ╱   │x──┴x────x─┴─x───┴x     the lowest of each slice, and the line through them:
 *         │ ╱    │                       its rise is what never comes back
 *         └──────┴──────────────────── s  left of the bar is warm-up, and not looked at
 */

export interface Sample {
  readonly seconds: number;
  readonly mib: number;
}

export interface Flatness {
  /** Of the line under the samples, in MiB an hour. */
  readonly mibPerHour: number;
  /** What the line rises by over the part that was looked at. */
  readonly growthMib: number;
  readonly meanMib: number;
  readonly highestMib: number;
  /** Growth up to this passes. */
  readonly limitMib: number;
  /** Null: the time was too short to say. */
  readonly isFlat: boolean | null;
}

/** Growth that says nothing: what lies about for a while, and a share of the whole. */
const GROWTH_FREE_MIB = 6;
const GROWTH_FREE_SHARE = 0.05;
/**
 * A part of less than two minutes is of a server that still grows into its memory: runs of a minute
 * grew by 23 to 29 MiB in their last 42 s. What is above twice as much is none of that: with the
 * two million commands of such a part, some 20 bytes kept of each.
 */
const GROWTH_YOUNG_MIB = 48;
const YOUNG_SECONDS = 120;
/** A shorter part says nothing at all. */
const JUDGED_SECONDS = 30;
const SLICES = 12;

/** Least squares: the slope of the line through the samples. */
export function slopeOf(samples: readonly Sample[]): number {
  const count = samples.length;
  const meanX = samples.reduce((sum, { seconds }) => sum + seconds, 0) / count;
  const meanY = samples.reduce((sum, { mib }) => sum + mib, 0) / count;
  let above = 0;
  let below = 0;
  for (const { seconds, mib } of samples) {
    above += (seconds - meanX) * (mib - meanY);
    below += (seconds - meanX) ** 2;
  }
  return below === 0 ? 0 : above / below;
}

/** The lowest sample of each slice of time. */
function floorOf(samples: readonly Sample[]): Sample[] {
  const length = Math.ceil(samples.length / SLICES);
  const slices = Array.from({ length: SLICES }, (_, i) => {
    return samples.slice(i * length, (i + 1) * length);
  });
  return slices
    .filter((slice) => slice.length > 0)
    .map((slice) => slice.reduce((low, one) => (one.mib < low.mib ? one : low)));
}

export function flatnessOf(samples: readonly Sample[], warmUpSeconds: number): Flatness {
  const judged = samples.filter(({ seconds }) => seconds >= warmUpSeconds);
  const length = (judged.at(-1)?.seconds ?? 0) - (judged[0]?.seconds ?? 0);
  const slope = judged.length > 1 ? slopeOf(floorOf(judged)) : 0;
  const meanMib = judged.reduce((sum, { mib }) => sum + mib, 0) / Math.max(1, judged.length);
  const freeMib = length < YOUNG_SECONDS ? GROWTH_YOUNG_MIB : GROWTH_FREE_MIB;
  const limitMib = freeMib + GROWTH_FREE_SHARE * meanMib;
  const growthMib = slope * length;
  return {
    mibPerHour: slope * 3600,
    growthMib,
    meanMib,
    highestMib: Math.max(0, ...samples.map(({ mib }) => mib)),
    limitMib,
    isFlat: length < JUDGED_SECONDS ? null : growthMib <= limitMib,
  };
}
