/**
 * Memory for a new item: from the class's free chunks, a new slab page, or a victim of the LRU.
 */
import { ClassCounter } from "../shared/counters";
import {
  Item,
  ItemFlag,
  itemAt,
  itemHas,
  itemInit,
  itemIsExpired,
  itemIsFlushed,
} from "../item/item";
import { Option, Result, Status } from "../shared/status";
import { SEGMENT_COLD } from "../shared/limits";
import { TAIL_TRIES } from "../lru/flat";
import { classFor, slabClass } from "../slab/classes";
import { countClass } from "../base/counters";
import { itemClassicSizeOf, itemKeyPtr, itemSizeOf } from "../item/item";
import { keyHash } from "../hash/key-hash";
import { itemTryLock, itemUnlock } from "../base/lock";
import { queueLock, queueOf, queueUnlock } from "../lru/queue";
import { seizeIdlePage, seizePage } from "./seize";
import { setResult } from "../base/result";
import { slabsAllocate } from "../slab/slabs";
import { state, storeHas } from "../base/store-state";
import { unlinkItemLocked } from "./link";

/** Rounds of "reclaim, allocate, evict" before a store fails (specification §8.5). */
const ROUNDS_MAX: u32 = 10;

/** The link is the only holder; an item that is being sent or filled is left alone. */
function isIdle(item: Item): bool {
  return item.refCount === 1;
}

/**
 * An item that somebody holds for longer than `-o tail_repair_time` may have been lost by its
 * holder. It is hidden, so that the tail is free; its chunk stays the holder's, who may be a slow
 * reader that is still being sent the value.
 */
function repairTail(item: Item, classId: u32, hash: u32): void {
  const seconds = state.tailRepairSeconds;
  if (seconds === 0 || item.lastAccess + seconds >= state.now) return;
  countClass(classId, ClassCounter.TAIL_REPAIRS);
  unlinkItemLocked(item, hash);
}

function countEviction(item: Item, classId: u32): void {
  countClass(classId, ClassCounter.EVICTED);
  slabClass(classId).evictedIdle = state.now - item.lastAccess;
  if (item.expiresAt !== 0) countClass(classId, ClassCounter.EVICTED_NONZERO);
  if (!itemHas(item, ItemFlag.FETCHED)) countClass(classId, ClassCounter.EVICTED_UNFETCHED);
  if (itemHas(item, ItemFlag.ACTIVE)) countClass(classId, ClassCounter.EVICTED_ACTIVE);
}

/** What became of an item that a search for victims met. */
enum Fate {
  /** It stays, and so does all that is newer. */
  KEPT = 0,
  /** Somebody else is at it. */
  BUSY = 1,
  RECLAIMED = 2,
  EVICTED = 3,
}

/** Decides about one item; its lock and that of its queue are held. */
function judge(item: Item, classId: u32, hash: u32, evict: bool): Fate {
  if (!isIdle(item)) {
    countClass(classId, ClassCounter.LRU_TAIL_REFLOCKED);
    repairTail(item, classId, hash);
    return Fate.BUSY;
  }
  if (itemIsExpired(item) || itemIsFlushed(item)) {
    countClass(classId, ClassCounter.RECLAIMED);
    if (!itemHas(item, ItemFlag.FETCHED)) countClass(classId, ClassCounter.EXPIRED_UNFETCHED);
    unlinkItemLocked(item, hash);
    return Fate.RECLAIMED;
  }
  if (!evict || !storeHas(Option.EVICT)) return Fate.KEPT;
  countEviction(item, classId);
  unlinkItemLocked(item, hash);
  return Fate.EVICTED;
}

/**
 * Looks at up to five items from COLD's tail. Dead ones are reclaimed; the first live idle one is
 * evicted if `evict` says so and `-M` does not forbid it, and ends the search either way. `kept` is
 * passed over, and so are items whose lock is not free. Returns how many items were unlinked.
 */
function pullTail(classId: u32, evict: bool, kept: usize): u32 {
  const slabId = classId | SEGMENT_COLD;
  let removed: u32 = 0;
  queueLock(slabId);
  let at = queueOf(slabId).tail;
  for (let tries = TAIL_TRIES; tries > 0 && at !== 0; tries--) {
    const item = itemAt(at);
    at = item.lruPrev;
    if (changetype<usize>(item) === kept) continue;
    const hash = keyHash(itemKeyPtr(item), item.keyLength);
    if (!itemTryLock(hash)) continue;
    const fate = judge(item, classId, hash, evict);
    itemUnlock(hash);
    if (fate >= Fate.RECLAIMED) removed++;
    if (fate === Fate.KEPT || fate === Fate.EVICTED) break;
  }
  queueUnlock(slabId);
  return removed;
}

/**
 * Whether COLD's tail is alive and idle, so that nothing can be reclaimed there. A glance without
 * locks: the item may change meanwhile, and then the next store finds out.
 */
function tailIsAlive(classId: u32): bool {
  const tail = queueOf(classId | SEGMENT_COLD).tail;
  if (tail === 0) return true;
  const item = itemAt(tail);
  return isIdle(item) && !itemIsExpired(item) && !itemIsFlushed(item);
}

/** A chunk of the class, evicting if need be, or 0. */
function allocateChunk(classId: u32, kept: usize): usize {
  let round: u32 = 0;
  let ptr: usize = 0;
  const isSeizing = storeHas(Option.SEIZE_PAGES) && storeHas(Option.EVICT);
  for (; round < ROUNDS_MAX; round++) {
    if (!tailIsAlive(classId)) pullTail(classId, false, kept);
    ptr = slabsAllocate(classId);
    if (ptr === 0 && isSeizing && seizeIdlePage(classId)) ptr = slabsAllocate(classId);
    if (ptr !== 0 || pullTail(classId, true, kept) === 0) break;
  }
  if (ptr === 0 && isSeizing && seizePage(classId)) ptr = slabsAllocate(classId);
  for (let i: u32 = 0; i < round; i++) countClass(classId, ClassCounter.DIRECT_RECLAIMS);
  if (ptr === 0) countClass(classId, ClassCounter.OUT_OF_MEMORY);
  return ptr;
}

/** Whether memcached would take an item of this size at all (`-I`). */
export function isStorable(keyLength: u32, clientFlags: u32, valueLength: u32): bool {
  if (valueLength > state.itemSizeMax) return false;
  if (itemClassicSizeOf(keyLength, clientFlags, valueLength) > state.itemSizeMax) return false;
  return classFor(itemSizeOf(keyLength, clientFlags, valueLength)) !== 0;
}

/**
 * A new item, held once and not linked, with its key written and its value to be written; 0 when
 * there is none. Result: STATUS. `kept` (or 0) is an item that the command itself works on: neither
 * evicted, nor taken for lost by the tail repair, however long ago it was used last.
 */
export function allocateItem(
  keyPtr: usize,
  keyLength: u32,
  clientFlags: u32,
  expiresAt: u32,
  valueLength: u32,
  kept: usize,
): usize {
  if (!isStorable(keyLength, clientFlags, valueLength)) {
    setResult(Result.STATUS, Status.TOO_LARGE);
    return 0;
  }
  const classId = classFor(itemSizeOf(keyLength, clientFlags, valueLength));
  const ptr = allocateChunk(classId, kept);
  if (ptr === 0) {
    setResult(Result.STATUS, Status.NO_MEMORY);
    return 0;
  }
  const slabId = classId | SEGMENT_COLD;
  itemInit(itemAt(ptr), slabId, keyPtr, keyLength, clientFlags, expiresAt, valueLength);
  setResult(Result.STATUS, Status.OK);
  return ptr;
}
