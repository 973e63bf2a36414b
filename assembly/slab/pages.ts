/**
 * Slab pages: whose each one is.
 *
 * One byte for each page that was ever handed out tells its owner: a class, or one of `PageOwner`.
 *
 *              ┌───────── move ─────────┐
 *     new ──▶ class ──▶ detached ──▶ class, or pool ──▶ class
 *                                            └──▶ dirty ──▶ released ──▶ class
 *
 * A class may take a page while the total stays within `-m`, or when it owns none yet: memcached
 * grants each class one page beyond the limit, so that no size is locked out. Pages of the pool
 * count, released ones do not.
 *
 * A detached page hands out no chunk; what is freed in it is loose, in no list. Once all its chunks
 * are loose it can be given away. The lock of the slabs guards all of this.
 */
import { FREED_BYTE, VERIFY } from "../base/verify";
import { ITEM_HEADER_SIZE, Item, ItemFlag } from "../item/item";
import { LockRank, lock, unlock } from "../base/lock";
import { PAGE_OWNERS_PTR, PAGE_TURNS_PTR, SLABS_PTR } from "../base/region";
import { SlabClass, slabClass } from "./classes";
import { state } from "../base/store-state";

/** Owners that are no class. */
export enum PageOwner {
  /** On its way from one owner to the next. */
  DETACHED = 0,
  /** In the global page pool: for any class. */
  POOL = 64,
  /** Beyond the limit, and its memory not yet given back to the system. */
  DIRTY = 65,
  RELEASED = 66,
}

/** What changes with each slab page. */
@unmanaged
export class Slabs {
  lock: u32;
  /** Pages handed out so far: also the index of the next one. */
  pageNext: u32;
  /** Those of them that nobody has any more, dirty or released. */
  releasedCount: u32;
  poolCount: u32;
  /** The page mover's page + 1, 0 = none; the class that it was of, and whose it is to be. */
  moving: u32;
  movingFrom: u32;
  movingTo: u32;
  /** Chunks of it that are loose. */
  looseCount: u32;
  /** Its chunk that is looked at next, and how many rounds it has been so far. */
  cursor: u32;
  rounds: u32;
  /** Rounds in a row in which a live item had nowhere to go; whether this is one. */
  starvedRounds: u32;
  isStarved: u32;
  /** A `MoveBusy`: what kept a chunk from moving last. */
  lastBusy: u32;
  /** The turn of the page that gets an owner next. */
  turnNext: u32;
}

export const slabs = changetype<Slabs>(SLABS_PTR);

export function slabsLock(): void {
  lock(SLABS_PTR, LockRank.SLABS);
}

export function slabsUnlock(): void {
  unlock(SLABS_PTR, LockRank.SLABS);
}

/** Pages that were ever handed out: their owners are known. */
export function pagesNext(): u32 {
  return slabs.pageNext;
}

/** Those of them that nobody has any more. */
export function pagesReleased(): u32 {
  return slabs.releasedCount;
}

/** Pages that came back and wait for a class. */
export function pagesPooled(): u32 {
  return slabs.poolCount;
}

/** Pages that count: of all classes and the pool together. */
export function pagesTaken(): u32 {
  return slabs.pageNext - slabs.releasedCount;
}

/** Pages that `-m` allows. */
export function pagesLimit(): u32 {
  return <u32>(state.memoryLimit / state.slabPageSize);
}

/**
 * The mover's page + 1, or 0. Whoever is told of one may read what else is said of it: a move is
 * begun under the lock by any thread, and ended by the mover alone.
 */
export function pageMoving(): u32 {
  slabsLock();
  const moving = slabs.moving;
  slabsUnlock();
  return moving;
}

/** 1 if the mover has a page of the class. */
export function pagesMoving(classId: u32): u32 {
  return slabs.moving !== 0 && slabs.movingFrom === classId ? 1 : 0;
}

/** Chunks of the class that are loose in the page that the mover has. */
export function looseChunks(classId: u32): u32 {
  return pagesMoving(classId) !== 0 ? slabs.looseCount : 0;
}

export function pageOwner(index: u32): u32 {
  return load<u8>(PAGE_OWNERS_PTR + index);
}

/** The class whose chunks the page has: of the mover's page the one that it was of. */
export function pageClass(index: u32): u32 {
  return index + 1 === slabs.moving ? slabs.movingFrom : pageOwner(index);
}

/** The page comes behind all others that this owner has: the mover takes the oldest one. */
export function pageSetOwner(index: u32, owner: u32): void {
  store<u32>(PAGE_TURNS_PTR + 4 * index, slabs.turnNext++);
  store<u8>(PAGE_OWNERS_PTR + index, <u8>owner);
}

