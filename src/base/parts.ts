/**
 * Parts: ranges of linear memory that leave together, in order, in one write.
 *
 * Replies from the outbox and values straight from their items take turns here; an item's part also
 * carries the item, which is held until the part was sent. A value in chunks is one part without an
 * address: its runs are found when it is sent.
 */
import { memoryOf, offsetOf } from "./address.ts";

/** Parts of one write. The kernel takes 1024; this many are enough to make system calls rare. */
export const PARTS_MAX = 64;

export class Parts {
  count = 0;
  /** Whether one of them is a value in chunks. */
  hasRuns = false;
  readonly addresses = new Float64Array(PARTS_MAX);
  readonly lengths = new Float64Array(PARTS_MAX);
  /** Item to release afterwards; 0 = none. */
  readonly itemPtrs = new Float64Array(PARTS_MAX);

  /** @param address 0 = a value in chunks */
  add(address: number, length: number, itemPtr: number): void {
    const { count } = this;
    this.addresses[count] = address;
    this.lengths[count] = length;
    this.itemPtrs[count] = itemPtr;
    this.count = count + 1;
    if (address === 0) this.hasRuns = true;
  }

  reset(): void {
    this.count = 0;
    this.hasRuns = false;
  }

  address(index: number): number {
    return this.addresses[index] as number;
  }

  /** The number of the memory that the part is in, and where in it. */
  memory(index: number): number {
    return memoryOf(this.address(index));
  }

  offset(index: number): number {
    return offsetOf(this.address(index));
  }

  length(index: number): number {
    return this.lengths[index] as number;
  }

  itemPtr(index: number): number {
    return this.itemPtrs[index] as number;
  }
}
