/**
 * Moving a slab page from one class to another.
 *
 *     owner ──detach──▶ detached ──give──▶ another class, or the pool
 *       ▲                    │
 *       └──────reattach──────┘ where a chunk is still in use
 *
 * A detached page hands out no chunk: its fresh chunks are loose at once, free ones as soon as the
 * sweep comes by, the others when they are freed. Between detaching and sweeping a free chunk may
 * be handed out once more. So once every chunk is loose it stays so.
 */
import { Item, ItemFlag, itemAt, itemHas } from "../item/item";
import {
  PageOwner,
  fillFreed,
  pageGiveFresh,
  pageOwner,
  pagePtr,
  pageSetOwner,
  pageToPool,
  slabsLock,
  slabsLoosen,
  slabsUnlock,
} from "./pages";
import { SlabClass, slabClass } from "./classes";
import { slabsPush, slabsTakeOut } from "./slabs";
import { state } from "../base/store-state";

/** Takes the page from the class; false when it is not the class's. */
export function slabsDetach(index: u32, classId: u32): bool {
  slabsLock();
  const isOwner = pageOwner(index) === classId;
  if (isOwner) detachLocked(index, classId);
  slabsUnlock();
  return isOwner;
}

/** The same where the lock is held, and the page known to be the class's. */
export function detachLocked(index: u32, classId: u32): void {
  pageSetOwner(index, PageOwner.DETACHED);
  slabClass(classId).pageCount--;
  dropFresh(index, classId);
}

/** The page's fresh chunks become loose. */
function dropFresh(index: u32, classId: u32): void {
  const slab = slabClass(classId);
  if (slab.freshPtr - pagePtr(index) >= state.slabPageSize) return;
  for (; slab.freshCount > 0; slab.freshCount--) {
    const ptr = <usize>slab.freshPtr;
    itemAt(ptr).refCount = 0;
    fillFreed(ptr, slab);
    slabsLoosen(itemAt(ptr));
    slab.freshPtr += slab.chunkSize;
  }
}

/**
 * Takes a chunk of a detached page out of the free list, if it is there. Whether it is loose now.
 */
export function slabsSweep(item: Item, slab: SlabClass): bool {
  slabsLock();
  if (itemHas(item, ItemFlag.LISTED)) {
    slabsTakeOut(item, slab);
    slabsLoosen(item);
  }
  const isLoose = itemHas(item, ItemFlag.LOOSE);
  slabsUnlock();
  return isLoose;
}

/** The same for all chunks of a page of the class. */
export function slabsSweepAll(index: u32, classId: u32): void {
  const slab = slabClass(classId);
  let ptr = pagePtr(index);
  for (let i: u32 = 0; i < slab.perPage; i++) {
    slabsSweep(itemAt(ptr), slab);
    ptr += slab.chunkSize;
  }
}

/** Gives the page back to the class from which it was detached. */
export function slabsReattach(index: u32, classId: u32): void {
  slabsLock();
  reattachLocked(index, classId);
  slabsUnlock();
}

/** The same where the lock is held. */
export function reattachLocked(index: u32, classId: u32): void {
  const slab = slabClass(classId);
  pageSetOwner(index, classId);
  slab.pageCount++;
  let ptr = pagePtr(index);
  for (let i: u32 = 0; i < slab.perPage; i++) {
    if (itemHas(itemAt(ptr), ItemFlag.LOOSE)) slabsPush(ptr, slab);
    ptr += slab.chunkSize;
  }
}

/**
 * Gives a page that was detached from `donor` to `classId`, 0 = the pool; false when a chunk of it
 * is in use.
 */
export function slabsGive(index: u32, donor: u32, classId: u32): bool {
  slabsLock();
  const isFree = isAllLoose(index, donor);
  if (isFree) giveLocked(index, classId);
  slabsUnlock();
  return isFree;
}

/** The same where the lock is held, and all chunks are loose. */
export function giveLocked(index: u32, classId: u32): void {
  const slab = slabClass(classId);
  if (classId === 0) {
    pageToPool(index);
  } else if (slab.freshCount === 0) {
    pageGiveFresh(index, classId);
  } else {
    pushAll(index, classId, slab);
  }
}

/** The class has fresh chunks already: these are free ones. */
function pushAll(index: u32, classId: u32, slab: SlabClass): void {
  pageSetOwner(index, classId);
  slab.pageCount++;
  let ptr = pagePtr(index);
  for (let i: u32 = 0; i < slab.perPage; i++) {
    itemAt(ptr).refCount = 0;
    fillFreed(ptr, slab);
    slabsPush(ptr, slab);
    ptr += slab.chunkSize;
  }
}

function isAllLoose(index: u32, classId: u32): bool {
  const slab = slabClass(classId);
  let ptr = pagePtr(index);
  for (let i: u32 = 0; i < slab.perPage; i++) {
    if (!itemHas(itemAt(ptr), ItemFlag.LOOSE)) return false;
    ptr += slab.chunkSize;
  }
  return true;
}
