/**
 * The settings that commands change while the server runs, for all threads.
 *
 * Each thread has a record of settings of its own. Who changed one of these publishes his record;
 * the others look for a new version whenever they begin to serve a connection, so what one client
 * was told is done is done for all.
 */
import type { Settings } from "./settings.ts";

const MEBIBYTE = 1024 * 1024;

const VERSION = 0;
const VERBOSITY = 1;
const DETAIL = 2;
const MEMORY_LIMIT_MIB = 3;
const WORDS = 4;

export class LiveSettings {
  /** What another thread needs to join. */
  readonly shared: SharedArrayBuffer;
  readonly #words: Int32Array;
  readonly #settings: Settings;
  #version = 0;
  /** The words as this thread's record has them, but for what it has changed since. */
  #seen: readonly number[];

  /** @param shared another thread's, to join it */
  constructor(settings: Settings, shared?: SharedArrayBuffer) {
    this.shared = shared ?? new SharedArrayBuffer(4 * WORDS);
    this.#words = new Int32Array(this.shared);
    this.#settings = settings;
    this.#seen = this.#own();
    if (shared === undefined) this.#words.set(this.#seen);
  }

  /** This thread's record as words; the version is none of it. */
  #own(): number[] {
    const { verbosity, detailEnabled, memoryLimit } = this.#settings;
    return [0, verbosity, detailEnabled ? 1 : 0, memoryLimit / MEBIBYTE];
  }

  /**
   * This thread has changed its record. Only what it changed is written: of the rest others may
   * know better.
   */
  publish(): void {
    const own = this.#own();
    for (let word = VERBOSITY; word < WORDS; word++) {
      if (own[word] !== this.#seen[word]) Atomics.store(this.#words, word, own[word] as number);
    }
    this.#seen = own;
    Atomics.add(this.#words, VERSION, 1);
  }

  /** Brings this thread's record up to date; whether anything is new. */
  refresh(): boolean {
    const version = this.#words[VERSION] as number;
    if (version === this.#version) return false;
    this.#version = version;
    this.#settings.verbosity = this.#words[VERBOSITY] as number;
    this.#settings.detailEnabled = this.#words[DETAIL] !== 0;
    this.#settings.memoryLimit = (this.#words[MEMORY_LIMIT_MIB] as number) * MEBIBYTE;
    this.#seen = this.#own();
    return true;
  }
}
