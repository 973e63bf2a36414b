/**
 * Lengths of the torture test's values: the borders of what the server does differently, and all
 * between. Values above 32 KiB are sent from their items, above the chunk size they are in chunks.
 */
import type { Random } from "../support/random.ts";

const SMALL_MAX = 600;
const MIDDLE_MAX = 5000;
const PINNED_MIN = 32_768;
const LARGE_MAX = 900 * 1024;

export function smallLength(random: Random): number {
  return random.oneIn(10) ? random.below(3) : random.below(SMALL_MAX);
}

export function mixedLength(random: Random): number {
  if (random.oneIn(40)) return PINNED_MIN - 2 + random.below(30_000);
  return random.oneIn(5) ? random.below(MIDDLE_MAX) : smallLength(random);
}

/** Often one of few classes, so that they get scarce. */
export function largeLength(random: Random): number {
  if (random.oneIn(3)) return random.pick([40_000, 100_000, 400_000]);
  return random.oneIn(2) ? PINNED_MIN + random.below(60_000) : random.below(LARGE_MAX);
}

/** Just long enough to be sent from the item. */
export function pinnedLength(random: Random): number {
  return PINNED_MIN + 1 + random.below(2000);
}
