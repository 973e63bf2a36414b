/**
 * Garbage that the engine would leave lying about: what outlived a collection, and died later.
 *
 * Each thread has a heap. Its collections look at what is new (the launcher's `gcMaxHeapSize` has
 * them come often) and at all there is only when the heap has grown by a good part of itself: but
 * the engine counts the cache's memory as part of it, gigabytes that never change. So the old part
 * grew by megabytes a second where many short-lived things outlive a collection by chance, lines of
 * the log above all. Whoever has such a thread looks after it once a second.
 */
import { fullGC, heapSize } from "bun:jsc";

/**
 * Bytes that a thread may leave; the workers of a server share them, or four would keep four times
 * as much. A collection takes a thread two or three milliseconds, once a second at most.
 */
export const GARBAGE_MAX = 16 * 2 ** 20;

/** One thread's. */
export class OldGarbage {
  readonly #limit: number;
  /** Bytes that were left by the last collection that looked at all. */
  #kept = heapSize();

  constructor(limit = GARBAGE_MAX) {
    this.#limit = limit;
  }

  /**
   * To be called about once a second, by the thread itself; whether everything was collected. What
   * it looks at is as of the last collection, whichever it was, and costs next to nothing.
   */
  tick(): boolean {
    const used = heapSize();
    if (used - this.#kept <= this.#limit) {
      // The engine may have looked at everything itself.
      this.#kept = Math.min(this.#kept, used);
      return false;
    }
    fullGC();
    this.#kept = heapSize();
    return true;
  }
}
