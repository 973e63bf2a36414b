/**
 * Lines on their way from the logger to the thread that has a watcher's connection.
 *
 *     head │ tail │ free │ lines not yet sent │ free
 *                        ▲ head               ▲ tail
 *
 * One thread writes and one reads, in memory of a fixed size: what does not fit is not waited for.
 * Positions stay below the size; one byte is always free, so that equal positions mean empty.
 */

const HEAD = 0;
const TAIL = 1;
const WORDS = 2;

export class LineRing {
  /** What the other thread needs to join. Can be posted to it. */
  readonly shared: SharedArrayBuffer;
  readonly bytes: Uint8Array;
  readonly #words: Int32Array;

  private constructor(shared: SharedArrayBuffer) {
    this.shared = shared;
    this.#words = new Int32Array(shared, 0, WORDS);
    this.bytes = new Uint8Array(shared, 4 * WORDS);
  }

  /** Throws a RangeError when there is no memory for so many bytes. */
  static start(capacity: number): LineRing {
    return new LineRing(new SharedArrayBuffer(4 * WORDS + capacity + 1));
  }

  static join(shared: SharedArrayBuffer): LineRing {
    return new LineRing(shared);
  }

  /** Drops everything. Nobody else may be at it. */
  clear(): void {
    this.drop(this.length);
    this.drop(this.length);
  }

  /** The writer: adds all of the line's first `length` bytes, or nothing. */
  push(line: Uint8Array, length = line.length): boolean {
    const { bytes } = this;
    const size = bytes.length;
    const tail = this.#words[TAIL] as number;
    const used = (tail - Atomics.load(this.#words, HEAD) + size) % size;
    if (used + length >= size) return false;
    // A loop leaves no views behind, as `set` would, and a line is short.
    const first = Math.min(length, size - tail);
    for (let i = 0; i < first; i++) bytes[tail + i] = line[i] as number;
    for (let i = first; i < length; i++) bytes[i - first] = line[i] as number;
    Atomics.store(this.#words, TAIL, (tail + length) % size);
    return true;
  }

  /** The reader: where the first byte is, and how many follow it in a row. */
  get start(): number {
    return this.#words[HEAD] as number;
  }

  get length(): number {
    const tail = Atomics.load(this.#words, TAIL);
    return (tail < this.start ? this.bytes.length : tail) - this.start;
  }

  /** The reader: the first `count` bytes are done with. */
  drop(count: number): void {
    Atomics.store(this.#words, HEAD, (this.start + count) % this.bytes.length);
  }
}
