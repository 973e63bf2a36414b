/**
 * Parts: ranges of linear memory that leave together, in order, in one write.
 *
 * Replies from the outbox and values straight from their items take turns here; an item's part also
 * carries the item, which is held until the part was sent. A value in chunks is one part without an
 * address: its runs are found when it is sent.
 */

/** Parts of one write. The kernel takes 1024; this many are enough to make system calls rare. */
export const PARTS_MAX = 64;

export class Parts {
  count = 0;
  /** Whether one of them is a value in chunks. */
  hasRuns = false;
  readonly offsets = new Float64Array(PARTS_MAX);
  readonly lengths = new Float64Array(PARTS_MAX);
  /** Item to release afterwards; 0 = none. */
  readonly itemPtrs = new Float64Array(PARTS_MAX);

  /** @param offset 0 = a value in chunks */
  add(offset: number, length: number, itemPtr: number): void {
    const { count } = this;
    this.offsets[count] = offset;
    this.lengths[count] = length;
    this.itemPtrs[count] = itemPtr;
    this.count = count + 1;
    if (offset === 0) this.hasRuns = true;
  }

  reset(): void {
    this.count = 0;
    this.hasRuns = false;
  }

  offset(index: number): number {
    return this.offsets[index] as number;
  }

  length(index: number): number {
    return this.lengths[index] as number;
  }

  itemPtr(index: number): number {
    return this.itemPtrs[index] as number;
  }
}
