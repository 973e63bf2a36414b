/**
 * Ranks by Zipf's law: rank r (from 0) is drawn with a weight of 1 / (r + 1)^exponent.
 *
 * Place: the popularity of keys in every generated trace. The sums of the weights lie in a table,
 * and a draw is a search in it: exact for every exponent, and fast enough beside a request.
 */
import type { Random } from "../server/random.ts";

export class Zipf {
  readonly ranks: number;
  private readonly sums: Float64Array;

  constructor(ranks: number, exponent: number) {
    this.ranks = ranks;
    this.sums = new Float64Array(ranks);
    let sum = 0;
    for (let rank = 0; rank < ranks; rank++) {
      sum += (rank + 1) ** -exponent;
      this.sums[rank] = sum;
    }
  }

  /** The share of all draws that a rank gets. */
  share(rank: number): number {
    const before = rank === 0 ? 0 : this.sums[rank - 1]!;
    return (this.sums[rank]! - before) / this.sums[this.ranks - 1]!;
  }

  draw(random: Random): number {
    const { sums } = this;
    const goal = random.fraction() * sums[this.ranks - 1]!;
    let low = 0;
    let high = this.ranks - 1;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (sums[middle]! > goal) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}
