/**
 * The store's full check: every byte of every slab page is accounted for exactly once.
 *
 * A chunk is fresh, free, linked, or held by somebody; marks left by the walks over free lists and
 * queues are compared with what each chunk says of itself. Cost: the whole memory. For tests,
 * fuzzers and the debug build. No other thread may be at work, but for maintenance, which waits.
 */
import { Item, ItemFlag, itemAt, itemClassId, itemClear, itemHas, itemSize } from "../item/item";
import { QUEUE_COUNT, SLAB_PAGE_SIZE } from "../shared/limits";
import { SlabClass, slabClass } from "../slab/classes";
import { maintenanceLock, maintenanceUnlock } from "../base/lock";
import { queueCheck, queuesItemCount } from "../lru/queue";
import {
  slabsCheck,
  slabsMarkFree,
  slabsPageNext,
  slabsPageOwner,
  slabsUsedCount,
} from "../slab/slabs";
import { state } from "../base/store-state";
import { tableCheck } from "../hash/table";

/** What is wrong: the number that `storeCheck` returns. */
export enum Fault {
  NONE = 0,
  SLABS = 1,
  TABLE = 2,
  FREE_LIST = 3,
  QUEUE = 4,
  CHUNK = 5,
}

/** 0 when all is well, else a `Fault`. Leaves no trace when it returns 0. */
export function storeCheck(): u32 {
  maintenanceLock();
  const fault = faultOf();
  maintenanceUnlock();
  return fault;
}

function faultOf(): u32 {
  if (!slabsCheck()) return Fault.SLABS;
  const items = queuesItemCount();
  if (!tableCheck(items)) return Fault.TABLE;
  if (!slabsMarkFree()) return Fault.FREE_LIST;
  for (let slabId: u32 = 0; slabId < <u32>QUEUE_COUNT; slabId++) {
    if (!queueCheck(slabId)) return Fault.QUEUE;
  }
  return chunksCheck(items) ? Fault.NONE : Fault.CHUNK;
}

/** Walks every chunk of every page, clears the marks, and compares the counts. */
function chunksCheck(items: u32): bool {
  let linked: u32 = 0;
  let used: u32 = 0;
  let expected: u32 = 0;
  for (let id: u32 = 1; id <= state.classLargest + 1; id++) expected += slabsUsedCount(id);
  for (let index: u32 = 0; index < slabsPageNext(); index++) {
    const classId = slabsPageOwner(index);
    const slab = slabClass(classId);
    let ptr = state.slabPagesPtr + index * SLAB_PAGE_SIZE;
    for (let i: u32 = 0; i < slab.perPage; i++) {
      if (isFresh(slab, ptr)) break;
      const item = itemAt(ptr);
      if (!chunkCheck(item, classId, slab)) return false;
      if (!itemHas(item, ItemFlag.SLABBED)) used++;
      if (itemHas(item, ItemFlag.LINKED)) linked++;
      ptr += slab.chunkSize;
    }
  }
  return used === expected && linked === items;
}

/** Fresh chunks are the last ones of one page. */
function isFresh(slab: SlabClass, ptr: u32): bool {
  return slab.freshCount !== 0 && ptr >= slab.freshPtr && ptr < slab.freshPtr + SLAB_PAGE_SIZE
    ? ptr - slab.freshPtr < slab.freshCount * slab.chunkSize
    : false;
}

function chunkCheck(item: Item, classId: u32, slab: SlabClass): bool {
  const isMarked = itemHas(item, ItemFlag.CHECKED);
  itemClear(item, ItemFlag.CHECKED);
  const isFree = itemHas(item, ItemFlag.SLABBED);
  const isLinked = itemHas(item, ItemFlag.LINKED);
  if (isFree && isLinked) return false;
  if (isMarked !== (isFree || isLinked)) return false;
  if (isFree) return item.refCount === 0;
  if (item.refCount === 0 || itemClassId(item) !== classId) return false;
  return itemSize(item) <= slab.chunkSize;
}
