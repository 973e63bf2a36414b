/**
 * Slabs: chunks for items, cut from slab pages of 1 MiB.
 *
 *     slab pages │ page 0: class 1 │ page 1: class 7 │ page 2: class 1 │ not yet taken …
 *                  └─ chunk │ chunk │ chunk │ … │ rest (smaller than a chunk, unused)
 *
 * A chunk is either in use, in its class's free list (LIFO), or fresh: behind `freshPtr` in the
 * page that the class took last. Fresh chunks are never touched, so a page costs no resident memory
 * before its chunks are used. pages.ts has the pages, page-move.ts how they change hands.
 *
 * The free list is linked both ways, so that a page that moves can take its chunks out of it.
 *
 * One lock guards all of this. To need it less often each thread keeps the chunk that it freed last
 * of each class as its spare, and uses that first: a store over an old item then takes no lock
 * here. The spare is the top of the free list, only that nobody else can take it; for classes of
 * few chunks to a page, where that would be too much, there is none.
 *
 * Invariant for each class: used + spare + free + fresh = pageCount × perPage (`slabsCheck`).
 */
import { FREED_BYTE, VERIFY } from "../base/verify";
import { ITEM_HEADER_SIZE, Item, ItemFlag, itemAt, itemClassId, itemHas } from "../item/item";
import { Option } from "../shared/status";
import {
  PageOwner,
  looseChunks,
  pageIsDetached,
  pageTake,
  pagesMoving,
  pagesNext,
  pagesOwnedBy,
  pagesReleased,
  slabs,
  slabsLock,
  slabsLoosen,
  slabsUnlock,
} from "./pages";
import { SLAB_CLASS_COUNT_MAX } from "../shared/limits";
import { SlabClass, slabClass } from "./classes";
import { sparePtr, sparePtrOf } from "../base/thread";
import { state, storeHas } from "../base/store-state";

/** Classes with fewer chunks to a page have no spares. */
const SPARE_PER_PAGE_MIN: u32 = 64;

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
  return slab.freeCount + slab.freshCount + sparesCount(classId) + looseChunks(classId);
}

/** The others. Nothing is locked: while threads are at work it is near the truth, and never < 0. */
export function slabsUsedCount(classId: u32): u32 {
  const free = slabsFreeCount(classId);
  const slab = slabClass(classId);
  const all = (slab.pageCount + pagesMoving(classId)) * slab.perPage;
  return all > free ? all - free : 0;
}

/** Takes whole pages until the limit, for `-L`: one for each class, the rest as classes ask. */
export function slabsPreallocate(): void {
  for (let id: u32 = 1; id <= state.classLargest; id++) pageTake(id, slabClass(id));
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
    slabsTakeOut(itemAt(head), slab);
    endFreedom(head, slab);
    return head;
  }
  if (slab.freshCount === 0 && !pageTake(classId, slab)) return 0;
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
  item.itemFlags = <u16>ItemFlag.SLABBED;
  let ptr = changetype<usize>(item);
  if (hasSpares(slab) && !pageIsDetached(ptr)) {
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

/** The same for a chunk that goes to no spare: of a page that is on its way. */
export function slabsFreeLoose(item: Item): void {
  slabsLock();
  slabsPush(changetype<usize>(item), slabClass(itemClassId(item)));
  slabsUnlock();
}

function hasSpares(slab: SlabClass): bool {
  return slab.perPage >= SPARE_PER_PAGE_MIN && !storeHas(Option.SEIZE_PAGES);
}

/**
 * Gives this thread's spares back that lie in a page which is to move: a thread that has nothing to
 * do would keep them.
 */
export function slabsYieldSpares(): void {
  for (let id: u32 = 1; id <= state.classLargest; id++) {
    const ptr = <usize>load<u32>(sparePtr(id));
    if (ptr === 0 || !pageIsDetached(ptr)) continue;
    store<u32>(sparePtr(id), 0);
    slabsLock();
    slabsPush(ptr, slabClass(id));
    slabsUnlock();
  }
}

/**
 * Puts a free chunk at the head of the free list, or, if its page is detached, marks it as loose.
 * The lock is held.
 */
export function slabsPush(ptr: usize, slab: SlabClass): void {
  const item = itemAt(ptr);
  if (pageIsDetached(ptr)) {
    slabsLoosen(item);
    return;
  }
  const head = slab.freeHead;
  item.itemFlags = <u16>(ItemFlag.SLABBED | ItemFlag.LISTED);
  item.lruNext = head;
  item.lruPrev = 0;
  if (head !== 0) itemAt(head).lruPrev = <u32>ptr;
  slab.freeHead = <u32>ptr;
  slab.freeCount++;
}

/** Takes a chunk out of the free list; it is free still. The lock is held. */
export function slabsTakeOut(item: Item, slab: SlabClass): void {
  const prev = item.lruPrev;
  const next = item.lruNext;
  if (prev !== 0) itemAt(prev).lruNext = next;
  else slab.freeHead = next;
  if (next !== 0) itemAt(next).lruPrev = prev;
  slab.freeCount--;
  item.itemFlags = <u16>ItemFlag.SLABBED;
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

/** `stats reset`, as far as slabs are concerned. */
export function slabsForgetEvictions(): void {
  slabs.lastBusy = 0;
  for (let id: u32 = 1; id < <u32>SLAB_CLASS_COUNT_MAX; id++) slabClass(id).evictedIdle = 0;
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
    let prev: u32 = 0;
    let at = slab.freeHead;
    while (at !== 0) {
      const item = itemAt(at);
      if (left-- === 0 || !markFree(at)) return false;
      if (item.lruPrev !== prev || !itemHas(item, ItemFlag.LISTED)) return false;
      prev = at;
      at = item.lruNext;
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
    const owned = pagesOwnedBy(id);
    if (owned !== slab.pageCount) return false;
    const moving = pagesMoving(id);
    if (slabsFreeCount(id) > (owned + moving) * slab.perPage) return false;
    pages += owned + moving;
  }
  const others = pagesOwnedBy(PageOwner.POOL) + pagesReleased();
  return pages + others === pagesNext() && pagesNext() <= state.slabPageCount;
}
