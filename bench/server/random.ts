/**
 * A seeded random number generator, so that every run sends the same requests.
 *
 * Place: shared by the data sets and the loops. This is xorshift with 32 bits of state: a few
 * integer operations and no allocation, and good enough to spread keys and arrivals.
 */
export class Random {
  private state: number;

  constructor(seed: number) {
    // The state must not be zero, and neighbouring seeds should not start out alike.
    this.state = Math.imul(seed + 1, 0x9e3779b1) | 1;
    for (let round = 0; round < 8; round++) this.next();
  }

  /** 32 random bits, as a signed integer. */
  next(): number {
    let x = this.state;
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    this.state = x;
    return x;
  }

  /** An integer from 0 up to, and without, `limit`. */
  below(limit: number): number {
    return (this.next() >>> 0) % limit;
  }

  /** A number from 0 up to, and without, 1. */
  fraction(): number {
    return (this.next() >>> 0) / 4294967296;
  }
}
