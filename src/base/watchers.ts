/**
 * How many clients watch the log, in all threads together; and a number for each of them.
 */

/** memcached's. */
const WATCHERS_MAX = 20;

const OPEN = 0;
const LAST_ID = 1;
const WORDS = 2;

export class Watchers {
  /** What another thread needs to join. */
  readonly shared: SharedArrayBuffer;
  readonly #words: Int32Array;

  private constructor(shared: SharedArrayBuffer) {
    this.shared = shared;
    this.#words = new Int32Array(shared);
  }

  static start(): Watchers {
    return new Watchers(new SharedArrayBuffer(4 * WORDS));
  }

  static join(shared: SharedArrayBuffer): Watchers {
    return new Watchers(shared);
  }

  get count(): number {
    return this.#words[OPEN] as number;
  }

  /** One more, if that is allowed: its number; else 0. */
  admit(): number {
    if (Atomics.add(this.#words, OPEN, 1) < WATCHERS_MAX) {
      return Atomics.add(this.#words, LAST_ID, 1) + 1;
    }
    Atomics.sub(this.#words, OPEN, 1);
    return 0;
  }

  discharge(): void {
    Atomics.sub(this.#words, OPEN, 1);
  }
}
