/**
 * The clock: whole seconds since shortly before the server started.
 *
 * Internal time starts at 62 (memcached counts from one update interval and two seconds before its
 * start), so that 0 can mean "never" and 1 "always in the past". It moves only when `tick` is
 * called, once a second; all commands of one second see the same time. Unix times are internal +
 * `base`. All threads of a server see one time, which one of them ticks.
 */

/** Internal seconds at the moment of start. */
const START_SECONDS = 62;

/** memcached's ITEM_UPDATE_INTERVAL: `uptime` is internal time less this. */
const UPTIME_OFFSET = 60;

/** Longest exptime that is relative: 30 days, inclusive. */
const RELATIVE_MAX = 60 * 60 * 24 * 30;

/** An internal expiry that has always passed. */
const EXPIRED = 1;

/** Words of the shared clock. */
const NOW = 0;
const SHIFT = 1;
const PAUSED = 2;
const BASE = 3;
const WORDS = 4;

export class Clock {
  /** What another thread needs for a clock of the same time. */
  readonly shared: SharedArrayBuffer;
  readonly #words: Int32Array;
  readonly #monotonicMs: (() => number) | null;
  readonly #startMs: number;
  /**
   * Told the new time before anybody can read it here: what goes by this clock must find the store
   * in the same second, or a later one.
   */
  onChange: (now: number) => void = () => undefined;

  private constructor(shared: SharedArrayBuffer, monotonicMs: (() => number) | null) {
    this.shared = shared;
    this.#words = new Int32Array(shared);
    this.#monotonicMs = monotonicMs;
    this.#startMs = monotonicMs === null ? 0 : monotonicMs();
  }

  /**
   * The clock that ticks.
   *
   * @param monotonicMs milliseconds of a clock that never goes back
   * @param unixSeconds Unix time at this moment
   */
  static start(monotonicMs: () => number, unixSeconds: number): Clock {
    const clock = new Clock(new SharedArrayBuffer(4 * WORDS), monotonicMs);
    clock.#words[NOW] = START_SECONDS;
    clock.#words[BASE] = Math.floor(unixSeconds) - START_SECONDS;
    return clock;
  }

  /** Another thread's: it shows what the first one ticks. */
  static join(shared: SharedArrayBuffer): Clock {
    return new Clock(shared, null);
  }

  /** Internal seconds. */
  get now(): number {
    return this.#words[NOW] as number;
  }

  get #base(): number {
    return this.#words[BASE] as number;
  }

  /** Brings `now` up to date, where this is the clock that ticks. */
  tick(): void {
    if (this.#monotonicMs === null || this.#words[PAUSED] !== 0) return;
    const elapsed = Math.floor((this.#monotonicMs() - this.#startMs) / 1000);
    this.#set(elapsed + START_SECONDS + (this.#words[SHIFT] as number));
  }

  /** `debugtime <n>`: moves the clock. */
  shift(seconds: number): void {
    Atomics.add(this.#words, SHIFT, seconds);
    this.#set(this.now + seconds);
  }

  #set(seconds: number): void {
    const now = Math.max(EXPIRED, seconds);
    this.onChange(now);
    this.#words[NOW] = now;
  }

  /** `debugtime p` and `debugtime r`. */
  pause(): void {
    this.#words[PAUSED] = 1;
  }

  resume(): void {
    this.#words[PAUSED] = 0;
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
