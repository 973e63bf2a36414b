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

  /** @param shared another thread's, to join it */
  constructor(settings: Settings, shared = new SharedArrayBuffer(4 * WORDS)) {
    this.shared = shared;
    this.#words = new Int32Array(shared);
    this.#settings = settings;
  }

  /** This thread has changed its record. */
  publish(): void {
    const { verbosity, detailEnabled, memoryLimit } = this.#settings;
    this.#words[VERBOSITY] = verbosity;
    this.#words[DETAIL] = detailEnabled ? 1 : 0;
    this.#words[MEMORY_LIMIT_MIB] = memoryLimit / MEBIBYTE;
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
    return true;
  }
}
