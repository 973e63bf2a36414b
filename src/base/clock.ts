/**
 * The clock: whole seconds since shortly before the server started.
 *
 * Internal time starts at 62 (memcached counts from one update interval and two seconds before its
 * start), so that 0 can mean "never" and 1 "always in the past". It moves only when `tick` is
 * called, once a second; all commands of one second see the same time. Unix times are internal +
 * `base`.
 */

/** Internal seconds at the moment of start. */
const START_SECONDS = 62;

/** memcached's ITEM_UPDATE_INTERVAL: `uptime` is internal time less this. */
const UPTIME_OFFSET = 60;

/** Longest exptime that is relative: 30 days, inclusive. */
const RELATIVE_MAX = 60 * 60 * 24 * 30;

/** An internal expiry that has always passed. */
const EXPIRED = 1;

export class Clock {
  /** Internal seconds. */
  now = START_SECONDS;

  readonly #monotonicMs: () => number;
  readonly #startMs: number;
  readonly #base: number;
  #shiftSeconds = 0;
  #isPaused = false;

  /**
   * @param monotonicMs milliseconds of a clock that never goes back
   * @param unixSeconds Unix time at this moment
   */
  constructor(monotonicMs: () => number, unixSeconds: number) {
    this.#monotonicMs = monotonicMs;
    this.#startMs = monotonicMs();
    this.#base = Math.floor(unixSeconds) - START_SECONDS;
  }

  /** Brings `now` up to date. */
  tick(): void {
    if (this.#isPaused) return;
    const elapsed = Math.floor((this.#monotonicMs() - this.#startMs) / 1000);
    this.now = Math.max(EXPIRED, elapsed + START_SECONDS + this.#shiftSeconds);
  }

  /** `debugtime <n>`: moves the clock. */
  shift(seconds: number): void {
    this.#shiftSeconds += seconds;
    this.now = Math.max(EXPIRED, this.now + seconds);
  }

  /** `debugtime p` and `debugtime r`. */
  pause(): void {
    this.#isPaused = true;
  }

  resume(): void {
    this.#isPaused = false;
    this.tick();
  }

  get uptime(): number {
    return this.now - UPTIME_OFFSET;
  }

  get unixNow(): number {
    return this.toUnix(this.now);
  }

  toUnix(internal: number): number {
    return internal + this.#base;
  }

  /** Internal expiry for a client's exptime (specification §2.5); 0 = never. */
  expiry(exptime: number): number {
    if (exptime === 0) return 0;
    if (exptime < 0) return EXPIRED;
    if (exptime <= RELATIVE_MAX) return exptime + this.now;
    return exptime <= this.#base ? EXPIRED : exptime - this.#base;
  }
}
