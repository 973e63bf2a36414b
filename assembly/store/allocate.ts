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
import { classFor } from "../slab/classes";
import { countClass, setClassCounter } from "../base/counters";
import { itemClassicSizeOf, itemKeyPtr, itemSizeOf } from "../item/item";
import { keyHash } from "../hash/key-hash";
import { queueOf } from "../lru/queue";
import { setResult } from "../base/result";
import { slabsAllocate } from "../slab/slabs";
import { state, storeHas } from "../base/store-state";
import { unlinkItem } from "./link";

/** Rounds of "reclaim, allocate, evict" before a store fails (specification §8.5). */
const ROUNDS_MAX: u32 = 10;

function unlinkVictim(item: Item): void {
  unlinkItem(item, keyHash(itemKeyPtr(item), item.keyLength));
}

/** The link is the only holder; an item that is being sent or filled is left alone. */
function isIdle(item: Item): bool {
  return item.refCount === 1;
}

/**
 * An item that somebody holds for longer than `-o tail_repair_time` may have been lost by its
 * holder. It is hidden, so that the tail is free; its chunk stays the holder's, who may be a slow
 * reader that is still being sent the value.
 */
function repairTail(item: Item, classId: u32): void {
  const seconds = state.tailRepairSeconds;
  if (seconds === 0 || item.lastAccess + seconds >= state.now) return;
  countClass(classId, ClassCounter.TAIL_REPAIRS);
  unlinkVictim(item);
}

function countEviction(item: Item, classId: u32): void {
  countClass(classId, ClassCounter.EVICTED);
  setClassCounter(classId, ClassCounter.EVICTED_TIME, state.now - item.lastAccess);
  if (item.expiresAt !== 0) countClass(classId, ClassCounter.EVICTED_NONZERO);
  if (!itemHas(item, ItemFlag.FETCHED)) countClass(classId, ClassCounter.EVICTED_UNFETCHED);
  if (itemHas(item, ItemFlag.ACTIVE)) countClass(classId, ClassCounter.EVICTED_ACTIVE);
}

/**
 * Looks at up to five items from COLD's tail. Dead ones are reclaimed; the first live idle one is
 * evicted if `evict` says so and `-M` does not forbid it, and ends the search either way. `kept` is
 * passed over. Returns how many items were unlinked.
 */
function pullTail(classId: u32, evict: bool, kept: usize): u32 {
  let removed: u32 = 0;
  let at = queueOf(classId | SEGMENT_COLD).tail;
  for (let tries = TAIL_TRIES; tries > 0 && at !== 0; tries--) {
    const item = itemAt(at);
    at = item.lruPrev;
    if (changetype<usize>(item) === kept) continue;
    if (!isIdle(item)) {
      countClass(classId, ClassCounter.LRU_TAIL_REFLOCKED);
      repairTail(item, classId);
      continue;
    }
    if (itemIsExpired(item) || itemIsFlushed(item)) {
      countClass(classId, ClassCounter.RECLAIMED);
      if (!itemHas(item, ItemFlag.FETCHED)) countClass(classId, ClassCounter.EXPIRED_UNFETCHED);
      unlinkVictim(item);
      removed++;
      continue;
    }
    if (evict && storeHas(Option.EVICT)) {
      countEviction(item, classId);
      unlinkVictim(item);
      removed++;
    }
    break;
  }
  return removed;
}

/** A chunk of the class, evicting if need be, or 0. */
function allocateChunk(classId: u32, kept: usize): usize {
  let round: u32 = 0;
  let ptr: usize = 0;
  for (; round < ROUNDS_MAX; round++) {
    pullTail(classId, false, kept);
    ptr = slabsAllocate(classId);
    if (ptr !== 0 || pullTail(classId, true, kept) === 0) break;
  }
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
