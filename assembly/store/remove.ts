/**
 * Commands that remove items, or what is in them: delete, md, flush_all.
 */
import { Argument, Status, StoreMode, With } from "../shared/status";
import { ClassCounter, Counter } from "../shared/counters";
import {
  Item,
  ItemFlag,
  itemAt,
  itemCas,
  itemClassId,
  itemClear,
  itemKeyPtr,
  itemSet,
  itemSetCas,
} from "../item/item";
import { LogDeleter } from "../shared/log";
import { QUEUE_COUNT } from "../shared/limits";
import { STORE_PTR } from "../base/region";
import { StoreState, state } from "../base/store-state";
import { THREADED } from "../base/thread";
import { allocateItem } from "./allocate";
import { argument, argument64 } from "../base/result";
import { casFor } from "./store-as";
import { count, countClass } from "../base/counters";
import { itemLock, itemTryLock, itemUnlock } from "../base/lock";
import { findLive } from "./find";
import { keyHash } from "../hash/key-hash";
import { linkOver, releaseItem, unlinkItem, unlinkItemLocked } from "./link";
import { logDeletion, logStore } from "./log";
import { queueLock, queueOf, queueUnlock } from "../lru/queue";

/** Items that flush_all looks at before it lets others at their queue. */
const FLUSH_SLICE: u32 = 64;

export function deleteItem(keyPtr: usize, keyLength: u32): bool {
  const hash = keyHash(keyPtr, keyLength);
  itemLock(hash);
  const isHit = deleteHashed(keyPtr, keyLength, hash);
  itemUnlock(hash);
  return isHit;
}

function deleteHashed(keyPtr: usize, keyLength: u32, hash: u32): bool {
  const ptr = findLive(keyPtr, keyLength, hash);
  if (ptr === 0) {
    count(Counter.DELETE_MISSES);
    return false;
  }
  const item = itemAt(ptr);
  countClass(itemClassId(item), ClassCounter.DELETE_HITS);
  logDeletion(item, LogDeleter.DELETE);
  unlinkItem(item, hash);
  return true;
}

/**
 * md and binary delete. Options: CAS; INVALIDATE marks the item as stale instead, with a new CAS
 * unique and, by EXPIRY, a new expiry; DROP_VALUE puts an empty item in its place, which keeps the
 * CAS unique unless NEW_CAS or INVALIDATE gives another.
 */
export function removeItem(keyPtr: usize, keyLength: u32, options: u32): u32 {
  const hash = keyHash(keyPtr, keyLength);
  itemLock(hash);
  const status = removeLocked(keyPtr, keyLength, hash, options);
  itemUnlock(hash);
  return status;
}

function removeLocked(keyPtr: usize, keyLength: u32, hash: u32, options: u32): u32 {
  const ptr = findLive(keyPtr, keyLength, hash);
  if (ptr === 0) {
    count(Counter.DELETE_MISSES);
    return Status.NOT_FOUND;
  }
  let item = itemAt(ptr);
  if ((options & With.CAS) !== 0 && argument64(Argument.CAS_LOW) !== itemCas(item)) {
    if ((options & With.COUNT_EXISTS) !== 0) count(Counter.DELETE_MISSES);
    return Status.EXISTS;
  }
  const classId = itemClassId(item);
  if ((options & With.DROP_VALUE) !== 0) {
    const empty = dropValue(item, hash, options);
    if (empty === 0) return Status.NO_MEMORY;
    item = itemAt(empty);
  }
  if ((options & With.INVALIDATE) !== 0) {
    if ((options & With.EXPIRY) !== 0) item.expiresAt = argument(Argument.EXPIRES_AT);
    itemSet(item, ItemFlag.STALE);
    itemClear(item, ItemFlag.TOKEN_SENT);
    itemSetCas(item, casFor(options));
    return Status.OK;
  }
  countClass(classId, ClassCounter.DELETE_HITS);
  // Binary delete is not told.
  if ((options & With.COUNT_EXISTS) !== 0) logDeletion(item, LogDeleter.META_DELETE);
  if ((options & With.DROP_VALUE) === 0) unlinkItem(item, hash);
  return Status.OK;
}

/** The empty item that takes the place of `old`, or 0. */
function dropValue(old: Item, hash: u32, options: u32): usize {
  const expiresAt = (options & With.EXPIRY) !== 0 ? argument(Argument.EXPIRES_AT) : 0;
  const cas = (options & With.NEW_CAS) !== 0 ? casFor(options) : itemCas(old);
  old.refCount++;
  const ptr = allocateItem(
    itemKeyPtr(old),
    old.keyLength,
    argument(Argument.CLIENT_FLAGS),
    expiresAt,
    0,
    changetype<usize>(old),
  );
  if (ptr !== 0) {
    linkOver(itemAt(ptr), old, hash, cas);
    logStore(itemAt(ptr), hash, Status.OK, StoreMode.SET);
    releaseItem(itemAt(ptr));
  }
  releaseItem(old);
  return ptr;
}

/**
 * flush_all. Items whose last access is not later than `cut` turn invisible when `cut` has come.
 * With `removeNewer` (a flush for now) those accessed after it are unlinked here; they stand at the
 * heads of the queues (lru/queue.ts), so that touches only them. What is stored from now on lives;
 * what is stored while this runs may go either way.
 *
 * The clock may tick before or meanwhile: what is of the second before may stand anywhere then, so
 * that second is behind the cut too.
 */
export function flushAll(cut: u32, removeNewer: bool): void {
  count(Counter.CMD_FLUSH);
  state.flushCut = cut;
  if (!removeNewer) return;
  // Who moves an item and sees that this has begun sees the cut as well.
  countFlush(offsetof<StoreState>("flushesBegun"));
  flushQueues(cut);
  while (cut + 1 < state.now) {
    cut = state.now - 1;
    state.flushCut = cut;
    flushQueues(cut);
  }
  countFlush(offsetof<StoreState>("flushesEnded"));
}

function countFlush(at: usize): void {
  const ptr = STORE_PTR + at;
  if (THREADED) atomic.add<u32>(ptr, 1);
  else store<u32>(ptr, load<u32>(ptr) + 1);
}

/** Unlinks what stands at the heads of the queues and was accessed after the cut. */
function flushQueues(cut: u32): void {
  for (let slabId: u32 = 0; slabId < <u32>QUEUE_COUNT; slabId++) {
    while (!flushSlice(slabId, cut));
  }
}

/**
 * Unlinks items at the queue's head that were accessed after the cut; true when there are no more.
 * Their locks are taken against the lock order, so only tried: one that is not free is waited for
 * when the queue is free again, and the next slice finds out what became of the item.
 */
function flushSlice(slabId: u32, cut: u32): bool {
  let isDone = true;
  let busyHash: u32 = 0;
  let isBusy = false;
  queueLock(slabId);
  let at = queueOf(slabId).head;
  for (let i: u32 = 0; at !== 0; i++) {
    const item = itemAt(at);
    if (item.lastAccess <= cut) break;
    if (i >= FLUSH_SLICE) {
      isDone = false;
      break;
    }
    const hash = keyHash(itemKeyPtr(item), item.keyLength);
    isBusy = !itemTryLock(hash);
    if (isBusy) {
      busyHash = hash;
      isDone = false;
      break;
    }
    at = item.lruNext;
    unlinkItemLocked(item, hash);
    itemUnlock(hash);
  }
  queueUnlock(slabId);
  if (isBusy) {
    itemLock(busyHash);
    itemUnlock(busyHash);
  }
  return isDone;
}
