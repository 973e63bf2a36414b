/**
 * The settings that commands change while the server runs, for all threads.
 *
 * Each thread has a record of settings of its own. Who changed one of these publishes his record;
 * the others look for a new version whenever they begin to serve a connection, so what one client
 * was told is done is done for all.
 */
import type { Settings } from "./settings.ts";

/** The settings that have a command: numbers, or switches that travel as 0 and 1. */
const LIVE = [
  "verbosity",
  "detailEnabled",
  "memoryLimit",
  "lruSegmented",
  "tempLru",
  "temporaryTtlSeconds",
  "hotLruPercent",
  "warmLruPercent",
  "hotMaxFactor",
  "warmMaxFactor",
  "lruCrawler",
  "lruCrawlerSleepMicroseconds",
  "lruCrawlerToCrawl",
  "slabAutomove",
  "slabAutomoveRatio",
  "slabAutomoveWindow",
  "slabAutomoveFreeRatio",
  "extItemSize",
  "extItemAge",
  "extLowTtl",
  "extRecacheRate",
  "extCompactUnder",
  "extDropUnder",
  "extMaxSleep",
  "extMaxFrag",
  "extDropUnread",
] as const satisfies readonly (keyof Settings)[];

/** The version stands before the values. */
const VALUES_AT = 8;

export class LiveSettings {
  /** What another thread needs to join. */
  readonly shared: SharedArrayBuffer;
  readonly #sharedVersion: Int32Array;
  readonly #values: Float64Array;
  readonly #settings: Settings;
  #version = 0;
  /** The values as this thread's record has them, but for what it has changed since. */
  #seen: readonly number[];

  /** @param shared another thread's, to join it */
  constructor(settings: Settings, shared?: SharedArrayBuffer) {
    this.shared = shared ?? new SharedArrayBuffer(VALUES_AT + 8 * LIVE.length);
    this.#sharedVersion = new Int32Array(this.shared, 0, 1);
    this.#values = new Float64Array(this.shared, VALUES_AT);
    this.#settings = settings;
    this.#seen = this.#own();
    if (shared === undefined) this.#values.set(this.#seen);
  }

  /** This thread's record as numbers. */
  #own(): number[] {
    return LIVE.map((name) => Number(this.#settings[name]));
  }

  /**
   * This thread has changed its record. Only what it changed is written: of the rest others may
   * know better.
   */
  publish(): void {
    const own = this.#own();
    for (const [index, value] of own.entries()) {
      if (!Object.is(value, this.#seen[index])) this.#values[index] = value;
    }
    this.#seen = own;
    Atomics.add(this.#sharedVersion, 0, 1);
  }

  /** Brings this thread's record up to date; whether anything is new. */
  refresh(): boolean {
    const version = this.#sharedVersion[0] as number;
    if (version === this.#version) return false;
    this.#version = version;
    for (const [index, name] of LIVE.entries()) {
      const value = this.#values[index] as number;
      const isSwitch = typeof this.#settings[name] === "boolean";
      Object.assign(this.#settings, { [name]: isSwitch ? value !== 0 : value });
    }
    this.#seen = this.#own();
    return true;
  }
}
