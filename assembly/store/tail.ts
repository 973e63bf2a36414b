/**
 * Pulling at the tail of an LRU queue: what is dead is reclaimed, and what lives moves on to the
 * next segment, or is evicted (specification §8.5, §8.6).
 */
import { ClassCounter } from "../shared/counters";
import {
  CLASS_MASK,
  Item,
  ItemFlag,
  itemAt,
  itemClear,
  itemHas,
  itemIsCold,
  itemIsExpired,
  itemIsFlushed,
  itemKeyPtr,
} from "../item/item";
import { Option } from "../shared/status";
import { SEGMENT_COLD, SEGMENT_TEMP, SEGMENT_WARM } from "../shared/limits";
import { countClass } from "../base/counters";
import { itemTryLock, itemUnlock } from "../base/lock";
import { keyHash } from "../hash/key-hash";
import { logEviction } from "./log";
import { FOR_SERVER } from "../base/thread";
import { moveStart } from "../slab/moving";
import { noteGone } from "./notes";
import {
  flushesEnded,
  queueEnter,
  queueLock,
  queueOf,
  queueRemove,
  queueRemoveLocked,
  queueUnlock,
} from "../lru/queue";
import { pageIsDetached } from "../slab/pages";
import { slabClass } from "../slab/classes";
import { state, storeHas } from "../base/store-state";
import { unlinkItemLocked } from "./link";

/** How many items from the tail are looked at before giving up. */
const TAIL_TRIES: u32 = 5;

/** What becomes of an item at a tail. */
enum Fate {
  /** It stays, and so does all that is newer. */
  KEPT = 0,
  /** Somebody else is at it. */
  BUSY = 1,
  /** It is unlinked, and the search may go on. */
  RECLAIMED = 2,
  EVICTED = 3,
  TO_WARM = 4,
  TO_COLD = 5,
}

/** The link is the only holder; an item that is being sent or filled is left alone. */
function isIdle(item: Item): bool {
  return item.refCount === 1;
}

