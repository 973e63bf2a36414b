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
 * One lock guards all of this. To need it less often each thread keeps the chunk that it freed last
 * of each class as its spare, and uses that first: a store over an old item then takes no lock
 * here. The spare is the top of the free list, only that nobody else can take it; for classes of
 * few chunks to a page, where that would be too much, there is none.
 *
 * A class may take a page while the total stays within `-m`, or when it owns none yet: memcached
 * grants each class one page beyond the limit, so that no size is locked out.
 *
 * Invariant for each class: used + spare + free + fresh = pageCount × perPage (`slabsCheck`).
 */
import { FREED_BYTE, VERIFY } from "../base/verify";
import { ITEM_HEADER_SIZE, Item, ItemFlag, itemAt, itemClassId, itemHas } from "../item/item";
import { Option } from "../shared/status";
import { LockRank, lock, unlock } from "../base/lock";
import { PAGE_OWNERS_PTR, SLABS_PTR } from "../base/region";
import { SLAB_CLASS_COUNT_MAX } from "../shared/limits";
import { SlabClass, slabClass } from "./classes";
import { sparePtr, sparePtrOf } from "../base/thread";
import { state, storeHas } from "../base/store-state";

/** What changes with each slab page. */
@unmanaged
class Slabs {
  lock: u32;
  /** Pages handed out so far: also the index of the next one. */
  pageNext: u32;
  /** Those of them that came back. */
  poolCount: u32;
}

const slabs = changetype<Slabs>(SLABS_PTR);

/** Classes with fewer chunks to a page have no spares. */
const SPARE_PER_PAGE_MIN: u32 = 64;

export function slabsLock(): void {
  lock(SLABS_PTR, LockRank.SLABS);
}

export function slabsUnlock(): void {
  unlock(SLABS_PTR, LockRank.SLABS);
}

/** Chunks of the class that threads keep as spares. */
function sparesCount(classId: u32): u32 {
  let found: u32 = 0;
  for (let i: u32 = 0; i < state.threadCount; i++) {
    if (load<u32>(sparePtrOf(i, classId)) !== 0) found++;
  }
  return found;
}

/** Chunks of the class that can be handed out: free, fresh, spares. */
export function slabsFreeCount(classId: u32): u32 {
  const slab = slabClass(classId);
  return slab.freeCount + slab.freshCount + sparesCount(classId);
}

/** The others. Nothing is locked: while threads are at work it is near the truth, and never < 0. */
export function slabsUsedCount(classId: u32): u32 {
  const free = slabsFreeCount(classId);
  const slab = slabClass(classId);
  const all = slab.pageCount * slab.perPage;
  return all > free ? all - free : 0;
}

/** Pages that came back and wait for a class. */
export function slabsPoolCount(): u32 {
  return slabs.poolCount;
}

/** Pages that were ever handed out: their owners are known. */
export function slabsPageNext(): u32 {
  return slabs.pageNext;
}

/** Slab pages of all classes together. */
export function slabsPagesTaken(): u32 {
  return slabs.pageNext - slabs.poolCount;
}

/** Pages that `-m` allows. */
export function slabsPagesLimit(): u32 {
  return <u32>(state.memoryLimit / state.slabPageSize);
}

function mayTakePage(slab: SlabClass): bool {
  if (slabs.pageNext >= state.slabPageCount) return false;
  return slab.pageCount === 0 || slabsPagesTaken() < slabsPagesLimit();
}

/** Gives the class one page; false when it may not have one. */
function takePage(classId: u32, slab: SlabClass): bool {
  if (!mayTakePage(slab)) return false;
  if (VERIFY) assert(slab.freshCount === 0);
  const index = slabs.pageNext++;
  store<u8>(PAGE_OWNERS_PTR + index, <u8>classId);
  slab.pageCount++;
  slab.freshPtr = slabsPagePtr(index);
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
  let ptr = <usize>load<u32>(sparePtr(classId));
  if (ptr !== 0) {
    store<u32>(sparePtr(classId), 0);
    endFreedom(ptr, slab);
  } else {
    slabsLock();
    ptr = allocateLocked(classId, slab);
    slabsUnlock();
  }
  return ptr;
}

