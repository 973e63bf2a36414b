/**
 * Whether resident memory stays flat: samples over time, and the straight line through them.
 *
 *     MiB │      ......x.....x....x......x   warm-up: left of the bar, not looked at
 *         │   x x│  the line through what is right of it: its rise is what may be a leak
 *         │ x    │
 *         └──────┴──────────────────── s
 */

export interface Sample {
  readonly seconds: number;
  readonly mib: number;
}

export interface Flatness {
  /** Of the line, in MiB an hour. */
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

/** Growth that says nothing: what a collector leaves lying, and a share of the whole. */
const GROWTH_FREE_MIB = 6;
const GROWTH_FREE_SHARE = 0.05;
/** A shorter part says nothing about a trend. */
const JUDGED_SECONDS = 30;

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

export function flatnessOf(samples: readonly Sample[], warmUpSeconds: number): Flatness {
  const judged = samples.filter(({ seconds }) => seconds >= warmUpSeconds);
  const length = (judged.at(-1)?.seconds ?? 0) - (judged[0]?.seconds ?? 0);
  const slope = judged.length > 1 ? slopeOf(judged) : 0;
  const meanMib = judged.reduce((sum, { mib }) => sum + mib, 0) / Math.max(1, judged.length);
  const limitMib = GROWTH_FREE_MIB + GROWTH_FREE_SHARE * meanMib;
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
