/**
 * The store's full check: every byte of every slab page is accounted for exactly once.
 *
 * A chunk is fresh, free, linked, held by somebody, or part of an item that is linked or held;
 * marks left by the walks over free lists, queues and lists of chunks are compared with what each
 * chunk says of itself. Cost: the whole memory. For tests, fuzzers and the debug build. No other
 * thread may be at work, but for maintenance, which waits.
 */
import {
  Item,
  ItemFlag,
  itemAt,
  itemClassId,
  itemClear,
  itemHas,
  itemSize,
  itemValuePtr,
} from "../item/item";
import { CHUNKED_TAIL_SIZE, chunkDataPtr, chunkedCheck, chunkedTail } from "../item/chunks";
import { QUEUE_COUNT, SLAB_CLASS_COUNT_MAX } from "../shared/limits";
import { SlabClass, slabClass } from "../slab/classes";
import { maintenanceLock, maintenanceUnlock } from "../base/lock";
import { queueCheck, queuesItemCount } from "../lru/queue";
import { pageClass, pageIsDetached, pagePtr, pagesNext } from "../slab/pages";
import { slabsCheck, slabsMarkFree, slabsUsedCount } from "../slab/slabs";
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
  return chunksCheck(true, items) && chunksCheck(false, items) ? Fault.NONE : Fault.CHUNK;
}

/**
 * Walks every chunk of every page: first to mark those of chunked items, then to clear the marks,
 * and compare the counts.
 */
function chunksCheck(isMarking: bool, items: u32): bool {
  let linked: u32 = 0;
  let used: u32 = 0;
  let expected: u32 = 0;
  for (let id: u32 = 1; id <= state.classLargest; id++) expected += slabsUsedCount(id);
  for (let index: u32 = 0; index < pagesNext(); index++) {
    const classId = pageClass(index);
    if (classId >= <u32>SLAB_CLASS_COUNT_MAX) continue;
    const slab = slabClass(classId);
    let ptr = pagePtr(index);
    for (let i: u32 = 0; i < slab.perPage; i++) {
      if (isFresh(slab, ptr)) break;
      const item = itemAt(ptr);
      const isLinked = itemHas(item, ItemFlag.LINKED);
      if (isMarking) {
        if (itemHas(item, ItemFlag.CHUNKED) && !chunkedCheck(item, isLinked)) return false;
      } else if (!chunkCheck(item, classId, slab)) return false;
      if (!itemHas(item, ItemFlag.SLABBED)) used++;
      if (isLinked) linked++;
      ptr += slab.chunkSize;
    }
  }
  return used === expected && linked === items;
}

/** Fresh chunks are the last ones of one page. */
function isFresh(slab: SlabClass, ptr: u32): bool {
  return slab.freshCount !== 0 && ptr >= slab.freshPtr && ptr < slab.freshPtr + state.slabPageSize
    ? ptr - slab.freshPtr < slab.freshCount * slab.chunkSize
    : false;
}

function chunkCheck(item: Item, classId: u32, slab: SlabClass): bool {
  const isMarked = itemHas(item, ItemFlag.CHECKED);
  itemClear(item, ItemFlag.CHECKED);
  const isFree = itemHas(item, ItemFlag.SLABBED);
  const isLinked = itemHas(item, ItemFlag.LINKED);
  if (isFree && isLinked) return false;
  const isChunk = itemHas(item, ItemFlag.CHUNK);
  const isLoose = itemHas(item, ItemFlag.LOOSE);
  if (isMarked !== ((isFree && !isLoose) || isLinked || isChunk)) return false;
  if (isLoose && !pageIsDetached(changetype<usize>(item))) return false;
  if (isFree) return item.refCount === 0;
  if (item.refCount === 0) return false;
  if (itemHas(item, ItemFlag.CHUNKED)) return headCheck(item, classId, slab);
  if (itemClassId(item) !== classId) return false;
  if (!isChunk) return itemSize(item) <= slab.chunkSize;
  return chunkDataPtr(item) + item.expiresAt <= changetype<usize>(item) + slab.chunkSize;
}

/** The chunk of a head is of its own class; the item is one of the largest. */
function headCheck(head: Item, classId: u32, slab: SlabClass): bool {
  const end = itemValuePtr(head) + CHUNKED_TAIL_SIZE;
  if (end > changetype<usize>(head) + slab.chunkSize) return false;
  return chunkedTail(head).classId === classId && itemClassId(head) === state.classLargest;
}
