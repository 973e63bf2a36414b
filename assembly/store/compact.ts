/**
 * The layout of an embedded cache: smaller slab pages, and no more of them than there is memory.
 *
 * A server's memory is large, and its slab classes may each take a page beyond the limit. A cache
 * inside a program may be a few megabytes and must not take more: so its pages are smaller, all of
 * them lie within the limit, and a class that finds none left takes one from another class
 * (seize.ts).
 */
import { Option } from "../shared/status";
import { WARM_REACH } from "../hash/warm";
import { tableInit } from "../hash/table";
import { WASM_PAGE_SIZE } from "../shared/limits";
import { placeSlabPages } from "./start";
import { state } from "../base/store-state";

/**
 * To be called right after `startStore`. There will be `pageCount` slab pages, or as many as the
 * memory has room for. `pageSize` is a power of two; the table starts with 2^power buckets and ends
 * at 2^powerMax.
 */
export function startCompact(pageCount: u32, pageSize: u32, power: u32, powerMax: u32): void {
  const memorySize = <u64>memory.size() * WASM_PAGE_SIZE - WARM_REACH;
  placeSlabPages(memorySize, <u64>state.tablePtr + ((<u64>4) << powerMax), pageSize);
  if (state.slabPageCount > pageCount) state.slabPageCount = pageCount;
  tableInit(state.tablePtr, power, powerMax);
  const locks = ((<u32>1) << power) - 1;
  if (state.itemLockMask > locks) state.itemLockMask = locks;
  state.memoryLimit = <u64>state.slabPageCount * pageSize;
  state.options |= Option.SEIZE_PAGES;
}