/** The page in which an address lies. */
export function pageIndexOf(ptr: usize): u32 {
  return (<u32>ptr - state.slabPagesPtr) / state.slabPageSize;
}

export function pagePtr(index: u32): u32 {
  return state.slabPagesPtr + index * state.slabPageSize;
}

/** Whether the page of this address is on its way. Exact while the lock is held. */
export function pageIsDetached(ptr: usize): bool {
  return pageOwner(pageIndexOf(ptr)) === PageOwner.DETACHED;
}

export function pagesOwnedBy(owner: u32): u32 {
  let found: u32 = 0;
  for (let i: u32 = 0; i < slabs.pageNext; i++) {
    if (pageOwner(i) === owner) found++;
  }
  return found;
}

/** The first page of this owner; it has one. */
export function pageFirstOf(owner: u32): u32 {
  let index: u32 = 0;
  while (pageOwner(index) !== owner) index++;
  return index;
}

/** The page that this class has had for longest; it has one. */
export function pageOldestOf(classId: u32): u32 {
  let oldest = pageFirstOf(classId);
  for (let index = oldest + 1; index < slabs.pageNext; index++) {
    if (pageOwner(index) === classId && turnOf(index) < turnOf(oldest)) oldest = index;
  }
  return oldest;
}

function turnOf(index: u32): u32 {
  return load<u32>(PAGE_TURNS_PTR + 4 * index);
}

/** A free chunk of a detached page is in no list. The lock is held. */
export function slabsLoosen(item: Item): void {
  item.itemFlags = <u16>(ItemFlag.SLABBED | ItemFlag.LOOSE);
  if (slabs.moving !== 0 && pageIndexOf(changetype<usize>(item)) + 1 === slabs.moving) {
    slabs.looseCount++;
  }
}

/** What the debug build writes over what is free. */
export function fillFreed(ptr: usize, slab: SlabClass): void {
  if (!VERIFY) return;
  memory.fill(ptr + ITEM_HEADER_SIZE, FREED_BYTE, <usize>slab.chunkSize - ITEM_HEADER_SIZE);
}

/** Gives the class one page; false when it may not have one. The lock is held. */
export function pageTake(classId: u32, slab: SlabClass): bool {
  if (VERIFY) assert(slab.freshCount === 0);
  let index: u32 = 0;
  if (slabs.poolCount > 0) {
    index = pageFirstOf(PageOwner.POOL);
    slabs.poolCount--;
  } else if (slab.pageCount !== 0 && pagesTaken() >= pagesLimit()) {
    return false;
  } else if (slabs.pageNext < state.slabPageCount) {
    index = slabs.pageNext++;
  } else if (pagesOwnedBy(PageOwner.RELEASED) > 0) {
    index = pageFirstOf(PageOwner.RELEASED);
    slabs.releasedCount--;
  } else {
    return false;
  }
  pageGiveFresh(index, classId);
  return true;
}

/** The page is the class's, and its chunks are fresh. */
export function pageGiveFresh(index: u32, classId: u32): void {
  const slab = slabClass(classId);
  pageSetOwner(index, classId);
  slab.pageCount++;
  slab.freshPtr = pagePtr(index);
  slab.freshCount = slab.perPage;
}

/** The page is for any class; or, if there are more than the limit allows, for none. */
export function pageToPool(index: u32): void {
  const isTooMuch = pagesTaken() > pagesLimit();
  pageSetOwner(index, isTooMuch ? PageOwner.DIRTY : PageOwner.POOL);
  if (isTooMuch) slabs.releasedCount++;
  else slabs.poolCount++;
}

/** Address of a page whose memory is to be given back to the system, or 0. */
export function pageDirty(): usize {
  slabsLock();
  const isThere = slabs.releasedCount > 0 && pagesOwnedBy(PageOwner.DIRTY) > 0;
  const ptr = isThere ? pagePtr(pageFirstOf(PageOwner.DIRTY)) : 0;
  slabsUnlock();
  return <usize>ptr;
}

/** It was given back. */
export function pageCleaned(ptr: usize): void {
  slabsLock();
  pageSetOwner(pageIndexOf(ptr), PageOwner.RELEASED);
  slabsUnlock();
}

/** Pages of the pool that are beyond the limit are for nobody. */
export function poolShrink(): void {
  slabsLock();
  while (slabs.poolCount > 0 && pagesTaken() > pagesLimit()) {
    slabs.poolCount--;
    pageToPool(pageFirstOf(PageOwner.POOL));
  }
  slabsUnlock();
}
