/**
 * The clock of an embedded cache: ticks since it was made, read anew for each call.
 *
 * The core counts time in whole numbers of 32 bits and calls them seconds; here one is a hundredth
 * of it, which makes a ttl exact to 10 ms. They last for 497 days. After that the clock stands
 * still: what has a ttl then no longer ends, and all the rest goes on.
 */
import { CacheError } from "./cache-error.ts";

/** 0 means never and 1 has passed, so time begins above, where memcached's does. */
const FIRST_TICK = 62;
const TICK_MAX = 2 ** 32 - 1;
const NEVER = 0;
const PASSED = 1;

/** Milliseconds of a tick of an embedded cache. */
export const TICK_MS = 10;

/** A ttl: milliseconds from now, or the moment when it ends. */
export type Ttl = number | Date;

const ORIGIN_MS = performance.timeOrigin;

/** Milliseconds of a clock that never goes back, the same one in all threads. */
export function steadyMs(): number {
  return ORIGIN_MS + performance.now();
}

/** What `steadyMs` says in workerd until the first event, since its clocks stand before. */
export const STANDING_MS = 0;

/** Time that counts from `startMs`, or from the moment when the host's clock begins to go. */
export interface Stopwatch {
  readonly startMs: () => number;
  readonly elapsedMs: () => number;
}

export function stopwatch(startMs: number, now: () => number = steadyMs): Stopwatch {
  let start = startMs;
  const elapsedMs = (): number => {
    const ms = now();
    if (start === STANDING_MS) start = ms;
    return ms - start;
  };
  return { elapsedMs, startMs: () => (elapsedMs(), start) };
}

export interface CacheClock {
  /** Tells the core the time; for calls to come. */
  tick(): void;
  /** The core's tick at which a ttl of now is over; 0 = never. */
  endOf(ttl: Ttl | undefined): number;
  /** Milliseconds left until the core's tick `expiresAt`; Infinity = never. */
  leftMs(expiresAt: number): number;
}

function ttlMs(ttl: Ttl): number {
  const ms = typeof ttl === "number" ? ttl : ttl.getTime() - Date.now();
  if (Number.isNaN(ms)) throw new CacheError("RANGE", "a ttl is milliseconds, or a valid Date");
  return ms;
}

/** Looks at the time once in so many calls where nothing ends: for the order of the LRU alone. */
const CALLS_PER_LOOK = 64;

export interface ClockParts {
  /** The core's, or null where somebody else tells it the time. */
  readonly setNow: ((tick: number) => void) | null;
  /** Milliseconds of one of its ticks. */
  readonly tickMs: number;
  /** Milliseconds since its first tick. */
  readonly elapsedMs: () => number;
  /** Whether anything in the store may have a ttl: until then, asking for the time is saved. */
  readonly hasTtl: () => boolean;
  /** Something has one from now on. */
  readonly noteTtl: () => void;
}

/** A clock of this thread over the core's. */
export function cacheClock(parts: ClockParts): CacheClock {
  const { setNow, tickMs, elapsedMs, hasTtl, noteTtl } = parts;
  let calls = 0;
  return {
    tick: () => {
      if (setNow === null || (calls++ % CALLS_PER_LOOK !== 0 && !hasTtl())) return;
      setNow(Math.min(FIRST_TICK + Math.max(elapsedMs() / tickMs, 0), TICK_MAX));
    },
    endOf: (ttl) => {
      if (ttl === undefined) return NEVER;
      const ms = ttlMs(ttl);
      if (ms <= 0) return PASSED;
      const end = FIRST_TICK + Math.ceil((elapsedMs() + ms) / tickMs);
      if (end > TICK_MAX) return NEVER;
      noteTtl();
      return end;
    },
    leftMs: (expiresAt) => {
      if (expiresAt === NEVER) return Infinity;
      return Math.max((expiresAt - FIRST_TICK) * tickMs - elapsedMs(), 0);
    },
  };
}