function allocateLocked(classId: u32, slab: SlabClass): usize {
  const head = slab.freeHead;
  if (head !== 0) {
    slab.freeHead = itemAt(head).lruNext;
    slab.freeCount--;
    endFreedom(head, slab);
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
  const classId = itemClassId(item);
  const slab = slabClass(classId);
  if (VERIFY) {
    const body = changetype<usize>(item) + ITEM_HEADER_SIZE;
    memory.fill(body, FREED_BYTE, <usize>slab.chunkSize - ITEM_HEADER_SIZE);
  }
  let ptr = changetype<usize>(item);
  if (storeHas(Option.SEIZE_PAGES)) {
    freeInPlace(item, slab);
    return;
  }
  item.itemFlags = <u16>ItemFlag.SLABBED;
  if (slab.perPage >= SPARE_PER_PAGE_MIN) {
    const spare = sparePtr(classId);
    const older = <usize>load<u32>(spare);
    store<u32>(spare, <u32>ptr);
    if (older === 0) return;
    ptr = older;
  }
  slabsLock();
  slabsPush(ptr, slab);
  slabsUnlock();
}

/** Without spares, and where the page is nobody's just now (page-move.ts), without a list. */
function freeInPlace(item: Item, slab: SlabClass): void {
  const ptr = changetype<usize>(item);
  slabsLock();
  item.itemFlags = <u16>ItemFlag.SLABBED;
  if (slabsPageOwner(slabsPageIndex(ptr)) !== 0) slabsPush(ptr, slab);
  slabsUnlock();
}

/** Puts a chunk at the head of the free list; the lock is held. */
export function slabsPush(ptr: usize, slab: SlabClass): void {
  itemAt(ptr).lruNext = slab.freeHead;
  slab.freeHead = <u32>ptr;
  slab.freeCount++;
}

/** A chunk that was free is handed out. */
function endFreedom(ptr: usize, slab: SlabClass): void {
  const item = itemAt(ptr);
  if (VERIFY) freedCheck(item, slab);
  item.itemFlags = 0;
}

/** Nobody wrote to the chunk while it was free. */
function freedCheck(item: Item, slab: SlabClass): void {
  assert(itemHas(item, ItemFlag.SLABBED));
  const end = changetype<usize>(item) + slab.chunkSize;
  for (let at = changetype<usize>(item) + ITEM_HEADER_SIZE; at < end; at++) {
    assert(load<u8>(at) === FREED_BYTE);
  }
}

/** `stats reset`, as far as slab classes are concerned. */
export function slabsForgetEvictions(): void {
  for (let id: u32 = 1; id < <u32>SLAB_CLASS_COUNT_MAX; id++) slabClass(id).evictedIdle = 0;
}

/** The page in which an address lies. */
export function slabsPageIndex(ptr: usize): u32 {
  return (<u32>ptr - state.slabPagesPtr) / state.slabPageSize;
}

export function slabsPagePtr(index: u32): u32 {
  return state.slabPagesPtr + index * state.slabPageSize;
}

export function slabsPageOwner(index: u32): u32 {
  return load<u8>(PAGE_OWNERS_PTR + index);
}

/** Marks a free chunk as CHECKED; false when it is not free, or was met before. */
function markFree(ptr: u32): bool {
  const item = itemAt(ptr);
  if (!itemHas(item, ItemFlag.SLABBED) || itemHas(item, ItemFlag.CHECKED)) return false;
  item.itemFlags = <u16>((<u32>item.itemFlags) | ItemFlag.CHECKED);
  return true;
}

/**
 * Marks every free chunk and spare as CHECKED; false when a list is broken or its count is wrong.
 */
export function slabsMarkFree(): bool {
  for (let id: u32 = 1; id <= state.classLargest; id++) {
    for (let i: u32 = 0; i < state.threadCount; i++) {
      const spare = load<u32>(sparePtrOf(i, id));
      if (spare !== 0 && !markFree(spare)) return false;
    }
    const slab = slabClass(id);
    let left = slab.freeCount;
    let at = slab.freeHead;
    while (at !== 0) {
      if (left-- === 0 || !markFree(at)) return false;
      at = itemAt(at).lruNext;
    }
    if (left !== 0) return false;
  }
  return true;
}

/** Pages are owned by classes that exist, and each class's count is right. */
export function slabsCheck(): bool {
  let pages: u32 = 0;
  for (let id: u32 = 1; id <= state.classLargest; id++) {
    const slab = slabClass(id);
    let owned: u32 = 0;
    for (let i: u32 = 0; i < slabs.pageNext; i++) {
      if (slabsPageOwner(i) === id) owned++;
    }
    if (owned !== slab.pageCount) return false;
    if (slabsFreeCount(id) > owned * slab.perPage) return false;
    pages += owned;
  }
  return pages === slabs.pageNext && slabs.pageNext <= state.slabPageCount;
}
