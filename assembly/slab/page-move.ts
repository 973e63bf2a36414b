/**
 * Moving a slab page from one class to another, in an embedded cache.
 *
 *     owner ──detach──▶ nobody's (owner 0) ──give──▶ the other class
 *       ▲                    │
 *       └──────reattach──────┘ where a chunk is still in use
 *
 * A page that is nobody's hands out no chunk: its fresh and free ones are taken from its class, and
 * what is freed there meanwhile is marked as free and left where it is. So once every chunk is free
 * it stays so. Flags that say "free" change under the slabs' lock only, in this mode.
 */
import { FREED_BYTE, VERIFY } from "../base/verify";
import { ITEM_HEADER_SIZE, ItemFlag, itemAt, itemHas } from "../item/item";
import { PAGE_OWNERS_PTR } from "../base/region";
import { slabClass } from "./classes";
import { slabsLock, slabsPageOwner, slabsPagePtr, slabsPush, slabsUnlock } from "./slabs";
import { state } from "../base/store-state";

/** Nobody's page: no class has this id. */
const NOBODY: u8 = 0;

function setOwner(index: u32, classId: u32): void {
  store<u8>(PAGE_OWNERS_PTR + index, <u8>classId);
}

/** Takes the page from the class; false when it is not the class's. */
export function slabsDetach(index: u32, classId: u32): bool {
  slabsLock();
  const isOwner = slabsPageOwner(index) === classId;
  if (isOwner) {
    setOwner(index, NOBODY);
    slabClass(classId).pageCount--;
    dropFresh(index, classId);
    dropFree(index, classId);
  }
  slabsUnlock();
  return isOwner;
}

/** The page's fresh chunks become free ones, in no list. */
function dropFresh(index: u32, classId: u32): void {
  const slab = slabClass(classId);
  if (slab.freshPtr - slabsPagePtr(index) >= state.slabPageSize) return;
  for (; slab.freshCount > 0; slab.freshCount--) {
    const ptr = <usize>slab.freshPtr;
    itemAt(ptr).itemFlags = <u16>ItemFlag.SLABBED;
    itemAt(ptr).refCount = 0;
    if (VERIFY) {
      memory.fill(ptr + ITEM_HEADER_SIZE, FREED_BYTE, <usize>slab.chunkSize - ITEM_HEADER_SIZE);
    }
    slab.freshPtr += slab.chunkSize;
  }
}

/** Takes the page's chunks out of the class's free list. */
function dropFree(index: u32, classId: u32): void {
  const slab = slabClass(classId);
  const start = slabsPagePtr(index);
  let left = slab.freeCount;
  let at = slab.freeHead;
  slab.freeHead = 0;
  slab.freeCount = 0;
  for (; left > 0; left--) {
    const next = itemAt(at).lruNext;
    if (at - start >= state.slabPageSize) slabsPush(at, slab);
    at = next;
  }
}

/** Gives the page back to the class from which it was detached. */
export function slabsReattach(index: u32, classId: u32): void {
  slabsLock();
  const slab = slabClass(classId);
  setOwner(index, classId);
  slab.pageCount++;
  let ptr = slabsPagePtr(index);
  for (let i: u32 = 0; i < slab.perPage; i++) {
    if (itemHas(itemAt(ptr), ItemFlag.SLABBED)) slabsPush(ptr, slab);
    ptr += slab.chunkSize;
  }
  slabsUnlock();
}

/**
 * Gives a page that was detached from `donor` to `classId`; false when a chunk of it is in use, or
 * when the class has got fresh chunks meanwhile.
 */
export function slabsGive(index: u32, donor: u32, classId: u32): bool {
  slabsLock();
  const slab = slabClass(classId);
  const isFree = slab.freshCount === 0 && isAllFree(index, donor);
  if (isFree) {
    setOwner(index, classId);
    slab.pageCount++;
    slab.freshPtr = slabsPagePtr(index);
    slab.freshCount = slab.perPage;
  }
  slabsUnlock();
  return isFree;
}

function isAllFree(index: u32, classId: u32): bool {
  const slab = slabClass(classId);
  let ptr = slabsPagePtr(index);
  for (let i: u32 = 0; i < slab.perPage; i++) {
    if (!itemHas(itemAt(ptr), ItemFlag.SLABBED)) return false;
    ptr += slab.chunkSize;
  }
  return true;
}
