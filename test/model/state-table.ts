/**
 * The states that a search has met: numbered in the order of their coming, each once.
 *
 * A state is a row of small numbers. With the count of values that each column can have it becomes
 * one number, its key:
 *
 *     [2, 0, 7] with radixes [3, 3, 10] → (2 × 3 + 0) × 10 + 7 = 67
 *
 * Keys stand in an open table of a power of two; the state's index stands beside its key.
 */

const LENGTH_FIRST = 1 << 12;

/** An odd number near 2^32 divided by the golden ratio: spreads neighbours. */
const SPREAD = 0x9e3779b1;

export class StateTable {
  readonly #radixes: readonly number[];
  #length = LENGTH_FIRST;
  /** Key of each place + 1; 0 = the place is free. */
  #places = new Float64Array(LENGTH_FIRST);
  #indexes = new Int32Array(LENGTH_FIRST);
  /** Keys in the order of their coming. */
  readonly #keys: number[] = [];

  constructor(radixes: readonly number[]) {
    this.#radixes = radixes;
  }

  get count(): number {
    return this.#keys.length;
  }

  /** The state's number; a new one if it was never met. */
  add(state: Uint16Array): number {
    const key = this.#keyOf(state);
    const place = this.#placeOf(key);
    if (this.#places[place] !== 0) return this.#indexes[place];
    const index = this.#keys.length;
    this.#places[place] = key + 1;
    this.#indexes[place] = index;
    this.#keys.push(key);
    if (index * 2 > this.#length) this.#grow();
    return index;
  }

  /** The state's number, -1 if it was never met. */
  find(state: Uint16Array): number {
    const place = this.#placeOf(this.#keyOf(state));
    return this.#places[place] === 0 ? -1 : this.#indexes[place];
  }

  /** Writes the columns of a state into `state`. */
  read(index: number, state: Uint16Array): void {
    let key = this.#keys[index];
    for (let column = this.#radixes.length - 1; column >= 0; column--) {
      const radix = this.#radixes[column];
      const rest = Math.floor(key / radix);
      state[column] = key - rest * radix;
      key = rest;
    }
  }

  #keyOf(state: Uint16Array): number {
    let key = 0;
    for (let column = 0; column < state.length; column++) {
      key = key * this.#radixes[column] + state[column];
    }
    return key;
  }

  /** Where the key stands, or would stand. */
  #placeOf(key: number): number {
    const mask = this.#length - 1;
    const low = (key % 2 ** 32) | 0;
    const high = Math.floor(key / 2 ** 32);
    const spread = Math.imul(low ^ Math.imul(high, SPREAD), SPREAD);
    let place = (spread ^ (spread >>> 15)) & mask;
    while (this.#places[place] !== 0 && this.#places[place] !== key + 1) place = (place + 1) & mask;
    return place;
  }

  #grow(): void {
    this.#length *= 2;
    this.#places = new Float64Array(this.#length);
    this.#indexes = new Int32Array(this.#length);
    for (const [index, key] of this.#keys.entries()) {
      const place = this.#placeOf(key);
      this.#places[place] = key + 1;
      this.#indexes[place] = index;
    }
  }
}