function isDead(item: Item): bool {
  return itemIsExpired(item) || itemIsFlushed(item);
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

function evict(item: Item, classId: u32, hash: u32): void {
  countClass(classId, ClassCounter.EVICTED);
  slabClass(classId).evictedIdle = state.now - item.lastAccess;
  if (item.expiresAt !== 0) countClass(classId, ClassCounter.EVICTED_NONZERO);
  if (!itemHas(item, ItemFlag.FETCHED)) countClass(classId, ClassCounter.EVICTED_UNFETCHED);
  if (itemHas(item, ItemFlag.ACTIVE)) countClass(classId, ClassCounter.EVICTED_ACTIVE);
  logEviction(item);
  noteGone(item);
  if (FOR_SERVER && state.movesOnEvict !== 0) moveStart(-1, classId);
  unlinkItemLocked(item, hash);
}

function reclaim(item: Item, classId: u32, hash: u32): void {
  countClass(classId, ClassCounter.RECLAIMED);
  if (!itemHas(item, ItemFlag.FETCHED)) countClass(classId, ClassCounter.EXPIRED_UNFETCHED);
  noteGone(item);
  unlinkItemLocked(item, hash);
}

/**
 * Decides about the item; its lock and that of its queue are held. `limit` and `ageMax` are of HOT
 * and WARM: what is beyond either goes to COLD. With `mayEvict` COLD's are evicted, and active ones
 * of HOT and WARM are treated as all others.
 */
function judge(item: Item, hash: u32, mayEvict: bool, limit: u64, ageMax: u32): Fate {
  const slabId = <u32>item.slabId;
  const classId = slabId & CLASS_MASK;
  if (!isIdle(item)) {
    countClass(classId, ClassCounter.LRU_TAIL_REFLOCKED);
    repairTail(item, classId, hash);
    return Fate.BUSY;
  }
  if (isDead(item)) {
    reclaim(item, classId, hash);
    return Fate.RECLAIMED;
  }
  const segment = slabId & ~CLASS_MASK;
  if (segment === <u32>SEGMENT_COLD) {
    if (!mayEvict) return isRescued(item) ? Fate.TO_WARM : Fate.KEPT;
    if (!storeHas(Option.EVICT)) return Fate.KEPT;
    evict(item, classId, hash);
    return Fate.EVICTED;
  }
  if (segment === <u32>SEGMENT_TEMP) return Fate.KEPT;
  if (itemHas(item, ItemFlag.ACTIVE) && !mayEvict) return Fate.TO_WARM;
  const isOver = queueOf(slabId).bytes > limit || state.now - item.lastAccess > ageMax;
  return isOver ? Fate.TO_COLD : Fate.KEPT;
}

/** COLD's active items go to WARM. Most do so by the bump buffers. */
function isRescued(item: Item): bool {
  return state.isSegmented !== 0 && itemHas(item, ItemFlag.ACTIVE);
}

/**
 * Looks at up to five items from the tail of a queue. Dead ones are reclaimed; the first live idle
 * one ends the search: it is evicted from COLD if `mayEvict` says so and `-M` does not forbid it,
 * or moves to another segment, or stays. `kept` is passed over, and so are items whose lock is not
 * free. Returns how many items left their place.
 */
export function pullTail(slabId: u32, mayEvict: bool, limit: u64, ageMax: u32, kept: usize): u32 {
  let left: u32 = 0;
  queueLock(slabId);
  let at = queueOf(slabId).tail;
  for (let tries = TAIL_TRIES; tries > 0 && at !== 0; tries--) {
    const item = itemAt(at);
    at = item.lruPrev;
    if (changetype<usize>(item) === kept) continue;
    const hash = keyHash(itemKeyPtr(item), item.keyLength);
    if (!itemTryLock(hash)) continue;
    const fate = judge(item, hash, mayEvict, limit, ageMax);
    if (fate >= Fate.RECLAIMED) left++;
    if (fate >= Fate.TO_WARM) {
      const flushes = flushesEnded();
      queueRemoveLocked(item);
      queueUnlock(slabId);
      moveOn(item, fate === Fate.TO_WARM ? SEGMENT_WARM : SEGMENT_COLD, flushes);
      itemUnlock(hash);
      return left;
    }
    itemUnlock(hash);
    if (fate === Fate.KEPT || fate === Fate.EVICTED) break;
  }
  queueUnlock(slabId);
  return left;
}

/**
 * Takes the item nearest to a queue's tail whose chunk is of use, for a store that met none at the
 * tail itself: what lies in the mover's page is passed over, for its chunks are nobody's. They may
 * be a page full of the oldest items, and to evict all of them would take milliseconds. Whether
 * there was one.
 */
export function evictBeside(slabId: u32, kept: usize): bool {
  let isFound: bool = false;
  queueLock(slabId);
  let at = queueOf(slabId).tail;
  for (let tries = TAIL_TRIES; tries > 0 && at !== 0 && !isFound;) {
    const item = itemAt(at);
    at = item.lruPrev;
    if (pageIsDetached(changetype<usize>(item))) continue;
    tries--;
    if (changetype<usize>(item) === kept) continue;
    const hash = keyHash(itemKeyPtr(item), item.keyLength);
    if (!itemTryLock(hash)) continue;
    isFound = isIdle(item);
    if (isFound && isDead(item)) reclaim(item, slabId & CLASS_MASK, hash);
    else if (isFound) evict(item, slabId & CLASS_MASK, hash);
    itemUnlock(hash);
  }
  queueUnlock(slabId);
  return isFound;
}

/**
 * Puts an item that was taken out of its queue into another segment. Its lock is held; `flushes`
 * were through before.
 */
function moveOn(item: Item, segment: u32, flushes: u32): void {
  const slabId = <u32>item.slabId;
  const classId = slabId & CLASS_MASK;
  const isStaying = slabId === (classId | segment);
  const toWarm = isStaying ? ClassCounter.MOVES_WITHIN_LRU : ClassCounter.MOVES_TO_WARM;
  countClass(classId, segment === <u32>SEGMENT_WARM ? toWarm : ClassCounter.MOVES_TO_COLD);
  itemClear(item, ItemFlag.ACTIVE);
  queueEnter(item, classId | segment, flushes);
}

/**
 * Moves a COLD item that a fetch wanted to have in WARM, as accessed now. Its lock is held. A dead
 * one stays dead: a newer time would bring back what was flushed.
 */
export function bumpCold(item: Item): void {
  if (!itemIsCold(item) || !itemHas(item, ItemFlag.ACTIVE)) return;
  const flushes = flushesEnded();
  if (isDead(item)) return;
  queueRemove(item);
  item.lastAccess = state.now;
  moveOn(item, SEGMENT_WARM, flushes);
}

/**
 * Whether a flat queue's tail is alive and idle, so that nothing can be reclaimed there. A glance
 * without locks: the item may change meanwhile, and then the next store finds out.
 */
export function tailIsAlive(slabId: u32): bool {
  const tail = queueOf(slabId).tail;
  if (tail === 0) return true;
  const item = itemAt(tail);
  return isIdle(item) && !isDead(item);
}
