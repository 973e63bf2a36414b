/**
 * A map in memory that all threads share: from short texts to a few numbers. Entries are only
 * added, until all go at once.
 *
 *     head     lock │ count
 *     index    u32 × twice the entries: entry number + 1, or 0; open addressing
 *     entries  key length (1) │ key │ numbers, f64
 *
 * For what is seldom used and need not be fast: every operation takes the map's lock. Memory is
 * taken as entries are made.
 */

const LOCK = 0;
const COUNT = 1;
const HEAD_WORDS = 2;

const KEY_SIZE = 256;

export class SharedMap {
  /** What another thread needs to join. */
  readonly shared: SharedArrayBuffer;
  readonly #head: Int32Array;
  readonly #index: Int32Array;
  readonly #keys: Uint8Array;
  readonly #numbers: Float64Array;
  readonly #width: number;
  readonly #entriesMax: number;

  /**
   * @param entriesMax a power of two
   * @param width numbers of an entry
   * @param shared another thread's, made with the same sizes, to join it
   */
  constructor(entriesMax: number, width: number, shared?: SharedArrayBuffer) {
    const indexAt = HEAD_WORDS * 4;
    const numbersAt = indexAt + entriesMax * 8;
    const keysAt = numbersAt + entriesMax * width * 8;
    this.shared = shared ?? new SharedArrayBuffer(keysAt + entriesMax * KEY_SIZE);
    this.#head = new Int32Array(this.shared, 0, HEAD_WORDS);
    this.#index = new Int32Array(this.shared, indexAt, entriesMax * 2);
    this.#numbers = new Float64Array(this.shared, numbersAt, entriesMax * width);
    this.#keys = new Uint8Array(this.shared, keysAt);
    this.#width = width;
    this.#entriesMax = entriesMax;
  }

  /**
   * Calls `change` with the numbers of the key (up to 255 bytes, one a character). A key that is
   * not there is added with zeros; when the map is full, null is passed instead.
   */
  change<T>(key: string, change: (numbers: Float64Array | null) => T): T {
    return this.#locked(() => {
      const entry = this.#find(Buffer.from(key, "latin1"));
      return change(entry < 0 ? null : this.#numbersOf(entry));
    });
  }

  /** Every key with a copy of its numbers, in order of first use. */
  entries(): (readonly [string, Float64Array])[] {
    return this.#locked(() =>
      Array.from({ length: this.#head[COUNT] as number }, (_, entry) => {
        const at = entry * KEY_SIZE;
        const key = this.#keys.slice(at + 1, at + 1 + (this.#keys[at] as number));
        return [Buffer.from(key).toString("latin1"), this.#numbersOf(entry).slice()] as const;
      }),
    );
  }

  clear(): void {
    this.#locked(() => {
      this.#index.fill(0);
      this.#numbers.fill(0, 0, (this.#head[COUNT] as number) * this.#width);
      this.#head[COUNT] = 0;
    });
  }

  #numbersOf(entry: number): Float64Array {
    return this.#numbers.subarray(entry * this.#width, (entry + 1) * this.#width);
  }

  /** The entry of the key, made if need be; -1 when the map is full. */
  #find(key: Uint8Array): number {
    const mask = this.#index.length - 1;
    let slot = hashOf(key) & mask;
    for (;;) {
      const entry = (this.#index[slot] as number) - 1;
      if (entry < 0) return this.#add(key, slot);
      if (this.#isKey(entry, key)) return entry;
      slot = (slot + 1) & mask;
    }
  }

  #add(key: Uint8Array, slot: number): number {
    const entry = this.#head[COUNT] as number;
    if (entry >= this.#entriesMax) return -1;
    this.#keys[entry * KEY_SIZE] = key.length;
    this.#keys.set(key, entry * KEY_SIZE + 1);
    this.#index[slot] = entry + 1;
    this.#head[COUNT] = entry + 1;
    return entry;
  }

  #isKey(entry: number, key: Uint8Array): boolean {
    const at = entry * KEY_SIZE;
    if (this.#keys[at] !== key.length) return false;
    for (let i = 0; i < key.length; i++) if (this.#keys[at + 1 + i] !== key[i]) return false;
    return true;
  }

  #locked<T>(work: () => T): T {
    while (Atomics.compareExchange(this.#head, LOCK, 0, 1) !== 0) Atomics.wait(this.#head, LOCK, 1);
    try {
      return work();
    } finally {
      Atomics.store(this.#head, LOCK, 0);
      Atomics.notify(this.#head, LOCK);
    }
  }
}

/** FNV-1a, 32 bits (Fowler, Noll, Vo; public domain). */
function hashOf(key: Uint8Array): number {
  let hash = 0x811c9dc5;
  for (const byte of key) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash >>> 0;
}
