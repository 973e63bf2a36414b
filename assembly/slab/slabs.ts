/**
 * Slabs: chunks for items, cut from slab pages of 1 MiB.
 *
 *     slab pages │ page 0: class 1 │ page 1: class 7 │ page 2: class 1 │ not yet taken …
 *                  └─ chunk │ chunk │ chunk │ … │ rest (smaller than a chunk, unused)
 *
 * A chunk is either in use, in its class's free list (LIFO), or fresh: behind `freshPtr` in the
 * page that the class took last. Fresh chunks are never touched, so a page costs no resident memory
 * before its chunks are used. Pages stay with their class.
 *
 * A class may take a page while the total stays within `-m`, or when it owns none yet: memcached
 * grants each class one page beyond the limit, so that no size is locked out.
 *
 * Invariant for each class: used + free + fresh = pageCount × perPage (`slabsCheck`).
 */
import { FREED_BYTE, VERIFY } from "../base/verify";
import { ITEM_HEADER_SIZE, Item, ItemFlag, itemAt, itemClassId, itemHas } from "../item/item";
import { PAGE_OWNERS_PTR } from "../base/region";
import { SLAB_PAGE_SIZE } from "../shared/limits";
import { SlabClass, slabClass } from "./classes";
import { state } from "../base/store-state";

/** Chunks of the class that are neither free nor fresh. */
export function slabsUsedCount(slab: SlabClass): u32 {
  return slab.pageCount * slab.perPage - slab.freeCount - slab.freshCount;
}

/** Slab pages of all classes together. */
export function slabsPagesTaken(): u32 {
  return state.slabPageNext - state.slabPoolCount;
}

/** Pages that `-m` allows. */
export function slabsPagesLimit(): u32 {
  return <u32>(state.memoryLimit / SLAB_PAGE_SIZE);
}

function mayTakePage(slab: SlabClass): bool {
  if (state.slabPageNext >= state.slabPageCount) return false;
  return slab.pageCount === 0 || slabsPagesTaken() < slabsPagesLimit();
}

/** Gives the class one page; false when it may not have one. */
function takePage(classId: u32, slab: SlabClass): bool {
  if (!mayTakePage(slab)) return false;
  if (VERIFY) assert(slab.freshCount === 0);
  const index = state.slabPageNext++;
  store<u8>(PAGE_OWNERS_PTR + index, <u8>classId);
  slab.pageCount++;
  slab.freshPtr = state.slabPagesPtr + index * SLAB_PAGE_SIZE;
  slab.freshCount = slab.perPage;
  return true;
}

/** Takes whole pages until the limit, for `-L`: one for each class, the rest as classes ask. */
export function slabsPreallocate(): void {
  for (let id: u32 = 1; id <= state.classLargest; id++) takePage(id, slabClass(id));
}

/** A chunk of the class, or 0: the caller then evicts and tries again. Contents are undefined. */
export function slabsAllocate(classId: u32): usize {
  const slab = slabClass(classId);
  const head = slab.freeHead;
  if (head !== 0) {
    const item = itemAt(head);
    if (VERIFY) freedCheck(item, slab);
    slab.freeHead = item.lruNext;
    slab.freeCount--;
    item.itemFlags = 0;
    return head;
  }
  if (slab.freshCount === 0 && !takePage(classId, slab)) return 0;
  const ptr = <usize>slab.freshPtr;
  slab.freshPtr += slab.chunkSize;
  slab.freshCount--;
  itemAt(ptr).itemFlags = 0;
  return ptr;
}

/** Puts an item's chunk back. Nobody may hold the item any more. */
export function slabsFree(item: Item): void {
  if (VERIFY) {
    assert(!itemHas(item, ItemFlag.LINKED | ItemFlag.SLABBED));
    assert(item.refCount === 0);
  }
  const slab = slabClass(itemClassId(item));
  item.itemFlags = <u16>ItemFlag.SLABBED;
  item.lruNext = slab.freeHead;
  slab.freeHead = <u32>changetype<usize>(item);
  slab.freeCount++;
  if (VERIFY) {
    const body = changetype<usize>(item) + ITEM_HEADER_SIZE;
    memory.fill(body, FREED_BYTE, <usize>slab.chunkSize - ITEM_HEADER_SIZE);
  }
}

/** Nobody wrote to the chunk while it was free. */
function freedCheck(item: Item, slab: SlabClass): void {
  assert(itemHas(item, ItemFlag.SLABBED));
  const end = changetype<usize>(item) + slab.chunkSize;
  for (let at = changetype<usize>(item) + ITEM_HEADER_SIZE; at < end; at++) {
    assert(load<u8>(at) === FREED_BYTE);
  }
}

export function slabsPageOwner(index: u32): u32 {
  return load<u8>(PAGE_OWNERS_PTR + index);
}

/** Marks every free chunk as CHECKED; false when a list is broken or its count is wrong. */
export function slabsMarkFree(): bool {
  for (let id: u32 = 1; id <= state.classLargest + 1; id++) {
    const slab = slabClass(id);
    let left = slab.freeCount;
    let at = slab.freeHead;
    while (at !== 0) {
      const item = itemAt(at);
      if (left-- === 0) return false;
      if (!itemHas(item, ItemFlag.SLABBED) || itemHas(item, ItemFlag.CHECKED)) return false;
      item.itemFlags = <u16>((<u32>item.itemFlags) | ItemFlag.CHECKED);
      at = item.lruNext;
    }
    if (left !== 0) return false;
  }
  return true;
}

/** Pages are owned by classes that exist, and each class's count is right. */
export function slabsCheck(): bool {
  let pages: u32 = 0;
  for (let id: u32 = 1; id <= state.classLargest + 1; id++) {
    const slab = slabClass(id);
    let owned: u32 = 0;
    for (let i: u32 = 0; i < state.slabPageNext; i++) {
      if (slabsPageOwner(i) === id) owned++;
    }
    if (owned !== slab.pageCount) return false;
    if (slab.freeCount + slab.freshCount > owned * slab.perPage) return false;
    pages += owned;
  }
  return pages === state.slabPageNext && state.slabPageNext <= state.slabPageCount;
}
