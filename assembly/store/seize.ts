/**
 * Taking a slab page from another class: how an embedded cache, whose pages are all handed out,
 * finds memory for a class that has none, or too little.
 *
 * The donor is the class whose oldest item was not asked for the longest, and its page that with
 * this item. What is live there is evicted, and with a part of a chunked item the whole of it.
 * An item that somebody holds, or whose lock is not free, keeps the page where it is; then the
 * donor's next page is tried.
 */
import { ClassCounter } from "../shared/counters";
import { Item, ItemFlag, itemAt, itemHas, itemKeyPtr } from "../item/item";
import { SEGMENT_COLD } from "../shared/limits";
import { chunkedTail, itemIsChunked } from "../item/chunks";
import { countClass, classCountedHere } from "../base/counters";
import { itemTryLock, itemUnlock } from "../base/lock";
import { keyHash } from "../hash/key-hash";
import { noteGone } from "./notes";
import { queueOf } from "../lru/queue";
import { slabClass } from "../slab/classes";
import { slabsUsedCount } from "../slab/slabs";
import { slabsDetach, slabsGive, slabsReattach, slabsSweepAll } from "../slab/page-move";
import { pageIndexOf, pageOwner, pagePtr, pagesNext } from "../slab/pages";
import { state } from "../base/store-state";
import { tableFind } from "../hash/table";
import { unlinkItem } from "./link";

/** Pages that are tried before giving up. */
const PAGES_TRIED: u32 = 4;

/**
 * The class's oldest item, or 0. One whose chunks are but parts of chunked items has that which is
 * the oldest of those.
 */
function oldestOf(classId: u32): u32 {
  const tail = queueOf(classId | SEGMENT_COLD).tail;
  if (tail !== 0 || slabsUsedCount(classId) === 0) return tail;
  return queueOf(state.classLargest | SEGMENT_COLD).tail;
}

/** Seconds since the class's oldest item was used; as long as can be where it has none. */
function idleSeconds(classId: u32): u32 {
  const oldest = oldestOf(classId);
  return oldest === 0 ? u32.MAX_VALUE : state.now - itemAt(oldest).lastAccess;
}

/** The class that misses a page least, of those with at least `pagesMin`; 0 = none. */
function donorFor(classId: u32, pagesMin: u32): u32 {
  let donor: u32 = 0;
  let longest: u32 = 0;
  for (let id: u32 = 1; id <= state.classLargest; id++) {
    if (id === classId || slabClass(id).pageCount < pagesMin) continue;
    const idle = idleSeconds(id);
    if (donor !== 0 && idle <= longest) continue;
    donor = id;
    longest = idle;
  }
  return donor;
}

/** The donor's page at or behind `index`, in a ring; it has one. */
function pageOf(donor: u32, index: u32): u32 {
  const count = pagesNext();
  for (let i: u32 = 0; i < count; i++) {
    const at = (index + i) % count;
    if (pageOwner(at) === donor) return at;
  }
  return 0;
}

/** The page with the class's oldest item, or its part of it. */
function oldestPage(classId: u32): u32 {
  const oldest = oldestOf(classId);
  if (!itemIsChunked(itemAt(oldest))) return pageIndexOf(oldest);
  const tail = chunkedTail(itemAt(oldest));
  return pageIndexOf(classId === state.classLargest ? tail.firstChunk : tail.lastChunk);
}

/** The item to which a chunk belongs. */
function itemOf(ptr: usize): Item {
  const item = itemAt(ptr);
  return itemHas(item, ItemFlag.CHUNK) ? itemAt(item.hashNext) : item;
}

/** Evicts what is linked in a detached page and not held. */
function evictPage(index: u32, classId: u32): void {
  const slab = slabClass(classId);
  let ptr = pagePtr(index);
  for (let i: u32 = 0; i < slab.perPage; i++, ptr += slab.chunkSize) {
    const item = itemOf(ptr);
    if (!itemHas(item, ItemFlag.LINKED)) continue;
    // Without its lock this may be changing; with it, the table tells whether it was so.
    const hash = keyHash(itemKeyPtr(item), item.keyLength);
    if (!itemTryLock(hash)) continue;
    const found = itemAt(tableFind(hash, itemKeyPtr(item), item.keyLength));
    if (found === item && itemOf(ptr) === item && item.refCount === 1) {
      countClass(classId, ClassCounter.EVICTED);
      noteGone(item);
      unlinkItem(item, hash);
    }
    itemUnlock(hash);
  }
}

function seizeFrom(donor: u32, classId: u32): bool {
  let index = oldestPage(donor);
  for (let i: u32 = 0; i < PAGES_TRIED; i++) {
    index = pageOf(donor, index);
    if (!slabsDetach(index, donor)) return false;
    evictPage(index, donor);
    slabsSweepAll(index, donor);
    if (slabsGive(index, donor, classId)) return true;
    slabsReattach(index, donor);
    index++;
  }
  return false;
}

/**
 * A page for a class that has nothing left to evict; false when there is none to be had. The last
 * page of a class is taken only where no class has two: it may hold the busiest items of all.
 */
export function seizePage(classId: u32): bool {
  let donor = donorFor(classId, 2);
  if (donor === 0) donor = donorFor(classId, 1);
  if (donor !== 0 && seizeFrom(donor, classId)) return true;
  // What is there is held: a page of any other class, then.
  for (let id: u32 = 1; id <= state.classLargest; id++) {
    if (id === classId || slabClass(id).pageCount === 0) continue;
    if (seizeFrom(id, classId)) return true;
  }
  return false;
}

/**
 * The same for a class that is about to evict, whenever it has evicted a whole page's worth: if
 * another one's items lie idle for more than twice as long.
 */
export function seizeIdlePage(classId: u32): bool {
  const evicted = classCountedHere(classId, ClassCounter.EVICTED);
  if (evicted % slabClass(classId).perPage !== 0) return false;
  const donor = donorFor(classId, 2);
  if (donor === 0 || idleSeconds(donor) >> 1 <= idleSeconds(classId)) return false;
  return seizeFrom(donor, classId);
}
